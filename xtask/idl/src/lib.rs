//! Turns the IDL that Anchor prints into the one that client generators expect.
//!
//! On chain an account *is* a struct of the engine, and its 128-bit numbers are two words. Anchor sees a wrapper around
//! the struct and a struct of two words; clients should see the account and a number. The bytes are the same.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// Ends the name of the one-field struct that stands for an engine's struct in the program.
const WRAPPER: &str = "Account";

/// The engine's two-word integers and what they are to a client.
const WIDE_INTEGERS: [(&str, &str, &str); 2] = [("Wide", "u64", "u128"), ("SignedWide", "i64", "i128")];

/// All changes, in order. An error says what in the program has to change.
pub fn for_clients(mut idl: Value) -> Result<Value> {
    unwrap_accounts(&mut idl)?;
    join_wide_integers(&mut idl)?;
    check_names(&idl)?;
    Ok(idl)
}

/// An account type `XAccount { state: X }` becomes `X`.
fn unwrap_accounts(idl: &mut Value) -> Result<()> {
    for index in 0..list(idl, "accounts").len() {
        let wrapper = list(idl, "accounts")[index]["name"].as_str().unwrap_or_default().to_owned();
        let Some(state) = wrapper.strip_suffix(WRAPPER).map(str::to_owned) else { continue };
        let Some(definition) = find(idl, &wrapper) else { continue };
        if definition["type"]["fields"] != json!([{ "name": "state", "type": reference(&state) }]) {
            continue;
        }
        let (serialization, layout) = (definition["serialization"].clone(), definition["repr"].clone());
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
    for (name, high, integer) in WIDE_INTEGERS {
        let Some(definition) = find(idl, name) else { continue };
        let fields = &definition["type"]["fields"];
        let words = [(&fields[0], "lo", "u64"), (&fields[1], "hi", high)];
        let is_integer = fields.as_array().is_some_and(|fields| fields.len() == words.len())
            && words.iter().all(|(field, name, word)| field["name"] == *name && field["type"] == *word);
        ensure!(is_integer, "{name} is not {{ lo: u64, hi: {high} }}, so clients cannot read it as {integer}");
        remove(idl, name);
        replace(idl, &reference(name), &json!(integer));
    }
    Ok(())
}

/// Generated clients have one namespace: paths do not tell types apart there.
fn check_names(idl: &Value) -> Result<()> {
    let mut names: Vec<&str> = list(idl, "types").iter().filter_map(|definition| definition["name"].as_str()).collect();
    names.sort_by_key(|name| last_segment(name));
    for pair in names.windows(2) {
        if last_segment(pair[0]) == last_segment(pair[1]) {
            bail!("two types are called {} in the IDL ({}, {}): rename one", last_segment(pair[0]), pair[0], pair[1]);
        }
    }
    Ok(())
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
