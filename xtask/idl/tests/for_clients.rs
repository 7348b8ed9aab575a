//! What clients see of accounts, 128-bit numbers and names.

use keel_idl::for_clients;
use serde_json::{Value, json};

fn structure(name: &str, fields: Value) -> Value {
    json!({ "name": name, "type": { "kind": "struct", "fields": fields } })
}

fn words(name: &str) -> Value {
    structure(name, json!([{ "name": "lo", "type": "u64", "docs": ["Low."] }, { "name": "hi", "type": "u64" }]))
}

fn defined(name: &str) -> Value {
    json!({ "defined": { "name": name } })
}

#[test]
fn an_account_is_the_engine_struct_that_it_holds() {
    let mut wrapper = structure("MarketPlace", json!([{ "name": "state", "type": defined("Market") }]));
    wrapper["serialization"] = json!("bytemuck");
    wrapper["repr"] = json!({ "kind": "c" });
    let idl = json!({
        "accounts": [{ "name": "MarketPlace", "discriminator": [1, 2] }],
        "types": [wrapper, structure("Market", json!([{ "name": "index", "type": "u64" }]))],
    });
    let idl = for_clients(idl).unwrap();
    assert_eq!(idl["accounts"], json!([{ "name": "Market", "discriminator": [1, 2] }]));
    let mut market = structure("Market", json!([{ "name": "index", "type": "u64" }]));
    market["serialization"] = json!("bytemuck");
    market["repr"] = json!({ "kind": "c" });
    assert_eq!(idl["types"], json!([market]));
}

#[test]
fn an_account_with_fields_of_its_own_stays() {
    let fields = json!([{ "name": "state", "type": defined("Order") }, { "name": "owner", "type": "pubkey" }]);
    let idl = json!({
        "accounts": [{ "name": "OrderAccount" }],
        "types": [structure("OrderAccount", fields), structure("Order", json!([]))],
    });
    assert_eq!(for_clients(idl.clone()).unwrap(), idl);
}

#[test]
fn two_words_are_an_integer_wherever_they_are() {
    let fields = json!([
        { "name": "price", "type": defined("Wide") },
        { "name": "hours", "type": { "array": [defined("SignedWide"), 168] } },
    ]);
    let idl = json!({ "types": [words("Wide"), words("SignedWide"), structure("Market", fields)] });
    let fields = json!([
        { "name": "price", "type": "u128" },
        { "name": "hours", "type": { "array": ["i128", 168] } },
    ]);
    assert_eq!(for_clients(idl).unwrap(), json!({ "types": [structure("Market", fields)] }));
}

#[test]
fn words_in_another_order_are_refused() {
    let swapped = structure("Wide", json!([{ "name": "hi", "type": "u64" }, { "name": "lo", "type": "u64" }]));
    let error = for_clients(json!({ "types": [swapped] })).unwrap_err().to_string();
    assert!(error.contains("Wide is not { lo: u64, hi: u64 }"), "{error}");
}

#[test]
fn two_types_of_one_name_are_refused() {
    let types = [structure("keel::state::Market", json!([])), structure("keel_engine::Market", json!([]))];
    let error = for_clients(json!({ "types": types })).unwrap_err().to_string();
    assert!(error.contains("two types are called Market"), "{error}");
}

#[test]
fn two_accounts_that_hold_one_struct_are_refused() {
    let field = json!([{ "name": "state", "type": defined("Bank") }]);
    let idl = json!({
        "accounts": [{ "name": "CashBank" }, { "name": "TokenBank" }],
        "types": [structure("CashBank", field.clone()), structure("TokenBank", field), structure("Bank", json!([]))],
    });
    let error = for_clients(idl).unwrap_err().to_string();
    assert!(error.contains("two accounts are called Bank"), "{error}");
}

#[test]
fn an_account_whose_struct_is_missing_is_refused() {
    let idl = json!({
        "accounts": [{ "name": "BankAccount" }],
        "types": [structure("BankAccount", json!([{ "name": "state", "type": defined("Bank") }]))],
    });
    let error = for_clients(idl).unwrap_err().to_string();
    assert!(error.contains("derive IdlType"), "{error}");
}
