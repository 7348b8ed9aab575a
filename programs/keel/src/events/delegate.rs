//! Events of what an owner allows others: a delegate, a builder's fee, and the fee that was paid.

use anchor_lang::prelude::*;
use keel_engine::state::{BuilderApproval, DELEGATE_MARKETS, MarginAccount, Market};

use super::{Holding, Ledger, next};

/// A delegate was set, or that there is none.
#[event(bytemuck)]
pub struct DelegateSet {
    /// Address of the margin account.
    pub account: Address,
    /// The delegate; zero for nobody.
    pub delegate: Address,
    /// Unix time at which its rights end.
    pub expiry: i64,
    /// Largest notional that a market may reach by what it does, or 0: none.
    pub notional: u64,
    /// The markets in which it may act; all zero is every market.
    pub markets: [u16; DELEGATE_MARKETS],
    /// What it may do; see `delegate` of the engine.
    pub permissions: u32,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl DelegateSet {
    /// Of an account whose delegate was just set.
    pub fn of(account: &MarginAccount, address: &Address) -> Self {
        Self {
            account: *address,
            delegate: Address::new_from_array(account.delegate),
            expiry: account.delegate_expiry,
            notional: account.delegate_notional,
            markets: account.delegate_markets,
            permissions: account.delegate_permissions,
            pad: [0; 4],
        }
    }
}

/// A builder is allowed a fee.
#[event(bytemuck)]
pub struct BuilderApproved {
    /// Address of the margin account.
    pub account: Address,
    /// Owner of the margin accounts to which the fees may go.
    pub builder: Address,
    /// Largest fee, over the notional of a fill, in parts per million.
    pub max_fee_ppm: u32,
    /// Padding; zero.
    pub pad: [u8; 4],
}

impl BuilderApproved {
    /// Of an approval that was just given.
    pub const fn of(approval: &BuilderApproval) -> Self {
        Self {
            account: Address::new_from_array(approval.account),
            builder: Address::new_from_array(approval.builder),
            max_fee_ppm: approval.max_fee_ppm,
            pad: [0; 4],
        }
    }
}

/// A builder is allowed nothing any more.
#[event(bytemuck)]
pub struct BuilderRevoked {
    /// Address of the margin account.
    pub account: Address,
    /// Owner of the margin accounts to which the fees went.
    pub builder: Address,
}

impl BuilderRevoked {
    /// Of an approval that is about to be closed.
    pub const fn of(approval: &BuilderApproval) -> Self {
        Self { account: Address::new_from_array(approval.account), builder: Address::new_from_array(approval.builder) }
    }
}

/// A builder was paid for the trade in front.
#[event(bytemuck)]
pub struct BuilderPaid {
    /// Sequence number of the market.
    pub sequence: u64,
    /// Address of the trader's margin account.
    pub account: Address,
    /// Address of the builder's margin account.
    pub builder_account: Address,
    /// The fee, which is a claim of the builder.
    pub fee: u64,
    /// The builder's account after it.
    pub holding: Holding,
    /// The market after it.
    pub ledger: Ledger,
    /// Number of the market.
    pub market: u16,
    /// Padding; zero.
    pub pad: [u8; 6],
}

impl BuilderPaid {
    /// Of a trade that is booked, with the builder's account.
    pub fn of(market: &mut Market, account: &Address, builder: (&MarginAccount, &Address), fee: u64) -> Self {
        let (builder, address) = builder;
        Self {
            sequence: next(&mut market.sequence),
            account: *account,
            builder_account: *address,
            fee,
            holding: Holding::of(builder, market),
            ledger: Ledger::of(market),
            market: market.index_number,
            pad: [0; 6],
        }
    }
}
