//! Options: what is taken, what is refused, and that the sample is complete.

use std::time::Duration;

use keel_keeper::config::{Checked, Config, ConfigError, PriceChoice};
use keel_keeper::job::Kind;
use keel_keeper::sender::FeePolicy;

const LEAST: &str = "keypair = \"key.json\"\n[[endpoints]]\nhttp = \"http://127.0.0.1:8899\"\n";

fn checked(text: &str) -> Result<Checked, String> {
    Config::parse(text).and_then(Config::check).map_err(|error| error.to_string())
}

fn refusal(more: &str) -> String {
    checked(&format!("{LEAST}{more}")).unwrap_err()
}

#[test]
fn little_is_needed() {
    let options = checked(LEAST).unwrap();
    assert_eq!(options.places[0].name, "127.0.0.1:8899");
    assert_eq!((options.places[0].ws.clone(), options.genesis), (None, None));
    assert_eq!(options.fees, FeePolicy::Recent { percentile: 60, floor: 1_000, cap: 1_000_000 });
    assert_eq!(options.listening.silence, Duration::from_secs(10));
    assert_eq!(options.prices, PriceChoice::None);
    assert_eq!(options.capital(), (0, 0), "it risks nothing unless it is told to");
    assert!(!options.given.dry_run && options.kinds.is_empty());
}

#[test]
fn the_sample_names_every_option_with_its_default() {
    let sample = include_str!("../../keeper.toml");
    let options = checked(sample).unwrap();
    // With every `# option = value` taken in, it is still what a file without it gives.
    let uncommented: Vec<&str> = sample
        .lines()
        .map(|line| {
            line.strip_prefix("# ").filter(|rest| rest.split_once(" = ").is_some_and(is_option)).unwrap_or(line)
        })
        .collect();
    let all = checked(&uncommented.join("\n")).unwrap();
    let mut bare = Config::default();
    bare.endpoints.clone_from(&options.given.endpoints);
    bare.keypair.clone_from(&options.given.keypair);
    bare.genesis_hash.clone_from(&options.given.genesis_hash);
    bare.metrics.clone_from(&options.given.metrics);
    assert_eq!(format!("{:?}", options.given), format!("{bare:?}"));
    let shown = format!("{:?}", all.given);
    for section in ["capital", "jobs", "fees", "sending", "listening", "prices", "metrics", "log"] {
        assert!(sample.contains(&format!("[{section}]")), "{section}");
    }
    // Every field of the options is in the sample.
    for field in fields(&shown) {
        assert!(sample.contains(&format!("{field} =")), "{field} is not explained");
    }
}

fn is_option((name, _): (&str, &str)) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
}

/// Names of fields in a `Debug` text, without those of sections.
fn fields(shown: &str) -> Vec<String> {
    let sections = ["endpoints", "capital", "jobs", "fees", "sending", "listening", "prices", "metrics", "log"];
    let words = shown.split([' ', '{', ',', '[', '(']).filter_map(|word| word.strip_suffix(':'));
    let names = words.filter(|word| is_option((word, ""))).filter(|word| !sections.contains(word));
    names.map(str::to_owned).collect()
}

#[test]
fn unknown_keys_are_refused_by_name_and_line() {
    for (more, key) in [("[fees]\npriority = 1\n", "priority"), ("[lgo]\n", "lgo"), ("[log]\nformat = 3\n", "")] {
        let error = Config::parse(&format!("{LEAST}{more}")).unwrap_err();
        assert!(matches!(error, ConfigError::Malformed { line: 4.., .. }), "{error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn contradictions_are_refused_with_the_option() {
    assert!(checked("keypair = \"k\"\n").unwrap_err().contains("endpoints"));
    assert!(checked("[[endpoints]]\nhttp = \"http://x\"\n").unwrap_err().contains("keypair"));
    assert!(refusal("ws = \"http://x\"\n").contains("endpoints.ws"));
    assert!(refusal("[[endpoints]]\nhttp = \"http://127.0.0.1:8899\"\n").contains("twice"));
    assert!(checked("keypair = \"k\"\n[[endpoints]]\nhttp = \"127.0.0.1\"\n").unwrap_err().contains("endpoints.http"));
    assert!(refusal("[fees]\npolicy = \"cheap\"\n").contains("fees.policy"));
    assert!(refusal("[fees]\npercentile = 101\n").contains("fees.percentile"));
    assert!(refusal("[fees]\nmicro_lamports = 9\ncap_micro_lamports = 8\n").contains("fees.cap_micro_lamports"));
    assert!(refusal("[log]\nformat = \"xml\"\n").contains("log.format"));
    assert!(refusal("[prices]\nsource = \"hermes\"\n").contains("prices.hermes"));
    assert!(refusal("[prices]\nsource = \"recorded\"\n").contains("prices.recorded"));
    assert!(refusal("[jobs]\nonly = [\"flagg\"]\n").contains("there are flag"));
    assert!(refusal("[sending]\nqueue = 0\n").contains("sending.queue"));
    assert!(refusal("[listening]\npoll_ms = 0\n").contains("listening.poll_ms"));
    assert!(refusal("[listening]\nmax_slots_apart = 1\n").contains("max_slots_apart"));
    let genesis = checked(&format!("genesis_hash = \"mainnet\"\n{LEAST}")).unwrap_err();
    assert!(genesis.contains("genesis_hash"), "{genesis}");
}

#[test]
fn only_some_jobs() {
    let options = checked(&format!("{LEAST}[jobs]\nonly = [\"order\", \"refresh\"]\nmarkets = [2]\n")).unwrap();
    assert_eq!(options.kinds, [Kind::Order, Kind::Refresh]);
}
