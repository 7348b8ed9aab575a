//! The vault's account. It never changes once it is made: what moves is on Keel and in the mint of the shares, so two users
//! of different vaults never wait for each other, and two of one vault only where Keel makes them.
//!
//! | account | seeds |
//! |---|---|
//! | `Vault` | `"vault"`, creator, market, bank |
//! | the authority: owner of the margin account and of the mint, without data | `"authority"`, vault |
//! | the mint of the shares | `"shares"`, vault |
//! | the margin account, Keel's | Keel's, of the authority and 0 |

use anchor_lang::prelude::*;
use keel_engine::params::MILLION;

/// First seed of a vault.
pub const VAULT_SEED: &[u8] = b"vault";
/// First seed of its authority. It has no data, because Keel has it pay for the margin account, and only an account
/// without data can pay.
pub const AUTHORITY_SEED: &[u8] = b"authority";
/// First seed of the mint of its shares.
pub const SHARES_SEED: &[u8] = b"shares";

/// A vault.
#[account]
pub struct Vault {
    /// The market that it is short in.
    pub market: Address,
    /// The bank of its token.
    pub bank: Address,
    /// Its margin account.
    pub account: Address,
    /// Who owns the margin account and signs for the mint.
    pub authority: Address,
    /// The mint of its shares.
    pub shares: Address,
    /// What it was made with.
    pub terms: Terms,
    /// Bump of the authority.
    pub authority_bump: u8,
    /// Padding; zero.
    pub pad: [u8; 3],
}

/// What a vault is made with, for ever.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Terms {
    /// Distance of the short from the tokens, over the larger of both, from which anyone may rebalance.
    pub band_ppm: u32,
    /// How far from the index a trade of the vault may push the curve.
    pub slippage_ppm: u32,
    /// USDC beyond its losses that the vault keeps for fees and funding, over its tokens' value.
    pub reserve_ppm: u32,
    /// What a swap pays to whoever brings what the vault needs.
    pub spread_ppm: u32,
}

impl Terms {
    /// Refuses what no vault should be made with: `InvalidTerms`.
    pub fn check(&self) -> Result<()> {
        let is_sound = (1_000..=100_000).contains(&self.band_ppm)
            && (500..=50_000).contains(&self.slippage_ppm)
            && (1_000..=200_000).contains(&self.reserve_ppm)
            && (100..=20_000).contains(&self.spread_ppm);
        if is_sound { Ok(()) } else { Err(crate::VaultError::InvalidTerms.into()) }
    }
}

/// `amount * ppm / million`, rounded down.
pub fn part(amount: u64, ppm: u32) -> u64 {
    let product = u128::from(amount).saturating_mul(u128::from(ppm));
    u64::try_from(product.checked_div(u128::from(MILLION)).unwrap_or(0)).unwrap_or(u64::MAX)
}
