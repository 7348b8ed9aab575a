//! Turns the IDL that Anchor prints into the one that client generators expect.
//!
//! On chain an account *is* a struct of the engine, and its 128-bit numbers are two words. Anchor sees a wrapper around
//! the struct and a struct of two words; clients should see the account and a number. The bytes are the same.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The engine's two-word integers and what they are to a client.
const WIDE_INTEGERS: [(&str, &str); 2] = [("Wide", "u128"), ("SignedWide", "i128")];

/// All changes, in order. An error says what in the program has to change.
pub fn for_clients(mut idl: Value) -> Result<Value> {
    unwrap_accounts(&mut idl)?;
    join_wide_integers(&mut idl)?;
    check_names(&idl)?;
    Ok(idl)
}

/// An account type whose only field is `state: X` becomes `X`.
fn unwrap_accounts(idl: &mut Value) -> Result<()> {
    for index in 0..list(idl, "accounts").len() {
        let wrapper = list(idl, "accounts")[index]["name"].as_str().unwrap_or_default().to_owned();
        let Some(definition) = find(idl, &wrapper) else { continue };
        let Some([field]) = definition["type"]["fields"].as_array().map(Vec::as_slice) else { continue };
        let Some(state) = field["type"]["defined"]["name"].as_str().filter(|_| field["name"] == "state") else {
            continue;
        };
        let (state, serialization, layout) =
            (state.to_owned(), definition["serialization"].clone(), definition["repr"].clone());
        let inner = find(idl, &state).with_context(|| {
            format!("the account {wrapper} holds {state}, which is not in the IDL: derive IdlType for it")
        })?;
        inner["serialization"] = serialization;
        inner["repr"] = layout;
        idl["accounts"][index]["name"] = json!(state);
        remove(idl, &wrapper);
        replace(idl, &reference(&wrapper), &reference(&state));
    }
    Ok(())
}

/// The structs of two words become the integers that they hold.
fn join_wide_integers(idl: &mut Value) -> Result<()> {
    for (name, integer) in WIDE_INTEGERS {
        let Some(definition) = find(idl, name) else { continue };
        // The low word first, as in a little-endian integer of twice the size.
        let words = json!([{ "name": "lo", "type": "u64" }, { "name": "hi", "type": "u64" }]);
        let words_only = definition["type"]["fields"].as_array().map(|fields| without_docs(fields));
        ensure!(words_only == Some(words), "{name} is not {{ lo: u64, hi: u64 }}: clients cannot read it as {integer}");
        remove(idl, name);
        replace(idl, &reference(name), &json!(integer));
    }
    Ok(())
}

/// Generated clients have one namespace: paths do not tell types apart there.
fn check_names(idl: &Value) -> Result<()> {
    for key in ["accounts", "types"] {
        let mut names: Vec<&str> = list(idl, key).iter().filter_map(|item| item["name"].as_str()).collect();
        names.sort_by_key(|name| last_segment(name));
        for pair in names.windows(2) {
            let name = last_segment(pair[0]);
            ensure!(
                name != last_segment(pair[1]),
                "two {key} are called {name} ({}, {}): rename one",
                pair[0],
                pair[1]
            );
        }
    }
    Ok(())
}

fn without_docs(fields: &[Value]) -> Value {
    fields.iter().map(|field| json!({ "name": field["name"], "type": field["type"] })).collect()
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

fn reference(name: &str) -> Value {
    json!({ "defined": { "name": name } })
}

fn list<'a>(idl: &'a Value, key: &str) -> &'a [Value] {
    idl[key].as_array().map_or(&[], Vec::as_slice)
}

fn find<'a>(idl: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    idl["types"].as_array_mut()?.iter_mut().find(|definition| definition["name"] == name)
}

fn remove(idl: &mut Value, name: &str) {
    if let Some(types) = idl["types"].as_array_mut() {
        types.retain(|definition| definition["name"] != name);
    }
}

fn replace(value: &mut Value, from: &Value, to: &Value) {
    if value == from {
        *value = to.clone();
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| replace(entry, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
