//! The pool: its requests against its counts, its shares against their tokens, and whose its margin account is.

use keel_engine::pool::deposits::DEPOSIT;
use keel_engine::pool::redemptions::REDEMPTION;
use solana_pubkey::Pubkey;

use super::{Broken, Findings};
use crate::books::Books;

pub(super) fn check(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    let waiting = |kind: u8| -> i128 {
        let requests = books.requests.values().filter(|request| request.kind == kind);
        requests.map(|request| i128::from(request.amount)).sum()
    };
    let Some(pool) = &books.pool else {
        return findings.require(books.requests.is_empty(), "nobody waits for a pool that is not there", || {
            format!("{} requests", books.requests.len())
        });
    };
    findings.equal(waiting(DEPOSIT), pool.deposits_waiting.into(), "waiting deposits = deposits_waiting")?;
    findings.equal(waiting(REDEMPTION), pool.shares_waiting.into(), "waiting redemptions = shares_waiting")?;
    let shares = &books.shares;
    // Anybody may send shares there, and anybody may burn his own.
    findings.require(shares.waiting >= pool.shares_waiting, "the share vault holds what waits", || {
        format!("{} tokens for {}", shares.waiting, pool.shares_waiting)
    })?;
    findings.require(shares.supply <= pool.shares, "no more tokens than shares", || {
        format!("{} tokens for {}", shares.supply, pool.shares)
    })?;
    let held: i128 = shares.held.values().map(|held| i128::from(*held)).sum();
    findings.require(
        held + i128::from(shares.waiting) <= i128::from(shares.supply),
        "tokens are in the supply",
        || format!("{held} and {} of {}", shares.waiting, shares.supply),
    )?;
    let own = books.accounts.get(&Pubkey::from(pool.account));
    findings.require(
        own.is_some_and(|own| own.closed_to_deposits != 0),
        "the pool's account takes no gifts",
        || format!("the account {}", Pubkey::from(pool.account)),
    )?;
    findings.require(pool.redeem_head <= pool.redeem_tail, "the queue of redemptions has an order", || {
        format!("{} to {}", pool.redeem_head, pool.redeem_tail)
    })?;
    for (address, account) in &books.accounts {
        let own = |kind: u8| {
            let requests = books.requests.values().filter(|request| request.kind == kind && request.amount != 0);
            requests.filter(|request| request.account == address.to_bytes()).count() as i128
        };
        findings.equal(own(DEPOSIT), account.pool_deposits.into(), "an account's deposits = their count")?;
        findings.equal(own(REDEMPTION), account.pool_redemptions.into(), "an account's redemptions = their count")?;
    }
    Ok(())
}
