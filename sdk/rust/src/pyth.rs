//! Pyth's `PriceUpdateV2`, written: what tests and local networks put under the receiver's name. The program's reader is
//! its own; that both agree with the published layout is tested against accounts read from clusters.

use solana_pubkey::Pubkey;

/// Pyth's receiver program, which owns price update accounts.
pub const RECEIVER: Pubkey = Pubkey::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// The first eight bytes of `sha256("account:PriceUpdateV2")`.
pub const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
/// Bytes of the account.
pub const LEN: usize = 134;

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
}
