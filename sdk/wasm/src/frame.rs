//! Requests and answers as bytes: `u32` length of the JSON, the JSON, then accounts until the end: 32 bytes of address,
//! `u32` length of the data or [`ABSENT`] where there is no account, the data. All little-endian.

use serde_json::{Map, Value};
use solana_pubkey::Pubkey;

use crate::refusal::{Refusal, Result};

/// In place of a length: no account at this address.
const ABSENT: u32 = u32::MAX;

/// An account and what is known of it: its data, or that there is none.
pub type Known = (Pubkey, Option<Vec<u8>>);

/// A request, or an answer.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What is asked or told.
    pub value: Map<String, Value>,
    /// Accounts that come with it.
    pub accounts: Vec<Known>,
}

impl Frame {
    /// Reads one. What is cut off or too long anywhere is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let length = take_length(&mut rest)?;
        let json = take(&mut rest, length)?;
        let value = match serde_json::from_slice(json) {
            Ok(Value::Object(value)) => value,
            Ok(_) => return Err(Refusal::request("the request is no JSON object")),
            Err(error) => return Err(Refusal::request(format!("the request is no JSON: {error}"))),
        };
        let mut accounts = Vec::new();
        while !rest.is_empty() {
            let address = take(&mut rest, size_of::<Pubkey>())?;
            let address = Pubkey::try_from(address).map_err(|_| truncated())?;
            let length = take_length(&mut rest)?;
            let data = if length == ABSENT { None } else { Some(take(&mut rest, length)?.to_vec()) };
            accounts.push((address, data));
        }
        Ok(Self { value, accounts })
    }
}

/// Writes one.
pub fn compose(value: &Value, accounts: &[Known]) -> Vec<u8> {
    let json = value.to_string();
    let mut bytes = Vec::with_capacity(json.len());
    put(&mut bytes, json.as_bytes());
    for (address, data) in accounts {
        bytes.extend_from_slice(address.as_ref());
        match data {
            Some(data) => put(&mut bytes, data),
            None => bytes.extend_from_slice(&ABSENT.to_le_bytes()),
        }
    }
    bytes
}

/// A length and so many bytes. No answer comes near to 4 GB.
fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(ABSENT).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn take_length(rest: &mut &[u8]) -> Result<u32> {
    let (length, left) = rest.split_first_chunk().ok_or_else(truncated)?;
    *rest = left;
    Ok(u32::from_le_bytes(*length))
}

fn take<'a>(rest: &mut &'a [u8], length: impl TryInto<usize>) -> Result<&'a [u8]> {
    let length = length.try_into().map_err(|_| truncated())?;
    let (part, left) = rest.split_at_checked(length).ok_or_else(truncated)?;
    *rest = left;
    Ok(part)
}

fn truncated() -> Refusal {
    Refusal::request("the request ends in the middle: its lengths do not fit its bytes")
}
