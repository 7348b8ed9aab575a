//! Other collateral than USDC, what is lent against accounts, and trades in whole, by running `keel` against a local network.

mod network;

use keel_client::SendOptions;
use keel_sdk::instructions::BeginLiquidation;
use serde_json::Value;
use solana_pubkey::Pubkey;

use network::{Network, at_a_terminal};

/// One network for all of it. Each story has accounts of its own.
#[test]
fn what_people_lend_and_borrow_on() {
    let mut network = Network::start(&[]);
    network.json("lp", &["deposit", "5000000", "--open"]);
    for market in ["BTC", "SOL"] {
        network.json("lp", &["range", "add", market, "--lower", "-1%", "--upper", "1%", "--usd", "3000000"]);
    }
    banks_are_listed_and_named(&network);
    other_collateral_comes_and_goes(&mut network);
    a_trade_brings_its_collateral_along(&network);
    a_trade_is_whole_within_its_bound_or_nothing(&network);
    a_lender_keeps_a_floor_and_takes_it(&mut network);
    an_account_passes_on(&network);
    collateral_of_an_account_in_liquidation_is_bought(&mut network);
}

fn number_of(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no decimal")).parse().unwrap()
}

fn banks_are_listed_and_named(network: &Network) {
    let banks = network.json("alice", &["collateral"]);
    let mints: Vec<&Value> = banks.as_array().unwrap().iter().map(|bank| &bank["mint"]).collect();
    let told = network.ready["banks"].as_array().unwrap();
    assert_eq!(mints, [&network.ready["mint"], &told[0]["mint"], &told[1]["mint"]], "{banks}");
    let (usdc, sol) = (&banks[0], &banks[1]);
    assert_eq!((&usdc["bank"], &usdc["weight"], &usdc["price"]), (&"USDC".into(), &"1".into(), &Value::Null));
    assert_eq!((&sol["bank"], sol["number"].as_u64(), sol["decimals"].as_u64()), (&"SOL".into(), Some(1), Some(9)));
    assert_eq!((&sol["weight"], &sol["haircut"], &sol["cap"]), (&"0.8".into(), &"0.8".into(), &"20000000".into()));
    network.json("alice", &["crank", "bank", "SOL"]);
    let sol = &network.json("alice", &["collateral"])[1];
    assert_eq!((&sol["stale"], sol["price"].is_string()), (&Value::from(false), true), "{sol}");
    for shown in ["USDC", "SOL", "80.0000%", "counts now"] {
        assert!(network.text("alice", &["collateral"]).contains(shown), "{shown}");
    }
    let refused = network.refusal("alice", &["deposit", "1", "--bank", "DOGE", "--open"]);
    assert!(refused["error"].as_str().unwrap().contains("there is no bank `DOGE`; there are USDC, SOL"), "{refused}");
}

fn other_collateral_comes_and_goes(network: &mut Network) {
    let deposited = network.json("alice", &["deposit", "20.5", "--bank", "sol", "--open", "--account", "2"]);
    assert_eq!(deposited["amount"], "20.5");
    let mint = network.ready["banks"][1]["mint"].as_str().unwrap().to_owned();
    network.json("alice", &["deposit", "1000", "--bank", &mint, "--account", "2"]);
    network.json("alice", &["withdraw", "500", "--bank", "2", "--account", "2"]);
    let health = network.json("alice", &["health", "--account", "2"]);
    let held = health["holdings"].as_array().unwrap();
    assert_eq!((held.len(), &held[0]["amount"], &held[1]["amount"]), (2, &"20.5".into(), &"500".into()), "{health}");
    let (value, counts) = (number_of(&held[0]["value"]), number_of(&held[0]["maintenance"]));
    assert!(value > 0.0 && 0.79 * value < counts && counts <= 0.8 * value, "{health}");
    let sum: f64 = held.iter().map(|holding| number_of(&holding["maintenance"])).sum();
    assert!((number_of(&health["collateral"]) - sum).abs() < 1e-5 && health["capital"] == "0", "{health}");
    assert!(network.text("alice", &["account", "show", "--account", "2"]).contains("20.50 SOL"));

    // A price that has grown old is brought along.
    network.tell("advance 300");
    assert_eq!(network.json("alice", &["collateral"])[1]["stale"], true);
    network.json("alice", &["withdraw", "20.5", "--bank", "SOL", "--account", "2"]);
    network.json("alice", &["withdraw", "500", "--bank", &mint, "--account", "2"]);
    network.json("alice", &["account", "close", "--account", "2"]);
}

fn a_trade_brings_its_collateral_along(network: &Network) {
    network.json("alice", &["account", "open", "--account", "3"]);
    let short = ["trade", "short", "SOL", "20", "--deposit", "20", "--bank", "SOL", "--account", "3"];
    let (code, said) = at_a_terminal(&network.keel("alice", &short), "n");
    assert!(code == Some(1) && said.contains("Deposit 20.00 SOL and sell 20 SOL"), "{said}");
    assert_eq!(network.json("alice", &["account", "show", "--account", "3"])["collateral"], Value::Array(Vec::new()));
    let done = network.json("alice", &short);
    assert_eq!((&done["quote"]["deposit"], &done["fill"]["position"]), (&"20".into(), &"-20".into()), "{done}");
    let health = network.json("alice", &["health", "--account", "3"]);
    assert_eq!(health["holdings"][0]["amount"], "20", "{health}");
    network.json("alice", &["trade", "to", "SOL", "0", "--account", "3"]);
}

fn a_trade_is_whole_within_its_bound_or_nothing(network: &Network) {
    network.json("carol", &["deposit", "20000", "--account", "5", "--open"]);
    let trade = |words: &[&str]| network.json("carol", &[&["trade"], words, &["--account", "5"]].concat());
    let refuse = |words: &[&str]| network.refusal("carol", &[&["trade"], words, &["--account", "5"]].concat());

    let exact = trade(&["long", "BTC", "0.1", "--exact"]);
    let (bound, fill) = (number_of(&exact["quote"]["bound"]), &exact["fill"]);
    let cost = number_of(&fill["notional"]) + number_of(&fill["fee"]);
    assert!(fill["size"] == "0.1" && cost <= bound && bound < cost * 1.004, "{exact}");
    let sold = trade(&["short", "BTC", "1000", "--usd", "--exact", "--slippage-bps", "0"]);
    let given = -number_of(&sold["fill"]["size"]);
    assert_eq!(
        (given, &sold["fill"]["notional"]),
        (number_of(&sold["quote"]["bound"]), &Value::from("1000")),
        "{sold}"
    );
    let refused = refuse(&["long", "BTC", "0.1", "--bound", "5000"]);
    assert_eq!(refused["name"], "BoundNotMet", "{refused}");
    let within = trade(&["short", "BTC", "0.01", "--bound", "500"]);
    assert_eq!((&within["quote"]["bound"], &within["quote"]["limit"]), (&Value::from("500"), &Value::Null), "{within}");

    let turned = trade(&["to", "BTC", "-0.05"]);
    assert_eq!((&turned["fill"]["position"], &turned["quote"]["direction"]), (&"-0.05".into(), &"short".into()));
    let near = refuse(&["to", "BTC", "-0.0501", "--tolerance", "0.001"]);
    assert_eq!(near["name"], "NearTarget", "{near}");
    let mixed = refuse(&["to", "BTC", "1", "--usd"]);
    assert!(mixed["error"].as_str().unwrap().contains("leave out --usd"), "{mixed}");

    // With the deposit that it needs, both or neither.
    assert_eq!(refuse(&["short", "BTC", "7", "--deposit", "10"])["name"], "InsufficientMargin");
    let before = network.json("carol", &["health", "--account", "5"]);
    let shown = network.text("carol", &["trade", "short", "BTC", "2", "--deposit", "5000", "--account", "5"]);
    assert!(shown.contains("deposit") && shown.contains("5,000"), "{shown}");
    let after = network.json("carol", &["health", "--account", "5"]);
    assert_eq!(number_of(&after["capital"]) - number_of(&before["capital"]), 5_000.0);
    assert_eq!(trade(&["to", "BTC", "0"])["fill"]["position"], "0");
}

fn a_lender_keeps_a_floor_and_takes_it(network: &mut Network) {
    let address = |network: &Network, name: &str| {
        let keys = network.ready["keys"].as_array().unwrap();
        keys.iter().find(|key| key["name"] == name).unwrap()["address"].as_str().unwrap().to_owned()
    };
    let lender = address(network, "bob");
    network.json("bob", &["deposit", "10", "--account", "6", "--open"]);
    let opened = network.json("carol", &["deposit", "1000", "--account", "6", "--open"]);
    let account = opened["account"].as_str().unwrap();
    assert_eq!(network.json("carol", &["lien", "show", "--account", "6"])["lien"], Value::Null);
    let placed = ["lien", "place", "--holder", &lender, "--floor", "600", "--notice", "1h", "--account", "6"];
    let placed = network.json("carol", &placed);
    assert_eq!((&placed["floor"], placed["notice_secs"].as_u64()), (&Value::from("600"), Some(3_600)));
    assert_eq!(network.refusal("carol", &["withdraw", "401", "--account", "6"])["name"], "LienFloor");
    network.json("carol", &["withdraw", "300", "--account", "6"]);
    let health = network.json("carol", &["health", "--account", "6"]);
    assert_eq!((&health["lien_floor"], &health["free"]), (&Value::from("600"), &Value::from("100")), "{health}");
    assert!(network.text("carol", &["health", "--account", "6"]).contains(&lender));

    let early = network.refusal("bob", &["lien", "seize", "100", "--to", "6", "--account", account]);
    assert_eq!(early["name"], "LienNotDue", "{early}");
    let stranger = network.refusal("alice", &["lien", "call", "--account", account]);
    assert!(stranger["error"].as_str().unwrap().contains("is held by"), "{stranger}");
    network.json("bob", &["lien", "call", "--account", account]);
    network.json("bob", &["lien", "call", "--withdraw", "--account", account]);
    network.json("bob", &["lien", "call", "--account", account]);
    network.tell("advance 3700");
    let taken = network.json("bob", &["lien", "seize", "250", "--to", "6", "--account", account]);
    assert_eq!((&taken["amount"], &taken["floor_left"]), (&Value::from("250"), &Value::from("350")), "{taken}");
    assert_eq!(network.json("bob", &["account", "show", "--account", "6"])["capital"], "260");
    let shown = network.text("carol", &["lien", "show", "--account", "6"]);
    assert!(shown.contains("350.00 USD of the 450.00 USD"), "{shown}");
    network.json("bob", &["lien", "release", "--account", account]);
    network.json("carol", &["withdraw", "450", "--account", "6"]);
}

fn an_account_passes_on(network: &Network) {
    let opened = network.json("bob", &["deposit", "75", "--account", "8", "--open"]);
    let account = opened["account"].as_str().unwrap();
    let keys = network.ready["keys"].as_array().unwrap();
    let carol = keys.iter().find(|key| key["name"] == "carol").unwrap()["address"].as_str().unwrap();
    // Who is asked is told what it means.
    let (code, said) = at_a_terminal(&network.keel("bob", &["account", "give", carol, "--account", "8"]), "n");
    assert!(code == Some(1) && said.contains("for good") && said.contains("75.00 USD"), "{said}");
    let given = network.json("bob", &["account", "give", carol, "--account", "8"]);
    assert_eq!(given["new_owner"], carol);
    let refused = network.refusal("bob", &["account", "give", carol, "--account", "8"]);
    assert!(refused["error"].as_str().unwrap().contains("is not the key's to give"), "{refused}");
    assert_eq!(network.refusal("bob", &["withdraw", "1", "--account", account])["name"], "Unauthorized");
    network.json("carol", &["withdraw", "75", "--account", account]);
}

fn collateral_of_an_account_in_liquidation_is_bought(network: &mut Network) {
    let opened = network.json("bob", &["deposit", "20", "--bank", "SOL", "--open", "--account", "4"]);
    let account = opened["account"].as_str().unwrap();
    network.json("alice", &["deposit", "50000", "--open", "--account", "4"]);
    let counts = number_of(&network.json("bob", &["health", "--account", "4"])["collateral"]);
    let worth = format!("{:.0}", counts * 8.0);
    network.json("bob", &["trade", "long", "BTC", &worth, "--usd", "--account", "4"]);
    let buy = ["collateral", "buy", "SOL", "--from", account, "--account", "4"];
    assert_eq!(network.refusal("alice", &buy)["name"], "NotForSale");

    network.tell("price BTC -11%");
    for _ in 0..40 {
        network.tell("advance 5");
        network.json("keeper", &["crank", "refresh", "BTC"]);
        let health = network.json("bob", &["health", "--account", "4"]);
        if number_of(&health["equity"]) < number_of(&health["maintenance"]) {
            break;
        }
    }
    // A sale at once asks for a price that is a median.
    for _ in 0..3 {
        network.tell("advance 1");
        network.json("keeper", &["crank", "bank", "SOL"]);
    }
    let client = keel_client::Client::new(network.url()).unwrap();
    let key = keel_client::keys::load(network.key("keeper").as_ref()).unwrap();
    let address: Pubkey = account.parse().unwrap();
    let begin = client.gather(|accounts| BeginLiquidation { account: address }.instruction(accounts)).unwrap();
    client.send(&[begin], &[&key], &SendOptions::default()).unwrap();

    let (code, said) = at_a_terminal(&network.keel("alice", &buy), "n");
    for shown in ["below", "of equity; it must have", "USDC left here"] {
        assert!(code == Some(1) && said.contains(shown), "{shown}: {said}");
    }
    let most = [&buy[..], &["--most", "1.5"]].concat();
    let bought = network.json("alice", &most);
    assert_eq!((&bought["amount"], &bought["quote"]["amount"]), (&Value::from("1.5"), &Value::from("1.5")), "{bought}");
    let quote = &bought["quote"];
    assert!(
        number_of(&quote["discount"]) > 0.0 && number_of(&quote["price"]) < number_of(&quote["bank_price"]),
        "{quote}"
    );
    let dear = network.refusal("alice", &[&buy[..], &["--limit", "1"]].concat());
    assert_eq!(dear["name"], "PriceBeyondLimit", "{dear}");
    assert_eq!(network.json("alice", &["health", "--account", "4"])["holdings"][0]["amount"], "1.5");
    let sold = network.json("bob", &["health", "--account", "4"]);
    assert_eq!(sold["holdings"][0]["amount"], "18.5", "{sold}");
    assert_eq!(sold["capital"], bought["paid"], "{sold}");
}
