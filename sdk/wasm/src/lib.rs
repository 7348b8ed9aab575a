//! The engine and the Rust SDK for JavaScript: one function, [`answer`], from a request's bytes to an answer's bytes.
//!
//! A request names what it asks for (`"ask"`) and brings the accounts that are known; an answer is `{"ready": ..}`,
//! `{"needs": [addresses]}` where the caller is to fetch accounts before it asks again, or `{"refused": {..}}`. Nothing is
//! kept between two calls. Arithmetic, addresses, layouts and the order of an instruction's accounts are `keel-sdk`'s and
//! the engine's own; here is only how they are asked for and told.
//!
//! Guarantees: no request makes it panic, and what is wrong with one is told as a value. Integers that may have 64 bits or
//! more are told as strings that end in `n`, because a number of JavaScript is no integer.

#![deny(unsafe_code, missing_docs)]

pub mod abi;

mod addresses;
mod answers;
mod ask;
mod events;
mod fields;
mod frame;
mod instructions;
mod prices;
mod quotes;
mod refusal;
mod tell;
mod updates;

pub use frame::{Frame, Known, compose};

/// Answers a request. Both are frames: JSON with accounts behind it; see [`Frame`].
pub fn answer(request: &[u8]) -> Vec<u8> {
    let outcome = Frame::parse(request).and_then(|frame| ask::outcome(&frame));
    match outcome {
        Ok(ask::Outcome::Ready(told)) => compose(&tell::object([("ready", told.value)]), &told.accounts),
        Ok(ask::Outcome::Needs(addresses)) => {
            let needs = addresses.iter().map(tell::address).collect();
            compose(&tell::object([("needs", needs)]), &[])
        }
        Err(refusal) => compose(&tell::object([("refused", refusal.tell())]), &[]),
    }
}
