//! Pyth's `PriceUpdateV2`: written, which is what tests and local networks put under the receiver's name; read, which is
//! how a client knows what an instruction with that price account will take; and where sponsored feeds are kept.
//!
//! The program's reader is its own; that all agree with the published layout is tested against accounts read from clusters.

use keel_engine::Error;
use keel_engine::oracle::Sample;
use solana_pubkey::Pubkey;

use crate::error::Result;

/// Pyth's receiver program, which owns price update accounts.
pub const RECEIVER: Pubkey = Pubkey::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// Pyth's push oracle, which keeps one price update account for each feed and shard.
pub const PUSH_ORACLE: Pubkey = Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");
/// The first eight bytes of `sha256("account:PriceUpdateV2")`.
pub const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
/// Bytes of the account.
pub const LEN: usize = 134;

/// The account that the push oracle keeps a feed's latest update in.
pub fn feed_account(shard: u16, feed_id: &[u8; 32]) -> Pubkey {
    Pubkey::find_program_address(&[&shard.to_le_bytes(), feed_id], &PUSH_ORACLE).0
}

/// How much of an update's signatures the receiver has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// That many of them.
    Partial(u8),
    /// A quorum.
    Full,
}

/// One price update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceUpdate {
    /// Who may overwrite the account.
    pub write_authority: [u8; 32],
    /// How far it is verified.
    pub verification: Verification,
    /// The feed.
    pub feed_id: [u8; 32],
    /// The price, times `10^-exponent`.
    pub price: i64,
    /// Its confidence interval.
    pub conf: u64,
    /// Power of ten of price, confidence and averages.
    pub exponent: i32,
    /// Unix time of publishing.
    pub publish_time: i64,
    /// Unix time of the update before.
    pub prev_publish_time: i64,
    /// Moving average of the price.
    pub ema_price: i64,
    /// Moving average of the confidence.
    pub ema_conf: u64,
    /// Slot in which the update was posted.
    pub posted_slot: u64,
}

impl PriceUpdate {
    /// The account's data: the fields in order, then zeros up to [`LEN`] (a `Partial` level takes one byte more than
    /// `Full` and moves what follows).
    pub fn encode(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(LEN);
        data.extend_from_slice(&DISCRIMINATOR);
        data.extend_from_slice(&self.write_authority);
        match self.verification {
            Verification::Partial(signatures) => data.extend_from_slice(&[0, signatures]),
            Verification::Full => data.push(1),
        }
        data.extend_from_slice(&self.feed_id);
        data.extend_from_slice(&self.price.to_le_bytes());
        data.extend_from_slice(&self.conf.to_le_bytes());
        data.extend_from_slice(&self.exponent.to_le_bytes());
        data.extend_from_slice(&self.publish_time.to_le_bytes());
        data.extend_from_slice(&self.prev_publish_time.to_le_bytes());
        data.extend_from_slice(&self.ema_price.to_le_bytes());
        data.extend_from_slice(&self.ema_conf.to_le_bytes());
        data.extend_from_slice(&self.posted_slot.to_le_bytes());
        data.resize(LEN, 0);
        data
    }

    /// What an instruction takes of it. Errors with `OracleNotFullyVerified`.
    pub fn sample(&self) -> Result<Sample> {
        if self.verification != Verification::Full {
            return Err(Error::OracleNotFullyVerified.into());
        }
        let Self { price, conf, exponent, publish_time, ema_price, .. } = *self;
        Ok(Sample { price, conf, exponent, publish_time, ema_price })
    }
}

/// The update in an account's data. Errors with `OraclePriceAccount` for anything else.
pub fn decode(data: &[u8]) -> Result<PriceUpdate> {
    Ok(Reader(data).update().filter(|_| data.len() == LEN).ok_or(Error::OraclePriceAccount)?)
}

/// The sample in an account's data. Errors with `OraclePriceAccount`, `OracleNotFullyVerified`.
pub fn sample(data: &[u8]) -> Result<Sample> {
    decode(data)?.sample()
}

/// The sample of a market's feed in an account's data. Errors as [`sample`], and with `OracleWrongFeed`.
pub fn sample_of(data: &[u8], feed_id: &[u8; 32]) -> Result<Sample> {
    let update = decode(data)?;
    let sample = update.sample()?;
    if update.feed_id == *feed_id { Ok(sample) } else { Err(Error::OracleWrongFeed.into()) }
}

/// Takes fields off the front of bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn update(mut self) -> Option<PriceUpdate> {
        if self.bytes()? != DISCRIMINATOR {
            return None;
        }
        Some(PriceUpdate {
            write_authority: self.bytes()?,
            verification: match self.bytes()? {
                [0] => Verification::Partial(u8::from_le_bytes(self.bytes()?)),
                [1] => Verification::Full,
                _ => return None,
            },
            feed_id: self.bytes()?,
            price: i64::from_le_bytes(self.bytes()?),
            conf: u64::from_le_bytes(self.bytes()?),
            exponent: i32::from_le_bytes(self.bytes()?),
            publish_time: i64::from_le_bytes(self.bytes()?),
            prev_publish_time: i64::from_le_bytes(self.bytes()?),
            ema_price: i64::from_le_bytes(self.bytes()?),
            ema_conf: u64::from_le_bytes(self.bytes()?),
            posted_slot: u64::from_le_bytes(self.bytes()?),
        })
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}
