//! Attacks as stories: named people, dollars and contracts, and what each could take home in the end.
//!
//! A [`Stage`] says what the exchange starts with, a [`Story`] is what happens on it. Everything that anybody does is done
//! twice, on the engine alone and as a signed transaction on the compiled program; the outcomes and every byte of every
//! account must be the same, and the audit of every equality follows each transaction. What one action cannot express
//! (several instructions in one transaction, each with a price update of its choice) is a list of [`Move`]s.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod ends;
mod money;
mod pooled;
mod stage;
mod story;
mod together;
mod waiting;

pub use money::Usd;
pub use stage::Stage;
pub use story::{Fill, Story};
pub use together::Move;
