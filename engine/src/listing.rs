//! Creating a market and its tick arrays, in place on zeroed accounts.

use crate::book::is_served_array;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::oracle::Sample;
use crate::params::Params;
use crate::refresh;
use crate::state::{Market, Mode, TickArray};
use crate::units::{InvSqrt, Price, SqrtPrice};

/// The layout version of every account.
pub const VERSION: u8 = 1;

/// What a market is created with.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Number of the market, from 1.
    pub number: u16,
    /// Bump of its address.
    pub bump: u8,
    /// How its peg follows the index.
    pub mode: Mode,
    /// Program that owns its price accounts.
    pub price_owner: [u8; 32],
    /// Feed of its index.
    pub feed_id: [u8; 32],
    /// Name in UTF-8, zero-padded.
    pub name: [u8; 16],
    /// Peg of a fixed market; zero is the first index.
    pub launch_price: Price,
    /// Parameters.
    pub params: &'a Params,
}

/// Fills a zeroed market. The curve starts at the peg: the index, or a fixed market's launch price.
///
/// Errors: `InvalidParameter`, `UnsafeParameters`, `InvalidPrice`, `PriceStale`, `PriceInFuture`.
pub fn list_market(market: &mut Market, listing: &Listing, sample: &Sample, now: Now) -> Result<()> {
    listing.params.check()?;
    market.index_number = listing.number;
    market.bump = listing.bump;
    market.version = VERSION;
    market.mode = match listing.mode {
        Mode::Floating => 0,
        Mode::Fixed => 1,
    };
    market.price_owner = listing.price_owner;
    market.feed_id = listing.feed_id;
    market.name = listing.name;
    market.params = *listing.params;
    market.sqrt_price = SqrtPrice::ONE;
    market.inv_sqrt_price = InvSqrt::from_bits(1 << 112);
    if listing.mode == Mode::Fixed && listing.launch_price != Price::default() {
        if !(Price::MIN..=Price::MAX).contains(&listing.launch_price) {
            return Err(Error::InvalidPrice);
        }
        market.peg = listing.launch_price;
    }
    let _taken = refresh::start(market, sample, now)?;
    Ok(())
}

/// Fills a zeroed tick array; `payer` gets its rent back when the market is closed. Errors with `InvalidTick` outside of the served ticks.
pub fn init_tick_array(array: &mut TickArray, market: &Market, index: i32, bump: u8, payer: [u8; 32]) -> Result<()> {
    if !is_served_array(index, market.params.tick_spacing) {
        return Err(Error::InvalidTick);
    }
    array.market = market.index_number;
    array.bump = bump;
    array.version = VERSION;
    array.payer = payer;
    array.index = index;
    Ok(())
}
