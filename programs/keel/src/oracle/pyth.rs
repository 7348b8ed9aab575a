//! Pyth's `PriceUpdateV2`, read in place from the account of a receiver program.
//!
//! Two generations of the receiver program are live and both write this layout; a market pins the one that it trusts.
//! Accepted are only whole accounts of that owner, of the market's feed, whose update was verified by the full set of
//! guardians. Whether the update is good enough to be used is the engine's decision.

use anchor_lang::{AccountView, address_eq, prelude::*};
use bytemuck::{Pod, Zeroable};
use keel_engine::oracle::Sample;

use crate::errors::KeelError;

/// Discriminator of `PriceUpdateV2`.
pub const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];

/// Bytes of a price account. The receiver makes room for the longer, partially verified form.
pub const LENGTH: usize = 134;

/// Tag of partial verification: a count of signatures follows and shifts everything behind it.
const PARTIAL: u8 = 0;
/// Tag of full verification.
const FULL: u8 = 1;

/// A fully verified update, byte by byte as the receiver writes it.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FullUpdate {
    discriminator: [u8; 8],
    write_authority: [u8; 32],
    verification: u8,
    feed_id: [u8; 32],
    price: [u8; 8],
    conf: [u8; 8],
    exponent: [u8; 4],
    publish_time: [u8; 8],
    prev_publish_time: [u8; 8],
    ema_price: [u8; 8],
    ema_conf: [u8; 8],
    posted_slot: [u8; 8],
    unused: u8,
}

const _: () = assert!(size_of::<FullUpdate>() == LENGTH && align_of::<FullUpdate>() == 1);

/// Reads the update that a market's price account holds.
///
/// Errors: `OraclePriceOwner`, and those of [`decode`].
#[inline(always)]
pub fn read(price: &AccountView, owner: &[u8; 32], feed_id: &[u8; 32]) -> Result<Sample> {
    if !address_eq(price.owner(), bytemuck::cast_ref(owner)) {
        return Err(KeelError::OraclePriceOwner.into());
    }
    let data = price.try_borrow()?;
    Ok(decode(&data, feed_id)?)
}

/// Decodes the bytes of a price account.
///
/// Errors: `OraclePriceAccount` for anything but a `PriceUpdateV2`, `OracleNotFullyVerified`, `OracleWrongFeed`.
#[inline]
pub fn decode(data: &[u8], feed_id: &[u8; 32]) -> core::result::Result<Sample, KeelError> {
    let update: &FullUpdate = bytemuck::try_from_bytes(data).map_err(|_| KeelError::OraclePriceAccount)?;
    if u64::from_le_bytes(update.discriminator) != u64::from_le_bytes(DISCRIMINATOR) {
        return Err(KeelError::OraclePriceAccount);
    }
    match update.verification {
        FULL => {}
        PARTIAL => return Err(KeelError::OracleNotFullyVerified),
        _ => return Err(KeelError::OraclePriceAccount),
    }
    if !address_eq(bytemuck::cast_ref(&update.feed_id), bytemuck::cast_ref(feed_id)) {
        return Err(KeelError::OracleWrongFeed);
    }
    Ok(Sample {
        price: i64::from_le_bytes(update.price),
        conf: u64::from_le_bytes(update.conf),
        exponent: i32::from_le_bytes(update.exponent),
        publish_time: i64::from_le_bytes(update.publish_time),
        ema_price: i64::from_le_bytes(update.ema_price),
    })
}
