//! Accounts as a node gives them: the JSON of `getProgramAccounts` with base64 data, alone or as the `result` of a whole
//! answer. The vaults' token accounts belong to the list, since a bank's tokens are there.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keel_sdk::address::{PROGRAM_ID, TOKEN_PROGRAM};
use serde_json::{Value, json};
use solana_pubkey::Pubkey;

use crate::books::Books;

/// Where a token account keeps its amount.
const AMOUNT: std::ops::Range<usize> = 64..72;

/// An account's owner and data.
pub type Owned = (Pubkey, Vec<u8>);

/// Reads the books out of a list of accounts. Accounts of other programs are left out. Errors on what is not such a list,
/// on an account of the program of no known kind, and on a bank whose vault is missing.
pub fn read(text: &str) -> Result<Books> {
    let value: Value = serde_json::from_str(text).context("the file holds no JSON")?;
    let list = value.get("result").unwrap_or(&value);
    let list = list.get("value").unwrap_or(list).as_array().context("the file holds no list of accounts")?;
    let accounts = list
        .iter()
        .enumerate()
        .map(|(place, item)| account(item).with_context(|| format!("account {place} of the list")));
    let accounts: BTreeMap<Pubkey, Owned> = accounts.collect::<Result<_>>()?;
    books(&accounts)
}

/// Reads the books out of accounts by address. Errors as [`read`] does.
pub fn books(accounts: &BTreeMap<Pubkey, Owned>) -> Result<Books> {
    if !accounts.values().any(|(owner, _)| *owner == PROGRAM_ID) {
        bail!("none of the {} accounts is of the program {PROGRAM_ID}", accounts.len());
    }
    let ours = accounts.iter().filter(|(_, (owner, _))| *owner == PROGRAM_ID);
    let mut books = Books::decode(ours.map(|(address, (_, data))| (*address, &data[..])), |vault| {
        let held = accounts.get(vault).filter(|(owner, _)| *owner == TOKEN_PROGRAM);
        let (_, data) = held.with_context(|| format!("the vault {vault} is not in the list: add that account"))?;
        let amount = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok());
        Ok(u64::from_le_bytes(amount.with_context(|| format!("{vault} is no token account"))?))
    })?;
    books.take_shares(
        accounts.iter().filter(|(_, (owner, _))| *owner == TOKEN_PROGRAM).map(|(at, (_, data))| (*at, &data[..])),
    )?;
    Ok(books)
}

fn account(item: &Value) -> Result<(Pubkey, Owned)> {
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("`{key}` is missing"))
    };
    let address: Pubkey = text(item, "pubkey")?.parse().context("`pubkey` is no address")?;
    let account = item.get("account").context("`account` is missing")?;
    let owner: Pubkey = text(account, "owner")?.parse().context("`owner` is no address")?;
    let data = account.get("data").and_then(Value::as_array).context("`data` is no pair of text and encoding")?;
    let (Some(Value::String(data)), Some("base64")) = (data.first(), data.get(1).and_then(Value::as_str)) else {
        bail!("`data` is not in base64: ask the node for that encoding");
    };
    Ok((address, (owner, STANDARD.decode(data).context("`data` is no base64")?)))
}

/// The JSON of a list of accounts, in order of address.
pub fn write<'a>(accounts: impl IntoIterator<Item = (Pubkey, &'a Owned)>) -> String {
    let sorted: BTreeMap<Pubkey, &Owned> = accounts.into_iter().collect();
    let item = |(address, (owner, data)): (Pubkey, &Owned)| {
        let account = json!({ "owner": owner.to_string(), "data": [STANDARD.encode(data), "base64"] });
        json!({ "pubkey": address.to_string(), "account": account }).to_string()
    };
    format!("[{}]\n", sorted.into_iter().map(item).collect::<Vec<_>>().join(",\n "))
}
