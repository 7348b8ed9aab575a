//! One network, everybody on it: the Rust SDK, the command line and the TypeScript SDK each open an account, trade, add and
//! remove a range, bring other collateral in, ask for a deposit into the pool and place a stop; a keeper runs beside. Then the price crashes.
//!
//! In the end the keeper has executed the deposits and the stops, liquidated who had to be and settled the losers, and the
//! audit of the whole state over RPC finds nothing broken.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use keel_client::Client;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::MarginAccount;
use keel_engine::units::Price;
use keel_network_tests::{Network, Person, Program, dollars, program, wait_for};
use keel_sdk::address;
use serde_json::Value;
use solana_pubkey::Pubkey;

/// The BTC market of the local network's genesis.
const BTC: u16 = 1;
/// Base atoms in a bitcoin.
const BITCOIN: u64 = 1_000_000_000;
/// What everyone starts with.
const DEPOSIT: u64 = dollars(20_000);
/// What everyone brings in of the first bank of other collateral, in atoms: 10 SOL.
const COLLATERAL: u64 = 10_000_000_000;
/// What everyone puts into the pool.
const INTO_POOL: u64 = dollars(1_000);
/// The price of the genesis falls so far.
const CRASH: &str = "price BTC -25% 25s";
/// Where stops are, in parts of a hundred of the index.
const STOP_PERCENT: u64 = 90;

#[test]
fn everyone_trades_and_a_keeper_sees_them_through_a_crash() -> Result<()> {
    let mut network = Network::start(&["--prices", "fixed"])?;
    let client = network.client()?;
    let person =
        |name: &str| -> Result<Person<'_>> { Ok(Person::new(&client, network.key(name)?, network.mint()?, 0)) };

    // Liquidity to trade against, and a keeper, who needs an account for what it takes over.
    let provider = person("lp")?;
    provider.open(dollars(5_000_000))?;
    provider.add_range(BTC, 500, dollars(4_000_000))?;
    let keeper_person = person("keeper")?;
    keeper_person.open(dollars(1_000_000))?;
    let mut keeper = start_keeper(&network)?;

    let alice = person("alice")?;
    let sol: Pubkey = network.ready.banks.first().context("the network has no other collateral")?.mint.parse()?;
    by_rust(&alice, &sol)?;
    let bob = person("bob")?;
    by_command_line(&network)?;
    let carol = person("carol")?;
    by_typescript(&network)?;
    let everyone = [("Rust SDK", &alice), ("command line", &bob), ("TypeScript SDK", &carol)];
    for (who, person) in &everyone {
        opened(person).with_context(|| format!("what the {who} did"))?;
    }
    keeper.require_alive()?;

    // Alice gambles with another account: 9 times its capital.
    let gambler = Person::new(&client, network.key("alice")?, network.mint()?, 1);
    gambler.open(dollars(50_000))?;
    gambler.trade(BTC, Side::Buy, Exact::Quote(dollars(450_000)))?;
    let held = gambler.base(BTC)?;
    ensure!(held > 0, "the gambler holds nothing");

    // Deposits into the pool ripen; then the market falls.
    network.tell("advance 90")?;
    for (who, person) in &everyone {
        wait_for(&format!("the pool deposit of the {who}"), Duration::from_secs(60), || {
            Ok((person.tokens(&address::share_mint())? > 0).then_some(()))
        })?;
    }
    network.tell(CRASH)?;
    wait_for("the gambler to be liquidated", Duration::from_secs(120), || {
        let left = gambler.base(BTC)?;
        Ok((left < held).then_some(()))
    })?;
    wait_for("nobody to be unhealthy", Duration::from_secs(180), || Ok(everybody_is_healthy(&client)?.then_some(())))?;
    for (who, person) in &everyone {
        wait_for(&format!("the stop of the {who}"), Duration::from_secs(60), || {
            let waiting = client.orders_of(&person.account)?;
            Ok((waiting.is_empty() && person.base(BTC)? == 0).then_some(()))
        })?;
    }
    keeper.require_alive()?;

    audit(&network)?;
    ensure!(keeper.terminate()?.success(), "the keeper does not end cleanly");
    drop(client);
    network.stop()
}

/// What the Rust SDK's user does.
fn by_rust(person: &Person<'_>, sol: &Pubkey) -> Result<()> {
    person.open(DEPOSIT)?;
    person.deposit_collateral(sol, COLLATERAL)?;
    let (quote, receipt) = person.trade(BTC, Side::Buy, Exact::Base(BITCOIN / 10))?;
    ensure!(receipt.is_complete, "the node cut the log");
    ensure!(person.base(BTC)? == quote.fill.base, "the fill is not the quote's base");
    person.add_range(BTC, 100, dollars(20_000))?;
    wait_for("the range to be old enough", Duration::from_secs(30), || Ok(person.remove_range(0).ok()))?;
    person.deposit_into_pool(INTO_POOL)?;
    let index = person.client.market(BTC)?.index.bits;
    person.place_stop(BTC, 1, Price::from_bits(index / 100 * STOP_PERCENT))?;
    Ok(())
}

/// The same by `keel`, asked for JSON.
fn by_command_line(network: &Network) -> Result<()> {
    let keel = |arguments: &[&str]| -> Result<Value> {
        let mut command = Command::new(program::built("keel")?);
        command.args(["--url", &network.ready.rpc_url, "--json", "--yes", "--keypair"]).arg(network.key_file("bob")?);
        let printed = program::run(command.args(arguments))?;
        serde_json::from_str(&printed).with_context(|| format!("keel {arguments:?} printed no JSON: {printed}"))
    };
    keel(&["deposit", "20000", "--open"])?;
    keel(&["deposit", "10", "--bank", "SOL"])?;
    keel(&["trade", "long", "BTC", "0.1"])?;
    keel(&["range", "add", "BTC", "--lower", "-1%", "--upper", "1%", "--usd", "20000"])?;
    wait_for("the range to be old enough", Duration::from_secs(30), || Ok(keel(&["range", "remove", "0"]).ok()))?;
    keel(&["pool", "deposit", "1000"])?;
    let price = keel(&["price", "BTC"])?;
    let index = price["index"].as_str().and_then(|price| price.parse::<f64>().ok()).context("keel tells no index")?;
    let stop = format!("{:.0}", index / 100.0 * STOP_PERCENT as f64);
    keel(&["order", "stop", "BTC", &stop])?;
    Ok(())
}

/// The same by the TypeScript SDK, in Node.
fn by_typescript(network: &Network) -> Result<()> {
    let story = sdk_ts().join("story/story.mjs");
    let mut node = Command::new("node");
    node.arg(&story).args(["--url", &network.ready.rpc_url, "--ws", &network.ready.ws_url, "--keypair"]);
    let printed = program::run(node.arg(network.key_file("carol")?))?;
    let told: Value =
        serde_json::from_str(&printed).with_context(|| format!("the story printed no JSON: {printed}"))?;
    ensure!(told["account"].is_string(), "the story names no account: {printed}");
    Ok(())
}

/// The TypeScript SDK's package.
fn sdk_ts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/ts")
}

/// Errors unless somebody has come as far as everyone: capital, a position, no range, a pool deposit that waits or is
/// executed, and a stop.
fn opened(person: &Person<'_>) -> Result<()> {
    let (account, ranges) = person.state()?;
    ensure!(account.usdc() > 0, "no capital");
    ensure!(account.capital[1] == COLLATERAL, "no other collateral");
    let collateral = person.client.health(&person.account)?.collateral;
    ensure!(collateral > 0, "the other collateral counts for nothing");
    ensure!(person.base(BTC)? > 0, "no position");
    ensure!(ranges.is_none_or(|ranges| ranges.ranges.iter().all(|range| range.is_empty())), "a range is left");
    let asked = person.client.requests_of(&person.account)?.len() == 1 || person.tokens(&address::share_mint())? > 0;
    ensure!(asked, "no deposit into the pool");
    ensure!(person.client.orders_of(&person.account)?.len() == 1, "no stop");
    Ok(())
}

/// The keeper as a process, with flags alone.
fn start_keeper(network: &Network) -> Result<Program> {
    let key = network.key_file("keeper")?.to_str().context("the key file has no name in UTF-8")?;
    let (rpc, ws) = (network.ready.rpc_url.as_str(), network.ready.ws_url.as_str());
    Program::start("keel-keeper", ["run", "--rpc", rpc, "--ws", ws, "--keypair", key, "--metrics", "127.0.0.1:0"])
}

/// Whether no account is flagged or under its maintenance margin.
fn everybody_is_healthy(client: &Client) -> Result<bool> {
    for (address, account) in client.stored::<MarginAccount>(Vec::new())? {
        let address: Pubkey = address;
        let health = client.health(&address)?;
        let maintenance = i64::try_from(health.maintenance)?;
        if account.flagged_at != 0 || health.equity < maintenance {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The command line's audit of everything that is there, over RPC.
fn audit(network: &Network) -> Result<()> {
    let mut keel = Command::new(program::built("keel")?);
    let said = program::run(keel.args(["--url", &network.ready.rpc_url, "audit"]))?;
    println!("{said}");
    Ok(())
}
