//! One event for each change. Amounts are atoms; a value is quote atoms.

use anchor_lang::prelude::*;

/// A vault was made.
#[event(bytemuck)]
pub struct Created {
    /// The vault.
    pub vault: Address,
    /// Who made it.
    pub creator: Address,
    /// Its market.
    pub market: Address,
    /// The bank of its token.
    pub bank: Address,
}

/// Tokens came in.
#[event(bytemuck)]
pub struct Deposited {
    /// The vault.
    pub vault: Address,
    /// Who brought them.
    pub user: Address,
    /// Tokens.
    pub amount: u64,
    /// Base sold for them.
    pub base: u64,
    /// What they added to the vault's value.
    pub added: u64,
    /// Shares given.
    pub shares: u64,
    /// Shares after it.
    pub supply: u64,
}

/// Shares went out.
#[event(bytemuck)]
pub struct Withdrawn {
    /// The vault.
    pub vault: Address,
    /// Whose they were.
    pub user: Address,
    /// Shares burned.
    pub shares: u64,
    /// Base bought back.
    pub base: u64,
    /// What the shares were worth, less the cost of that.
    pub paid: u64,
    /// Tokens paid.
    pub amount: u64,
    /// Shares after it.
    pub supply: u64,
}

/// The short was brought nearer to the tokens.
#[event(bytemuck)]
pub struct Rebalanced {
    /// The vault.
    pub vault: Address,
    /// Base that the tokens stand for.
    pub target: u64,
    /// Base that the vault was short.
    pub before: u64,
    /// Base that it is short.
    pub after: u64,
}

/// Profit was collected.
#[event(bytemuck)]
pub struct Collected {
    /// The vault.
    pub vault: Address,
    /// Profit that became a claim.
    pub profit: u64,
    /// USDC before it.
    pub before: u64,
    /// USDC after it.
    pub usdc: u64,
}

/// Somebody brought what the vault needed.
#[event(bytemuck)]
pub struct Swapped {
    /// The vault.
    pub vault: Address,
    /// Who.
    pub user: Address,
    /// 0 brought USDC, 1 tokens.
    pub brings: u64,
    /// What was brought.
    pub brought: u64,
    /// What was paid.
    pub paid: u64,
    /// The index that it was priced at.
    pub index: u64,
}
