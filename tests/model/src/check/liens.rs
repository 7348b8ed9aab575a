//! Liens (protocol.md section 12): only their own instructions change them, an owner's never fall below their floor, and a
//! holder takes no more than that.

use keel_engine::Now;
use keel_engine::margin;
use keel_engine::state::{MarginAccount, USDC};
use keel_simulator::Action;
use keel_simulator::liens::LienAct;
use solana_pubkey::Pubkey;

use super::keeper::account;
use super::{Checked, Touched, require, with_view};
use crate::world::World;

/// A lien as an account tells it.
type Lien = ([u8; 32], u64, i64, u32);

const fn lien(account: &MarginAccount) -> Lien {
    (account.lien_holder, account.lien_floor, account.lien_called_at, account.lien_notice_secs)
}

/// Everything about liens, and about accounts that pass on.
pub(super) fn check(world: &World, action: &Action, touched: &Touched, now: Now) -> Checked {
    let subject = if let Action::Lien(act) = action { world.addresses.get(act.who()) } else { None };
    for address in &touched.accounts {
        let (Some(old), Some(new)) = (world.before.accounts.get(address), world.books().accounts.get(address)) else {
            continue;
        };
        let is_subject = subject == Some(address);
        require(is_subject || lien(old) == lien(new), "a lien changes by what names it only", || {
            format!("{action:?}")
        })?;
        require(is_subject || old.owner == new.owner, "an account passes on by its owner only", || {
            format!("{action:?}")
        })?;
    }
    let Action::Lien(act) = action else { return Ok(()) };
    let (Some((address, old)), Some((_, new))) =
        (account(world, &world.before, act.who()), account(world, world.books(), act.who()))
    else {
        return Ok(());
    };
    match *act {
        LienAct::Give { .. } => given(old, new),
        LienAct::Place { floor, notice_secs, .. } => {
            let is_new = old.lien_holder == [0; 32];
            let kept = old.lien_holder == new.lien_holder && floor >= old.lien_floor;
            let stronger = kept && notice_secs <= old.lien_notice_secs;
            let is_told = new.lien_floor == floor && new.lien_notice_secs == notice_secs;
            require((is_new || stronger) && is_told, "a lien only grows stronger", || {
                format!("{:?} to {:?}", lien(old), lien(new))
            })
        }
        LienAct::Call { by, notice, .. } => {
            holds(world, by, &address, old)?;
            let called = if notice {
                old.lien_called_at == 0 && new.lien_called_at == now.unix
            } else {
                new.lien_called_at == 0
            };
            require(called, "a notice has its time", || format!("{:?} to {:?}", lien(old), lien(new)))
        }
        LienAct::Release { by, .. } => {
            holds(world, by, &address, old)?;
            require(lien(new) == ([0; 32], 0, 0, 0), "a released lien is gone", || format!("{:?}", lien(new)))
        }
        LienAct::Seize { by, bank, amount, .. } => seized(world, (by, bank, amount), &address, (old, new), now),
    }
}

/// Who could act for the old owner cannot for the new one, and all else stays.
fn given(old: &MarginAccount, new: &MarginAccount) -> Checked {
    let is_free = (new.delegate, new.delegate_permissions, new.delegate_notional) == ([0; 32], 0, 0);
    let same = new.capital == old.capital && new.positions == old.positions && lien(new) == lien(old);
    let waits = (old.tickets, old.orders, old.pool_deposits, old.pool_redemptions) != (0, 0, 0, 0);
    require(is_free && same && !waits, "an account passes on with all that is in it and nobody's leave", || {
        format!("{old:?} to {new:?}")
    })
}

/// Who signs holds the lien.
fn holds(world: &World, by: usize, address: &Pubkey, old: &MarginAccount) -> Checked {
    let key = world.simulator.key(by, address).map(|key| key.to_bytes());
    require(key == Ok(old.lien_holder), "only the holder acts on a lien", || format!("{by}: {:?}", lien(old)))
}

/// After notice, up to the floor, as far as the account stays backed.
fn seized(
    world: &World,
    (by, bank, amount): (usize, usize, u64),
    address: &Pubkey,
    (old, new): (&MarginAccount, &MarginAccount),
    now: Now,
) -> Checked {
    let Some((_, to)) = account(world, world.books(), by) else { return Ok(()) };
    require(to.owner == old.lien_holder, "what is seized is the holder's", || format!("{:?}", lien(old)))?;
    let waited = now.unix - old.lien_called_at >= i64::from(old.lien_notice_secs);
    require(old.lien_called_at != 0 && waited && old.flagged_at == 0, "a seizure waits for its notice", || {
        format!("{:?} at {}", lien(old), now.unix)
    })?;
    let Some(book) = world.before.bank(bank) else { return Ok(()) };
    let price = if bank == USDC { 1u128 << 48 } else { u128::from(book.bank.price.max(book.bank.latest).bits) };
    let worth = (u128::from(amount) * price).div_ceil(1 << 48);
    let left = u128::from(new.lien_floor) + worth == u128::from(old.lien_floor);
    require(left, "no seizure beyond the floor, which falls by it", || {
        format!("{worth} of {:?}, {:?} left", lien(old), lien(new))
    })?;
    let of = |account: &MarginAccount| account.capital.get(bank).copied().unwrap_or(0);
    require(of(old) - of(new) == amount, "a seizure moves what it says", || format!("{amount}"))?;
    let ranges = world.books().ranges.get(address);
    let judged = with_view(world.books(), None, |view| margin::initial(new, ranges, view, &[], now));
    let least = |required: u64, notional: u64| i128::from(required.max(notional.div_ceil(10)));
    let backed = judged.is_ok_and(|health| i128::from(health.equity) >= least(health.required, health.notional));
    require(backed, "a seizure leaves the account backed", || format!("{judged:?}"))
}
