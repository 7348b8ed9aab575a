//! What people do, by running `keel` against a local network: nothing of it in this process.

mod network;

use std::io::Write;
use std::process::Stdio;

use keel_engine::state::MarginAccount;
use keel_sdk::accounts::DISCRIMINATOR_LEN;
use serde_json::Value;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::request::RpcRequest;

use network::{Network, at_a_terminal};

/// One network for all of it, which ends with the test however that ends. Each story has accounts of its own.
#[test]
fn what_people_do() {
    let mut network = Network::start(&[]);
    // Liquidity for everybody.
    network.json("lp", &["deposit", "5000000", "--open"]);
    let added = network.json("lp", &["range", "add", "BTC", "--lower", "-1%", "--upper", "1%", "--usd", "4000000"]);
    assert_eq!((added["range_slot"].as_u64(), added["range"]["active"].as_bool()), (Some(0), Some(true)));

    a_trader_opens_trades_protects_and_leaves(&network);
    a_provider_adds_settles_and_removes(&network);
    a_delegate_trades_and_moves_no_money(&network);
    a_refusal_tells_code_name_and_what_to_do(&network);
    a_prompt_refused_is_nothing_sent(&network);
    markets_are_shown_and_plotted(&network);
    orders_of_every_kind_are_placed_and_one_is_executed(&network);
    the_pool_takes_a_request_and_gives_it_back(&mut network);
    a_withdrawal_beyond_the_limit_waits(&mut network);
    the_audit_of_the_live_node_is_clean(&network);
    the_audit_names_what_is_broken(&network);
}

fn number_of(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no decimal")).parse().unwrap()
}

fn a_trader_opens_trades_protects_and_leaves(network: &Network) {
    let opened = network.json("alice", &["account", "open"]);
    assert_eq!(opened["number"], 0);
    let again = network.refusal("alice", &["account", "open"]);
    assert!(again["error"].as_str().unwrap().contains("is open already"), "{again}");
    let deposited = network.json("alice", &["deposit", "20000.5"]);
    assert_eq!(deposited["amount"], "20000.5");

    let traded = network.json("alice", &["trade", "long", "btc", "0.5"]);
    let (quote, fill) = (&traded["quote"], &traded["fill"]);
    for field in ["size", "notional", "mean_price", "fee", "position", "filled"] {
        assert_eq!(quote[field], fill[field], "{field}: the fill is the quote");
    }
    assert_eq!((&fill["size"], &fill["filled"]), (&Value::from("0.5"), &Value::from(true)));
    let (before, mean, after) =
        (number_of(&quote["price_before"]), number_of(&quote["mean_price"]), number_of(&quote["price_after"]));
    assert!(before < mean && mean < after && after < number_of(&quote["limit"]), "{quote}");
    assert!(number_of(&quote["liquidation_price"]) < before && number_of(&quote["fee"]) > 0.0, "{quote}");
    assert!(number_of(&quote["after"]["free"]) < number_of(&quote["before"]["free"]), "{quote}");
    assert!(traded["signature"].as_str().unwrap().len() > 80 && traded["compute_units"].as_u64() > Some(1_000));

    // What people see of the same.
    let shown = network.text("alice", &["trade", "long", "BTC", "5000", "--usd", "--slippage-bps", "10"]);
    for word in ["before,", "impact", "fee", "funding", "liquidation", "margin", "quoted", "filled", "transaction"] {
        assert!(shown.contains(word), "{word} is missing in:\n{shown}");
    }

    let order = network.json("alice", &["order", "stop", "BTC", "40000", "--take-profit", "90000"]);
    assert_eq!((&order["number"], &order["kind"]), (&Value::from(0), &Value::from("trigger")));
    assert_eq!((order["below"].as_str(), order["above"].as_str()), (Some("40000"), Some("90000")), "{order}");
    let orders = network.json("alice", &["order", "list"]);
    assert_eq!(orders.as_array().map(Vec::len), Some(1));
    assert!(network.text("alice", &["order", "list"]).contains("mark <= 40,000.00 or >= 90,000.00"));
    network.json("alice", &["order", "cancel", "0"]);
    assert!(network.text("alice", &["order", "list"]).contains("no order"));

    let health = network.json("alice", &["health"]);
    assert!(number_of(&health["equity"]) > number_of(&health["maintenance"]) && health["flagged"] == false, "{health}");
    let positions = network.json("alice", &["positions"]);
    assert_eq!((positions.as_array().map(Vec::len), &positions[0]["market"]), (Some(1), &Value::from("BTC")));
    assert!(network.text("alice", &["health"]).contains("healthy"));

    let closed = network.json("alice", &["close", "BTC"]);
    assert_eq!(closed["fill"]["position"], "0", "{closed}");
    let nothing = network.refusal("alice", &["close", "BTC"]);
    assert!(nothing["error"].as_str().unwrap().contains("no position in BTC"), "{nothing}");
    network.json("alice", &["account", "open", "--account", "1", "--isolated", "BTC"]);
    network.json("alice", &["transfer", "100", "--to", "1"]);
    let listed = network.json("alice", &["account", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert_eq!((&listed[1]["capital"], &listed[1]["isolated_to"]), (&Value::from("100"), &Value::from("BTC")));
    let out = network.json("alice", &["withdraw", "100", "--account", "1"]);
    assert_eq!((&out["amount"], &out["ticket"]), (&Value::from("100"), &Value::Null));
    network.json("alice", &["account", "close", "--account", "1"]);
}

fn a_provider_adds_settles_and_removes(network: &Network) {
    network.json("bob", &["deposit", "50000", "--open"]);
    let added = network.json("bob", &["range", "add", "ETH", "--lower", "-2%", "--upper", "2%", "--usd", "100000"]);
    let range = &added["range"];
    assert!(number_of(&range["lower"]) < number_of(&range["upper"]) && range["market"] == "ETH", "{added}");
    assert!(number_of(&range["after"]["initial_required"]) > 0.0, "{added}");
    let listed = network.json("bob", &["range", "list"]);
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["active"]), (Some(1), &Value::from(true)));
    let settled = network.json("bob", &["range", "settle", "0"]);
    assert_eq!(settled["what"], "settled");
    // A range may not leave before `min_range_slots` have gone by.
    let mut removed = (None, String::new(), String::new());
    for _ in 0..60 {
        removed = network.run("bob", &["range", "remove", "0", "--json", "--yes"]);
        if removed.0 == Some(0) || !removed.2.contains("RangeTooYoung") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    let told: Value = serde_json::from_str(&removed.1).unwrap_or_else(|_| panic!("{removed:?}"));
    assert_eq!((removed.0, &told["what"]), (Some(0), &Value::from("removed")));
    assert_eq!(network.json("bob", &["range", "list"]), Value::Array(Vec::new()));
}

fn the_pool_takes_a_request_and_gives_it_back(network: &mut Network) {
    network.json("carol", &["deposit", "30000", "--open"]);
    let asked = network.json("carol", &["pool", "deposit", "5000"]);
    let request = asked["number"].as_u64().unwrap();
    let waiting = network.json("carol", &["pool", "requests"]);
    assert_eq!((&waiting[0]["amount"], &waiting[0]["number"]), (&Value::from("5000"), &Value::from(request)));
    let pool = network.json("carol", &["pool", "show"]);
    assert!(number_of(&pool["deposits_waiting"]) >= 5_000.0, "{pool}");
    // Its time comes: everybody may execute it, with the prices of every market that the pool is in.
    network.tell("advance 90");
    let executed = network.json("bob", &["pool", "execute", "deposit", &request.to_string()]);
    assert_eq!(executed["number"].as_u64(), Some(request));
    assert_eq!(network.json("carol", &["pool", "requests"]), Value::Array(Vec::new()));
    let pool = network.json("carol", &["pool", "show"]);
    assert!(number_of(&pool["shares"]) > 0.0, "{pool}");
    let leaving = network.json("carol", &["pool", "redeem", "1000"]);
    let leaving = leaving["number"].as_u64().unwrap().to_string();
    network.json("carol", &["pool", "cancel", "redeem", &leaving]);
}

fn markets_are_shown_and_plotted(network: &Network) {
    let markets = network.json("alice", &["markets"]);
    assert!(markets.as_array().unwrap().iter().any(|market| market["market"] == "BTC"), "{markets}");
    network.json("keeper", &["crank", "refresh", "BTC"]);
    let price = network.json("alice", &["price", "BTC"]);
    assert_eq!((price["fresh"].as_bool(), &price["published"]), (Some(true), &price["index"]), "{price}");
    let market = network.json("alice", &["market", "show", "1"]);
    assert_eq!((&market["market"], &market["parameters"]["imr_ppm"]), (&Value::from("BTC"), &Value::from(50_000)));
    assert!(network.text("alice", &["market", "show", "BTC"]).contains("max_crossings"));

    let funding = network.text("alice", &["funding", "BTC"]);
    for word in ["│", "└──", "% an hour", "hours from now", "-166 h", "+48 h", "at the worst"] {
        assert!(funding.contains(word), "{word} is missing in:\n{funding}");
    }
    let funding = network.json("alice", &["funding", "BTC", "--hours", "24", "--side", "short"]);
    assert_eq!(
        (funding["past"].as_array().map(Vec::len), funding["coming"].as_array().map(Vec::len)),
        (Some(167), Some(24))
    );
    let coming = funding["coming"].as_array().unwrap();
    assert!(coming.iter().all(|hour| number_of(&hour["worst"]) >= number_of(&hour["forecast"])), "{funding}");

    let depth = network.json("alice", &["depth", "BTC", "--steps", "5"]);
    let sides = ["buy", "sell"].map(|side| depth[side].as_array().unwrap().clone());
    for side in &sides {
        let sizes: Vec<f64> = side.iter().map(|step| number_of(&step["notional"])).collect();
        assert!(sizes.len() == 5 && sizes.is_sorted() && sizes[0] > 0.0, "{depth}");
    }
    assert!(number_of(&sides[1][0]["price"]) < number_of(&sides[0][0]["price"]), "{depth}");
    let depth = network.text("alice", &["depth", "BTC"]);
    assert!(depth.contains("buy") && depth.contains("└──") && depth.contains("USD"), "{depth}");
    assert!(network.text("alice", &["admin", "queue"]).contains("no change waits"));
}

fn a_refusal_tells_code_name_and_what_to_do(network: &Network) {
    network.json("keeper", &["deposit", "10", "--open"]);
    let refused = network.refusal("keeper", &["trade", "long", "BTC", "1"]);
    assert_eq!(
        (&refused["name"], &refused["code"]),
        (&Value::from("InsufficientMargin"), &Value::from(6_036)),
        "{refused}"
    );
    let (code, _, error) = network.run("keeper", &["trade", "long", "BTC", "1", "--yes"]);
    assert_eq!(code, Some(1));
    assert!(
        error.contains("InsufficientMargin") && error.contains("deposit more or trade less") && error.contains("6036"),
        "{error}"
    );
    let refused = network.refusal("keeper", &["withdraw", "11"]);
    assert_eq!(refused["name"], "InsufficientCapital", "{refused}");
    let refused = network.refusal("keeper", &["trade", "long", "DOGE", "1"]);
    assert!(refused["error"].as_str().unwrap().contains("there is no market `DOGE`; there are BTC"), "{refused}");
    let refused = network.refusal("keeper", &["health", "--account", "9"]);
    assert!(refused["error"].as_str().unwrap().contains("keel account open --account 9"), "{refused}");
}

fn a_prompt_refused_is_nothing_sent(network: &Network) {
    network.json("bob", &["deposit", "1000", "--account", "7", "--open"]);
    let before = network.json("bob", &["account", "show", "--account", "7"]);
    let trade = ["trade", "long", "BTC", "0.01", "--account", "7"];

    // Nobody to ask.
    let mut child = network
        .keel("bob", &trade)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && error.contains("--yes") && error.contains("nothing was sent"),
        "{error}"
    );

    // Somebody at a terminal, who sees the preview and says no.
    let (code, said) = at_a_terminal(&network.keel("bob", &trade), "n");
    assert!(code == Some(1) && said.contains("impact") && said.contains("nothing was sent"), "{said}");
    assert_eq!(network.json("bob", &["account", "show", "--account", "7"]), before);

    let (code, said) = at_a_terminal(&network.keel("bob", &trade), "y");
    assert!(code == Some(0) && said.contains("transaction"), "{said}");
    assert_eq!(network.json("bob", &["positions", "--account", "7"]).as_array().map(Vec::len), Some(1));
    network.json("bob", &["close", "BTC", "--account", "7"]);
}

fn a_delegate_trades_and_moves_no_money(network: &Network) {
    network.json("alice", &["deposit", "3000", "--account", "4", "--open"]);
    let shown = network.json("alice", &["account", "show", "--account", "4"]);
    let address = shown["account"].as_str().unwrap();
    let keys = network.ready["keys"].as_array().unwrap();
    let bob = keys.iter().find(|key| key["name"] == "bob").unwrap()["address"].as_str().unwrap().to_owned();
    let set = ["delegate", "set", &bob, "--may", "trade,order", "--for", "1h", "--in", "BTC", "--account", "4"];
    let set = network.json("alice", &set);
    assert_eq!((&set["delegate"], &set["may"]), (&Value::from(bob), &serde_json::json!(["trade", "order"])), "{set}");
    let traded = network.json("bob", &["trade", "short", "BTC", "0.01", "--account", address]);
    assert_eq!(traded["fill"]["position"], "-0.01");
    assert_eq!(network.refusal("bob", &["withdraw", "1", "--account", address])["name"], "Unauthorized");
    network.json("bob", &["close", "BTC", "--account", address]);
    network.json("alice", &["delegate", "revoke", "--account", "4"]);
    assert_eq!(
        network.refusal("bob", &["trade", "short", "BTC", "0.01", "--account", address])["name"],
        "Unauthorized"
    );
}

fn orders_of_every_kind_are_placed_and_one_is_executed(network: &Network) {
    let deposited = network.json("carol", &["deposit", "20000", "--account", "2", "--open"]);
    let address = deposited["account"].as_str().unwrap();
    let place = |words: &[&str]| network.json("carol", &[&["order"], words, &["--account", "2"]].concat());
    let limit = place(&["limit", "long", "BTC", "0.02", "60500", "--tip", "0.001"]);
    assert_eq!(
        (&limit["number"], &limit["below"], &limit["tip_sol"]),
        (&Value::from(0), &Value::from("60500"), &Value::from("0.001"))
    );
    let scale = ["scale", "short", "BTC", "0.4", "--from", "61000", "--to", "62000", "--levels", "4"];
    assert_eq!(place(&scale)["slices"], 4);
    let twap =
        ["twap", "short", "BTC", "0.1", "--slices", "10", "--every", "1h", "--limit", "50000", "--expires-in", "1d"];
    assert_eq!(place(&twap)["every"], 3_600);
    assert_eq!(network.json("carol", &["order", "list", "--account", "2"]).as_array().map(Vec::len), Some(3));

    // The curve is better than the limit already: anybody executes it, for the tip.
    let executed = network.json("bob", &["crank", "order", "0", "--account", address]);
    assert_eq!(executed["tip_lamports"], 1_000_000, "{executed}");
    let positions = network.json("carol", &["positions", "--account", "2"]);
    assert_eq!(positions[0]["size"], "0.02");
    let early = network.refusal("bob", &["crank", "order", "1", "--account", address]);
    assert_eq!(early["name"], "OrderNotDue");
    let target = place(&["take-profit", "BTC", "66000", "--limit", "65000"]);
    assert_eq!((&target["above"], &target["size"]), (&Value::from("66000"), &Value::from("0.02")), "{target}");
    for number in ["0", "1", "2"] {
        place(&["cancel", number]);
    }
    network.json("carol", &["close", "BTC", "--account", "2"]);
    let settled = network.refusal("carol", &["settle", "BTC", "--account", "2"]);
    assert!(settled["name"] == "NothingToSettle" || settled["name"] == "PositionNotFound", "{settled}");

    let builder = network.ready["keys"][0]["address"].as_str().unwrap();
    let approved = network.json("carol", &["builder", "approve", builder, "--max-fee", "0.02%", "--account", "2"]);
    assert_eq!(approved["max_fee_ppm"], 200);
    network.json("carol", &["builder", "revoke", builder, "--account", "2"]);
}

fn a_withdrawal_beyond_the_limit_waits(network: &mut Network) {
    // What was deposited lately may leave again; what was deposited two hours ago only bit by bit.
    network.tell("advance 7200");
    let refused = network.refusal("lp", &["withdraw", "3000000"]);
    assert_eq!(refused["name"], "OutflowLimitReached", "{refused}");
    assert!(refused["error"].as_str().unwrap().contains("add --queue to wait in line"), "{refused}");
    let queued = network.json("lp", &["withdraw", "3000000", "--queue"]);
    let number = queued["ticket"].as_u64().unwrap().to_string();
    let waiting = network.json("lp", &["ticket", "list"]);
    assert_eq!((&waiting[0]["amount"], waiting.as_array().map(Vec::len)), (&Value::from("3000000"), Some(1)));
    network.json("bob", &["ticket", "pay", &number]);
    let rest = number_of(&network.json("lp", &["ticket", "list"])[0]["amount"]);
    assert!(0.0 < rest && rest < 3_000_000.0, "{rest}");
    network.json("lp", &["ticket", "cancel", &number]);
    assert_eq!(network.json("lp", &["ticket", "list"]), Value::Array(Vec::new()));
}

/// After whatever the other stories have done by now, and with a trade on top.
fn the_audit_of_the_live_node_is_clean(network: &Network) {
    network.json("lp", &["trade", "long", "BTC", "1"]);
    network.json("lp", &["crank", "refresh", "BTC"]);
    let (code, out, error) = network.run("lp", &["audit"]);
    assert_eq!((code, error), (Some(0), String::new()), "{out}");
    assert!(out.contains("holds   capital + pots + insurance") && !out.contains("BROKEN"), "{out}");
    let told = network.json("lp", &["audit"]);
    let equalities = told["equalities"].as_object().unwrap();
    assert!(equalities.len() > 10 && equalities.values().all(|told| told["broken"] == serde_json::json!([])), "{told}");
}

/// A dollar more in an account than anybody has paid, as no program would ever write it.
fn the_audit_names_what_is_broken(network: &Network) {
    let client = keel_client::Client::new(network.url()).unwrap();
    let shown = network.json("alice", &["account", "show"]);
    let address: Pubkey = shown["account"].as_str().unwrap().parse().unwrap();
    let mut data = client.accounts(&[address]).unwrap()[0].clone().unwrap().data;
    let capital = DISCRIMINATOR_LEN + std::mem::offset_of!(MarginAccount, capital);
    let more = u64::from_le_bytes(data[capital..capital + 8].try_into().unwrap()) + 1_000_000;
    data[capital..capital + 8].copy_from_slice(&more.to_le_bytes());
    let hexadecimal: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let forged = serde_json::json!([address.to_string(), { "data": hexadecimal }]);
    let forge = RpcRequest::Custom { method: "surfnet_setAccount" };
    client.wait(async { Ok(client.nonblocking().rpc().send::<Value>(forge, forged).await?) }).unwrap();

    let (code, out, _) = network.run("lp", &["audit"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("BROKEN  capital + pots + insurance") && out.contains("off by 1000000"), "{out}");
}
