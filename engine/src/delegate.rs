//! A delegate: a key that may act for a margin account in the owner's stead, within what the owner allows (protocol.md
//! section 7).
//!
//! It is kept to what it may do, to markets, to a time and to a size. Nothing that it signs takes money out of the account
//! by itself: the program asks [`allows`] where trading, orders and ranges are signed, and for the owner everywhere else.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin;
use crate::state::{DELEGATE_MARKETS, MarginAccount, Market, Ranges};
use crate::trade;
use crate::view::View;

/// The delegate may trade and settle, and release what is paid in full.
pub const MAY_TRADE: u32 = 1;
/// The delegate may place orders and cancel them.
pub const MAY_ORDER: u32 = 2;
/// The delegate may add ranges, settle and remove them.
pub const MAY_RANGE: u32 = 4;
/// Every permission that there is.
const PERMISSIONS: u32 = MAY_TRADE | MAY_ORDER | MAY_RANGE;

/// What an owner allows a delegate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The delegate's key; zero for nobody.
    pub delegate: [u8; 32],
    /// What it may do.
    pub permissions: u32,
    /// Unix time at which its rights end.
    pub expiry: i64,
    /// Largest notional that a market may reach by what it does, in quote atoms, or 0: none.
    pub notional: u64,
    /// The markets in which it may act; all zero is every market.
    pub markets: [u16; DELEGATE_MARKETS],
}

/// For whom somebody signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The owner, who is kept to nothing.
    Owner,
    /// The delegate, who is kept to a notional.
    Delegate,
}

/// Sets who may act for an account, in place of whoever could before. With a key of zero nobody may, whatever else the
/// terms say.
///
/// Errors: `InvalidDelegate` for permissions that do not exist or none at all, an expiry that has passed, a market that is
/// named twice.
pub fn set(account: &mut MarginAccount, terms: &Terms, now: Now) -> Result<()> {
    let terms = if terms.delegate == [0; 32] { Terms::default() } else { checked(terms, now)? };
    account.delegate = terms.delegate;
    account.delegate_permissions = terms.permissions;
    account.delegate_expiry = terms.expiry;
    account.delegate_notional = terms.notional;
    account.delegate_markets = terms.markets;
    Ok(())
}

fn checked(terms: &Terms, now: Now) -> Result<Terms> {
    let known = terms.permissions != 0 && terms.permissions & !PERMISSIONS == 0;
    let named = |market: &u16| terms.markets.iter().filter(|other| *other == market).count();
    let distinct = terms.markets.iter().all(|market| *market == 0 || named(market) == 1);
    if known && distinct && terms.expiry > now.unix { Ok(*terms) } else { Err(Error::InvalidDelegate) }
}

/// Whether a signer may do in a market what asks for `permission`, and as whom: the owner always may.
///
/// Errors: `Unauthorized` for anybody else, `DelegateNotAllowed` for a delegate without the permission, after its time or
/// in another market.
pub fn allows(account: &MarginAccount, signer: &[u8; 32], permission: u32, market: u16, now: Now) -> Result<By> {
    if *signer == account.owner {
        return Ok(By::Owner);
    }
    if account.delegate == [0; 32] || *signer != account.delegate {
        return Err(Error::Unauthorized);
    }
    let permitted = account.delegate_permissions & permission != 0;
    let markets = &account.delegate_markets;
    let serves = *markets == [0; DELEGATE_MARKETS] || (market != 0 && markets.contains(&market));
    if permitted && serves && now.unix < account.delegate_expiry {
        Ok(By::Delegate)
    } else {
        Err(Error::DelegateNotAllowed)
    }
}

/// What an account has in a market, as a delegate's limit counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The position's base.
    base: i64,
    /// The largest base that the position and its ranges can reach.
    worst_base: u64,
}

impl Held {
    /// Of an account in a market; nothing without a position. Errors: `RangesAccountMissing`, `TickArrayMissing`.
    #[inline(never)]
    pub fn of(market: &Market, account: &MarginAccount, ranges: Option<&Ranges>, view: &View) -> Result<Self> {
        let Ok(position) = account.position(market.index_number) else { return Ok(Self::default()) };
        Ok(Self { base: position.base, worst_base: margin::worst_base(market, account, ranges, view)? })
    }

    /// Whether what came after is no more and on the same side.
    const fn covers(&self, after: &Self) -> bool {
        after.worst_base <= self.worst_base && !trade::turns(self.base, after.base)
    }
}

/// Refuses what a delegate did when it left the market's worst base above its limit, at mark and rounded up; a reduction
/// is never refused.
///
/// Errors: `DelegateNotional`.
pub fn require_notional(account: &MarginAccount, market: &Market, before: &Held, after: &Held) -> Result<()> {
    let limit = account.delegate_notional;
    if limit == 0 || before.covers(after) || market.mark.notional_ceil(after.worst_base)? <= limit {
        Ok(())
    } else {
        Err(Error::DelegateNotional)
    }
}
