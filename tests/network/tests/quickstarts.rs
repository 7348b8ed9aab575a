//! The quick starts of `docs/`: every line of a `console` block is run as it stands, in order, against a local network.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use keel_network_tests::{Network, Person, dollars, program};

/// The lines behind `$ ` in a page's `console` blocks.
fn lines(page: &str) -> Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (mut found, mut within) = (Vec::new(), false);
    for line in text.lines() {
        match (within, line) {
            (false, "```console") => within = true,
            (true, "```") => within = false,
            (true, line) => found.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    ensure!(found.len() > 5, "{page} shows hardly a command");
    Ok(found)
}

/// Runs a page's commands as somebody of the network.
fn follow(network: &Network, page: &str, name: &str) -> Result<()> {
    let keel = program::built("keel")?;
    for line in lines(page)? {
        let words: Vec<_> = line.split_whitespace().collect();
        let (first, rest) = words.split_first().context("an empty line")?;
        let mut command = Command::new(if *first == "keel" { keel.as_path() } else { Path::new(first) });
        command.args(rest).env("KEEL_URL", &network.ready.rpc_url).env("KEEL_KEYPAIR", network.key_file(name)?);
        if *first == "keel" {
            // Nobody is there to be asked.
            command.arg("--yes");
        }
        let printed = program::run(&mut command).with_context(|| format!("{page}: {line}"))?;
        println!("$ {line}\n{printed}");
    }
    Ok(())
}

#[test]
fn every_command_of_the_quick_starts_works() -> Result<()> {
    let network = Network::start(&["--prices", "fixed"])?;
    let client = network.client()?;
    let provider = Person::new(&client, network.key("carol")?, network.mint()?, 0);
    provider.open(dollars(5_000_000))?;
    provider.add_range(1, 300, dollars(2_000_000))?;
    follow(&network, "quickstart-trader.md", "alice")?;
    follow(&network, "quickstart-lp.md", "lp")?;
    network.stop()
}
