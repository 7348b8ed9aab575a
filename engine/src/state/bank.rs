//! A bank: one kind of collateral, its vault, its price and its limits.

use bytemuck::{Pod, Zeroable};

use crate::units::Price;

/// One kind of collateral and the vault that holds it for everyone.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
pub struct Bank {
    /// Mint of the collateral.
    pub mint: [u8; 32],
    /// The bank's token account, owned by the bank's address.
    pub vault: [u8; 32],
    /// Number of the bank, from 0.
    pub index: u8,
    /// Bump of the bank's address.
    pub bump: u8,
    /// Bump of the vault's address.
    pub vault_bump: u8,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Layout version.
    pub version: u8,
    /// Whether deposits are taken: 1 from the exchange's launch on.
    pub open: u8,
    /// Samples in `samples`.
    pub sample_count: u8,
    /// Place of the next sample.
    pub sample_next: u8,
    /// Tokens that belong to somebody: deposits less withdrawals. What the vault holds beyond is unbooked.
    pub booked: u64,
    /// Sequence number of the bank's last event.
    pub sequence: u64,
    /// Part of the collateral's value that counts once `ramp_secs` have passed.
    pub haircut_ppm: u32,
    /// Cap on deposits, or 0.
    pub cap_usd: u32,
    /// Time over which the counted part moves to a new haircut.
    pub ramp_secs: u32,
    /// Age from which debt is auctioned.
    pub debt_grace_secs: u32,
    /// Largest net outflow in an hour.
    pub outflow_limit_ppm_per_hour: u32,
    /// Smallest ticket of the queue, in whole USD.
    pub min_ticket_usd: u32,
    /// Tokens that may leave now, in atoms, as of `room_at`.
    pub room: u64,
    /// Unix time up to which `room` is brought up to date.
    pub room_at: i64,
    /// Tokens in waiting withdrawals; part of `booked`.
    pub queued: u64,
    /// Number of the first waiting withdrawal.
    pub queue_head: u64,
    /// Number that the next waiting withdrawal gets; equal to `queue_head` when none waits.
    pub queue_tail: u64,
    /// Unix time at which the last pause of withdrawals ends or ended, or 0.
    pub paused_until: i64,
    /// Net outflow in an hour that the limit never goes below, in whole USD.
    pub outflow_floor_usd: u32,
    /// How much less an account's collateral counts the more it is.
    pub size_slope_ppm_per_million_usd: u32,
    /// Oldest price at which the collateral counts for its owner.
    pub max_age_price_secs: u32,
    /// Widest confidence of an update that is taken.
    pub max_conf_ppm: u32,
    /// Speed of the stable price.
    pub stable_speed_ppm_per_hour: u32,
    /// Fastest rise of the counted exchange rate.
    pub rate_speed_ppm_per_day: u32,
    /// Discount at which a sale of the collateral begins.
    pub sale_discount_min_ppm: u32,
    /// Discount at which it ends.
    pub sale_discount_max_ppm: u32,
    /// Time in which the discount rises.
    pub sale_secs: u32,
    /// Counted part when the haircut was changed last.
    pub weight_from_ppm: u32,
    /// Unix time at which the haircut was changed last.
    pub weight_from_at: i64,
    /// Program that owns the collateral's price accounts; zero for USDC, which has none.
    pub price_owner: [u8; 32],
    /// Feed of the price in USD: of the collateral, or of what it can be exchanged for.
    pub feed_id: [u8; 32],
    /// Feed of the rate at which the collateral can be exchanged, or zero where it has none.
    pub rate_feed_id: [u8; 32],
    /// What maintenance and sales count: the median of the samples, in quote atoms per atom.
    pub price: Price,
    /// The last price taken, confidence deducted, times the counted rate.
    pub latest: Price,
    /// A slow price that no spike can drag along.
    pub stable: Price,
    /// The last prices taken, at least a second apart.
    pub samples: [Price; SAMPLES],
    /// Unix time at which the last price taken was published.
    pub price_time: i64,
    /// Unix time of the last sample.
    pub sampled_at: i64,
    /// The counted exchange rate, in 2^-48; 1 without a feed of it.
    pub rate: u64,
    /// Unix time at which the last rate taken was published.
    pub rate_time: i64,
    /// Unix time up to which `stable` and `rate` are brought up to date.
    pub refreshed_at: i64,
    /// Room for later fields; zero.
    pub reserved: [u64; 16],
}

/// Price samples of a bank.
pub const SAMPLES: usize = 3;

const _: () = assert!(size_of::<Bank>() == 520);
