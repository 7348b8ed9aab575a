//! A lien: a program or a key that a margin account's owner lets keep a floor of equity in it (protocol.md section 12).
//!
//! Whoever lends against an account looks at its conservative equity ([`crate::views::health`]'s `initial_equity`), has the
//! owner place a lien, and lends. While it lies, the owner neither withdraws nor adds risk below its floor: every check of
//! initial margin asks for it ([`crate::margin::InitialHealth::require`]). To get its money the holder gives notice; when it
//! has run out, the holder may do in the owner's stead what only makes the account smaller (reduce positions, take ranges
//! off, settle, release in full) and move capital up to the floor into a margin account of its own.
//!
//! The protocol's own claims come first: a lien stops no liquidation, and what an account owes to markets is paid before
//! its holder is. A lien passes on with the account when that gets another owner.

use crate::clock::Now;
use crate::error::{Error, Result};
use crate::margin;
use crate::oracle::MarkUse;
use crate::state::{Bank, DELEGATE_MARKETS, MarginAccount, Ranges, USDC};
use crate::units::Factor;
use crate::vault::capital_mut;
use crate::view::View;
use crate::{collateral, orders, pool, tickets};

/// Longest notice.
pub const MAX_NOTICE_SECS: u32 = 30 * 86_400;

/// What an owner agrees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who holds the lien.
    pub holder: [u8; 32],
    /// Equity below which the owner can neither withdraw nor add risk, in quote atoms.
    pub floor: u64,
    /// Time between the holder's notice and its rights.
    pub notice_secs: u32,
}

/// Places a lien, or makes one of the same holder stronger. Only the owner may.
///
/// Errors: `InvalidParameter` for no holder, no floor or too long a notice; `LienHeld` over another holder's, and where the
/// floor would fall or the notice grow longer.
pub fn place(account: &mut MarginAccount, terms: &Terms) -> Result<()> {
    if terms.holder == [0; 32] || terms.floor == 0 || terms.notice_secs > MAX_NOTICE_SECS {
        return Err(Error::InvalidParameter);
    }
    let is_stronger = account.lien_holder == terms.holder
        && terms.floor >= account.lien_floor
        && terms.notice_secs <= account.lien_notice_secs;
    if is_held(account) && !is_stronger {
        return Err(Error::LienHeld);
    }
    account.lien_holder = terms.holder;
    account.lien_floor = terms.floor;
    account.lien_notice_secs = terms.notice_secs;
    Ok(())
}

/// Ends a lien. Only its holder may. Errors: `NoLien`, `NotLienHolder`.
pub fn release(account: &mut MarginAccount, signer: &[u8; 32]) -> Result<()> {
    require_holder(account, signer)?;
    clear(account);
    Ok(())
}

/// The holder's notice. Errors: `NoLien`, `NotLienHolder`, `LienCalled`.
pub fn call(account: &mut MarginAccount, signer: &[u8; 32], now: Now) -> Result<()> {
    require_holder(account, signer)?;
    if account.lien_called_at != 0 {
        return Err(Error::LienCalled);
    }
    account.lien_called_at = now.unix.max(1);
    Ok(())
}

/// Takes the holder's notice back. Errors: `NoLien`, `NotLienHolder`, `LienNotDue` where none was given.
pub fn withdraw_call(account: &mut MarginAccount, signer: &[u8; 32]) -> Result<()> {
    require_holder(account, signer)?;
    if account.lien_called_at == 0 {
        return Err(Error::LienNotDue);
    }
    account.lien_called_at = 0;
    Ok(())
}

/// Whether a lien lies on the account.
#[inline(always)]
pub fn is_held(account: &MarginAccount) -> bool {
    account.lien_holder != [0; 32]
}

/// Whether a signer is a lien's holder whose notice has run out. Errors: `NoLien`, `NotLienHolder`, `LienNotDue`.
pub fn require_due(account: &MarginAccount, signer: &[u8; 32], now: Now) -> Result<()> {
    require_holder(account, signer)?;
    let due = account.lien_called_at.saturating_add(i64::from(account.lien_notice_secs));
    if account.lien_called_at == 0 || now.unix < due { Err(Error::LienNotDue) } else { Ok(()) }
}

/// Moves capital of an account into a margin account of the lien's holder once its notice has run out; the floor falls by
/// what it is worth, other collateral at its last price without a haircut, rounded up. A lien whose floor is reached has
/// ended. The account stays backed as after a withdrawal. `ranges` and `view` are of the first.
///
/// Errors: those of [`require_due`], `NotLienHolder` where `to` is not the holder's, `ZeroAmount`, `AccountFlagged`,
/// `ClosedToDeposits`, `InsufficientCapital`, `LienFloor` beyond the floor, `CollateralStale`, `InsufficientMargin`, those
/// of [`margin::initial`].
pub fn seize(
    account: &mut MarginAccount,
    to: &mut MarginAccount,
    bank: &Bank,
    (ranges, view): (Option<&Ranges>, &View),
    amount: u64,
    now: Now,
) -> Result<()> {
    let holder = account.lien_holder;
    require_due(account, &holder, now)?;
    if to.owner != holder {
        return Err(Error::NotLienHolder);
    }
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if account.flagged_at != 0 {
        return Err(Error::AccountFlagged);
    }
    if to.closed_to_deposits != 0 {
        return Err(Error::ClosedToDeposits);
    }
    let worth = worth_ceil(bank, amount, now)?;
    account.lien_floor = account.lien_floor.checked_sub(worth).ok_or(Error::LienFloor)?;
    let capital = capital_mut(account, bank)?;
    *capital = capital.checked_sub(amount).ok_or(Error::InsufficientCapital)?;
    let capital = capital_mut(to, bank)?;
    *capital = capital.checked_add(amount).ok_or(Error::MathOverflow)?;
    margin::initial(account, ranges, &view.with_bank(bank), &[], now)?.require_seizure()?;
    if account.lien_floor == 0 {
        clear(account);
    }
    Ok(())
}

/// Gives a margin account to another owner, with its capital, positions, ranges and lien. Whoever could act for the old
/// owner cannot for the new one.
///
/// Errors: `InvalidParameter` for nobody, `TicketsOpen`, `RequestsOpen`, `OrdersOpen`: those pay the old owner.
pub fn hand_over(account: &mut MarginAccount, owner: [u8; 32]) -> Result<()> {
    if owner == [0; 32] {
        return Err(Error::InvalidParameter);
    }
    tickets::require_none(account)?;
    pool::require_no_requests(account)?;
    orders::require_none(account)?;
    account.owner = owner;
    account.delegate = [0; 32];
    account.delegate_permissions = 0;
    account.delegate_expiry = 0;
    account.delegate_notional = 0;
    account.delegate_markets = [0; DELEGATE_MARKETS];
    Ok(())
}

fn require_holder(account: &MarginAccount, signer: &[u8; 32]) -> Result<()> {
    if !is_held(account) {
        return Err(Error::NoLien);
    }
    if account.lien_holder == *signer { Ok(()) } else { Err(Error::NotLienHolder) }
}

fn clear(account: &mut MarginAccount) {
    account.lien_holder = [0; 32];
    account.lien_floor = 0;
    account.lien_called_at = 0;
    account.lien_notice_secs = 0;
}

/// What an amount of a bank's tokens is worth without a haircut, in quote atoms, rounded up: at the median of its samples or
/// the last, whichever is more, and only where its holder cannot have picked them. Errors: `CollateralStale`, `StepTooSoon`.
fn worth_ceil(bank: &Bank, amount: u64, now: Now) -> Result<u64> {
    if usize::from(bank.index) == USDC {
        return Ok(amount);
    }
    collateral::require_price(bank, MarkUse::Owner, now)?;
    if !collateral::is_certain(bank, now) {
        return Err(Error::StepTooSoon);
    }
    Ok(Factor { bits: bank.price.max(bank.latest).bits }.of_ceil(amount))
}
