//! Two books, byte for byte.

use anyhow::{Context, Result, bail, ensure};
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray,
    Ticket,
};

use crate::books::Books;

/// Refuses when a chain's books are not what the engine made of them. What the program alone gives is left out: sequence
/// numbers of events, the bumps of accounts that were opened on the way, and where a ticket's tokens and rent go.
pub fn compare(native: &Books, chain: &Books) -> Result<()> {
    ensure!(native.accounts.keys().eq(chain.accounts.keys()), "the margin accounts are not the same ones");
    ensure!(native.ranges.keys().eq(chain.ranges.keys()), "the companion accounts are not the same ones");
    ensure!(native.tickets.keys().eq(chain.tickets.keys()), "the tickets are not the same ones");
    ensure!(native.arrays.keys().eq(chain.arrays.keys()), "the tick arrays are not the same ones");
    for (number, ours) in &native.markets {
        let theirs = chain.markets.get(number).with_context(|| format!("market {number} is gone"))?;
        let ours = Market { sequence: theirs.sequence, ..*ours };
        same(&ours, theirs, || format!("market {number}"))?;
    }
    for (place, ours) in &native.arrays {
        let theirs = chain.arrays.get(place).with_context(|| format!("tick array {place:?} is gone"))?;
        same(&TickArray { bump: theirs.bump, payer: theirs.payer, ..*ours }, theirs, || {
            format!("tick array {place:?}")
        })?;
    }
    for (address, ours) in &native.accounts {
        let theirs = chain.accounts.get(address).with_context(|| format!("account {address} is gone"))?;
        let ours = MarginAccount { bump: theirs.bump, ..*ours };
        same(&ours, theirs, || format!("account {address}"))?;
    }
    for (address, ours) in &native.ranges {
        let theirs = chain.ranges.get(address).with_context(|| format!("the ranges of {address} are gone"))?;
        same(&Ranges { bump: theirs.bump, ..*ours }, theirs, || format!("the ranges of {address}"))?;
    }
    for (place, ours) in &native.tickets {
        let theirs = chain.tickets.get(place).with_context(|| format!("ticket {place:?} is gone"))?;
        let Ticket { destination, payer, bump, .. } = *theirs;
        same(&Ticket { destination, payer, bump, ..*ours }, theirs, || format!("ticket {place:?}"))?;
    }
    ensure!(native.changes.keys().eq(chain.changes.keys()), "the queued changes are not the same ones");
    for (number, ours) in &native.changes {
        let theirs = chain.changes.get(number).with_context(|| format!("change {number} is gone"))?;
        same(&Change { bump: theirs.bump, ..*ours }, theirs, || format!("change {number}"))?;
    }
    ensure!(native.requests.keys().eq(chain.requests.keys()), "the pool's requests are not the same ones");
    for (place, ours) in &native.requests {
        let theirs = chain.requests.get(place).with_context(|| format!("request {place:?} is gone"))?;
        let PoolRequest { shares_account, payer, bump, .. } = *theirs;
        same(&PoolRequest { shares_account, payer, bump, ..*ours }, theirs, || format!("request {place:?}"))?;
    }
    let (ours, theirs) = (&native.shares, &chain.shares);
    ensure!(ours == theirs, "the shares are not the same: engine {ours:?}, chain {theirs:?}");
    ensure!(native.orders.keys().eq(chain.orders.keys()), "the orders are not the same ones");
    for (place, ours) in &native.orders {
        let theirs = chain.orders.get(place).with_context(|| format!("order {place:?} is gone"))?;
        let PlacedOrder { payer, bump, .. } = *theirs;
        same(&PlacedOrder { payer, bump, ..*ours }, theirs, || format!("order {place:?}"))?;
    }
    ensure!(native.approvals.keys().eq(chain.approvals.keys()), "the approvals are not the same ones");
    for (place, ours) in &native.approvals {
        let theirs = chain.approvals.get(place).with_context(|| format!("approval {place:?} is gone"))?;
        same(&BuilderApproval { bump: theirs.bump, ..*ours }, theirs, || format!("approval {place:?}"))?;
    }
    ensure!(native.pool.is_some() == chain.pool.is_some(), "the pool is not the same one");
    if let (Some(ours), Some(theirs)) = (&native.pool, &chain.pool) {
        let Pool { sequence, account, share_mint, share_vault, bump, share_mint_bump, share_vault_bump, .. } = *theirs;
        let addresses =
            Pool { sequence, account, share_mint, share_vault, bump, share_mint_bump, share_vault_bump, ..*ours };
        same(&addresses, theirs, || "the pool".to_owned())?;
    }
    for (number, ours) in &native.banks {
        let theirs = chain.banks.get(number).with_context(|| format!("bank {number} is gone"))?;
        same(&Bank { sequence: theirs.bank.sequence, ..ours.bank }, &theirs.bank, || format!("bank {number}"))?;
        ensure!(ours.tokens == theirs.tokens, "bank {number}: engine {} tokens, vault {}", ours.tokens, theirs.tokens);
    }
    if let (Some(ours), Some(theirs)) = (&native.exchange, &chain.exchange) {
        same(&Exchange { sequence: theirs.sequence, ..*ours }, theirs, || "the exchange".to_owned())?;
    }
    Ok(())
}

/// Refuses two structs that differ, with the first word that does.
fn same<T: bytemuck::Pod>(ours: &T, theirs: &T, what: impl FnOnce() -> String) -> Result<()> {
    let (ours, theirs) = (bytemuck::bytes_of(ours), bytemuck::bytes_of(theirs));
    if ours == theirs {
        return Ok(());
    }
    let Some(offset) = ours.iter().zip(theirs).position(|(a, b)| a != b).map(|byte| byte / 8 * 8) else {
        return Ok(());
    };
    let word =
        |bytes: &[u8]| bytes.get(offset..offset + 8).and_then(|b| b.try_into().ok()).map_or(0, i64::from_le_bytes);
    bail!("{} differs at byte {offset}: engine {}, program {}", what(), word(ours), word(theirs))
}
