//! A delegate: a key that may act for a margin account in the owner's stead, within what the owner allows (protocol.md
//! section 7).
//!
//! It is kept to what it may do, to markets, to a time and to a size. Nothing that it signs takes money out of the account
//! by itself: the program asks [`allows`] where trading, orders and ranges are signed, and for the owner everywhere else.

use crate::book::Book;
use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin;
use crate::params::MILLION;
use crate::state::{DELEGATE_MARKETS, MarginAccount, Market, Ranges};
use crate::view::{Others, View};
use crate::{lien, trade};

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
    /// The holder of a lien whose notice has run out, who only makes the account smaller.
    Holder,
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
/// The holder of a lien may trade and take ranges off once its notice has run out; [`Watch`] keeps it to reductions.
///
/// Errors: `Unauthorized` for anybody else, `DelegateNotAllowed` for a delegate without the permission, after its time or
/// in another market; `LienNotDue`.
pub fn allows(account: &MarginAccount, signer: &[u8; 32], permission: u32, market: u16, now: Now) -> Result<By> {
    if *signer == account.owner {
        return Ok(By::Owner);
    }
    if account.delegate == [0; 32] || *signer != account.delegate {
        return holder(account, signer, permission, now);
    }
    let permitted = account.delegate_permissions & permission != 0;
    let markets = &account.delegate_markets;
    let serves = *markets == [0; DELEGATE_MARKETS] || (market != 0 && markets.contains(&market));
    if permitted && serves && now.unix < account.delegate_expiry {
        return Ok(By::Delegate);
    }
    // To be made a delegate takes nothing from who holds a lien.
    if lien::is_held(account) && account.lien_holder == *signer {
        return holder(account, signer, permission, now);
    }
    Err(Error::DelegateNotAllowed)
}

/// Whether a signer that is neither owner nor delegate is a lien's holder that may do this.
fn holder(account: &MarginAccount, signer: &[u8; 32], permission: u32, now: Now) -> Result<By> {
    if !lien::is_held(account) || account.lien_holder != *signer || permission & (MAY_TRADE | MAY_RANGE) == 0 {
        return Err(Error::Unauthorized);
    }
    lien::require_due(account, signer, now)?;
    Ok(By::Holder)
}

/// Refuses new ranges of a lien's holder: `DelegateNotAllowed`.
#[inline(always)]
pub fn require_may_add(by: By) -> Result<()> {
    if matches!(by, By::Holder) { Err(Error::DelegateNotAllowed) } else { Ok(()) }
}

/// Refuses who is not the owner and releases a claim for less than its face, which would be to give the rest away:
/// `DelegateNotAllowed`.
#[inline(always)]
pub fn require_in_full(by: By, min_ratio_ppm: u32) -> Result<()> {
    if !matches!(by, By::Owner) && min_ratio_ppm < MILLION { Err(Error::DelegateNotAllowed) } else { Ok(()) }
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
}

/// Refuses what a delegate did when it left the market's worst base above its limit, at mark and rounded up. What is no
/// more than before and on the same side is never refused; of a lien's holder everything else is.
///
/// Errors: `DelegateNotional`, `DelegateNotAllowed`.
pub fn require_within(by: By, account: &MarginAccount, market: &Market, before: &Held, after: &Held) -> Result<()> {
    let limit = account.delegate_notional;
    let reduced = after.worst_base <= before.worst_base && !trade::turns(before.base, after.base);
    if matches!(by, By::Holder) {
        return if reduced { Ok(()) } else { Err(Error::DelegateNotAllowed) };
    }
    if limit == 0 || reduced || market.mark.notional_ceil(after.worst_base)? <= limit {
        Ok(())
    } else {
        Err(Error::DelegateNotional)
    }
}

/// Keeps what a delegate does in one market to its notional, and a lien's holder to reductions: taken before, looked at
/// after. Nothing where the owner signs or sets no limit.
#[must_use]
pub struct Watch(Option<(By, Held)>);

impl Watch {
    /// Before anything is done. Errors: `RangesAccountMissing`, `TickArrayMissing`.
    #[inline(always)]
    pub fn begin(
        by: By,
        book: &Book,
        account: &MarginAccount,
        ranges: Option<&Ranges>,
        others: Others,
    ) -> Result<Self> {
        if is_limited(by, account) {
            Ok(Self(Some((by, held(book, account, ranges, others)?))))
        } else {
            Ok(Self(None))
        }
    }

    /// When it is done. Errors: `DelegateNotional`, `DelegateNotAllowed`.
    #[inline(always)]
    pub fn end(self, book: &Book, account: &MarginAccount, ranges: Option<&Ranges>, others: Others) -> Result<()> {
        match self.0 {
            Some((by, before)) => {
                require_within(by, account, book.market, &before, &held(book, account, ranges, others)?)
            }
            None => Ok(()),
        }
    }
}

/// Whether what is signed is kept to something.
#[inline(always)]
pub(crate) const fn is_limited(by: By, account: &MarginAccount) -> bool {
    matches!(by, By::Holder) || (matches!(by, By::Delegate) && account.delegate_notional != 0)
}

#[cold]
#[inline(never)]
fn held(book: &Book, account: &MarginAccount, ranges: Option<&Ranges>, others: Others) -> Result<Held> {
    Held::of(book.market, account, ranges, &View { traded: Some((book.market, book.arrays)), others })
}
