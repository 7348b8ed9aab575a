//! Where a price comes from, of a market or of a bank's collateral: an account that somebody else keeps fresh, or an update
//! that the transaction brings along.
//!
//! Guarantee of both sources: a market's price is handed out only if a trade at the chain's clock may use it, a bank's only
//! if its collateral counts for its owner with it, so nothing is sent that the exchange would refuse for it.

mod collateral;
mod hermes;
mod pushed;

pub use collateral::{CollateralFuture, CollateralPriced};
pub use hermes::{Hermes, collateral_from_updates, from_updates};
pub use pushed::Pushed;

use core::future::Future;
use core::pin::Pin;

use keel_engine::oracle::{self, Sample};
use keel_engine::refresh::refresh;
use keel_engine::state::{Bank, Market};
use keel_engine::{Error, Now};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;

use crate::error::Result;
use crate::nonblocking::Client;

/// A price that is on its way.
pub type PriceFuture<'a> = Pin<Box<dyn Future<Output = Result<Priced>> + Send + 'a>>;

/// Gives the price of a market or of a bank's collateral, and what has to be done so that the program sees it.
pub trait PriceSource: Send + Sync {
    /// The price of a market now. The payer signs and pays for what it takes to have it on chain.
    fn price<'a>(&'a self, client: &'a Client, market: &'a Market, payer: &'a Pubkey) -> PriceFuture<'a>;

    /// The prices of a bank's collateral now. The payer signs and pays for what it takes to have them on chain.
    fn collateral<'a>(&'a self, client: &'a Client, bank: &'a Bank, payer: &'a Pubkey) -> CollateralFuture<'a>;
}

/// A feed as a market or a bank pins it.
#[derive(Clone, Copy)]
struct Feed<'a> {
    /// The program that owns its price accounts.
    owner: &'a [u8; 32],
    /// Its id.
    id: &'a [u8; 32],
}

impl<'a> Feed<'a> {
    const fn of(market: &'a Market) -> Self {
        Self { owner: &market.price_owner, id: &market.feed_id }
    }

    /// That of a bank's price.
    const fn of_bank(bank: &'a Bank) -> Self {
        Self { owner: &bank.price_owner, id: &bank.feed_id }
    }

    /// That of a bank's exchange rate, where it has one.
    fn of_rate(bank: &'a Bank) -> Option<Self> {
        collateral::has_rate(bank).then_some(Self { owner: &bank.price_owner, id: &bank.rate_feed_id })
    }
}

/// A price and what makes it one on chain.
#[derive(Debug)]
pub struct Priced {
    /// The price account that the instruction names.
    pub account: Pubkey,
    /// What the program will take from it: for quotes.
    pub sample: Sample,
    /// Instructions in front of the action, in the same transaction.
    pub before: Vec<Instruction>,
    /// Instructions behind it, in the same transaction where they fit: they give rent back.
    pub after: Vec<Instruction>,
    /// Keys that sign beside the payer.
    pub signers: Vec<Keypair>,
}

impl Priced {
    /// The action between what it needs and what follows it.
    pub fn around(&self, action: &[Instruction]) -> Vec<Instruction> {
        [&self.before, action, &self.after].concat()
    }

    /// The action with what it needs, and without what follows.
    pub fn in_front_of(&self, action: &[Instruction]) -> Vec<Instruction> {
        [&self.before, action].concat()
    }
}

/// Refuses a price that no trade may use now, by the engine's own rule on a copy of the market: the index may be fresher
/// than the update, and off hours no update is asked for.
///
/// Errors with `PriceStale`, `PriceInFuture`, `InvalidPrice`.
fn require_tradable(market: &Market, sample: &Sample, now: Now) -> core::result::Result<(), Error> {
    let mut copy = *market;
    let _refreshed = refresh(&mut copy, Some(sample), now)?;
    oracle::require_latest(&copy, now)
}
