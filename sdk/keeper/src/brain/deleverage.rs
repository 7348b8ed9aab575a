//! Whom a position is closed against at mark when nobody took it: the opposite holder with the highest return on margin whom
//! the program takes.

use std::collections::BTreeMap;
use std::rc::Rc;

use keel_engine::liquidation::{self, Holder, value_and_margin};
use keel_engine::state::{MAX_RANGES, MarginAccount};
use keel_engine::{Error, Result, ranges};
use keel_sdk::instructions::Deleverage;
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key, quote};
use super::ground::Ground;
use crate::job::Kind;

/// Holders that are tried for one step: the first has the highest return, and what refuses him refuses most.
const TRIED: usize = 64;

/// Somebody who may be deleveraged.
#[derive(Clone, Copy, Debug)]
struct InLine {
    address: Pubkey,
    /// Unsettled value and claims over maintenance margin.
    value: i128,
    margin: u64,
}

/// Holders by market and by whether they are long, the highest return on margin first: told once in a round.
#[derive(Default)]
pub(super) struct Lines(BTreeMap<(u16, bool), Rc<[InLine]>>);

impl Lines {
    /// Adds a deleveraging of an account in a market, if the program would take one. Returns whether it does.
    pub fn deleverage(
        &mut self,
        round: &mut Round,
        address: &Pubkey,
        account: &MarginAccount,
        keeper: &MarginAccount,
        market: u16,
    ) -> bool {
        let Ok(position) = account.position(market) else { return false };
        let line = self.line(&round.ground, market, position.base < 0);
        let others = line.iter().filter(|in_line| ![*address, round.limits.account].contains(&in_line.address));
        for in_line in others.take(TRIED) {
            match tried(&round.ground, account, keeper, &in_line.address, market) {
                Ok(tip) => {
                    let deleverage = Deleverage {
                        keeper: round.limits.account,
                        holder: in_line.address,
                        account: *address,
                        market,
                        max_base: u64::MAX,
                    };
                    let key = key(Kind::Deleverage, *address, market, account.stepped_at.max(account.flagged_at));
                    let instruction = deleverage.instruction(round.ground.mirror);
                    round.add(key, instruction, &Front::of(account), quote(tip), false);
                    return true;
                }
                Err(Error::AuctionRunning | Error::BackstopFirst | Error::PricesApart | Error::StepTooSoon) => {
                    return false;
                }
                Err(_) => {}
            }
        }
        false
    }

    fn line(&mut self, ground: &Ground, market: u16, is_long: bool) -> Rc<[InLine]> {
        let line = self.0.entry((market, is_long)).or_insert_with(|| line(ground, market, is_long).into());
        Rc::clone(line)
    }
}

/// Everybody on a side of a market, the highest return on margin first.
fn line(ground: &Ground, market: u16, is_long: bool) -> Vec<InLine> {
    let found =
        ground.mirror.index.holders_of(market).filter_map(|address| in_line(ground, address, market, is_long).ok());
    let mut line: Vec<InLine> = found.flatten().collect();
    // By products, so that no rounding decides.
    let product = |a: &InLine, b: &InLine| a.value.saturating_mul(i128::from(b.margin));
    line.sort_by(|a, b| product(b, a).cmp(&product(a, b)).then(a.address.cmp(&b.address)));
    line
}

/// A holder with his ranges in the market folded, on copies; nothing if he is not on that side.
fn in_line(ground: &Ground, address: &Pubkey, number: u16, is_long: bool) -> Result<Option<InLine>> {
    let (mut holder, companion) = ground.account(address)?;
    let position = holder.position(number)?;
    let told = |holder: &MarginAccount, market: &_| {
        let position = holder.position(number)?;
        if position.base == 0 || (position.base > 0) != is_long {
            return Ok(None);
        }
        let (value, margin) = value_and_margin(market, position)?;
        Ok(Some(InLine { address: *address, value, margin }))
    };
    let Some(mut companion) = companion.filter(|_| position.ranges != 0) else {
        return told(&holder, ground.market(number)?);
    };
    let indices: Vec<i32> =
        ground.arrays_of(Some(&companion), |of| of == number).into_iter().map(|array| array.index).collect();
    ground.on_copies(number, indices, &[], |book, _| {
        for slot in 0..MAX_RANGES {
            if companion.ranges.get(slot).is_some_and(|range| range.market == number) {
                let _folded = ranges::settle(book, &mut holder, &mut companion, slot)?;
            }
        }
        told(&holder, book.market)
    })
}

/// The step on copies. Returns the keeper's tip.
fn tried(
    ground: &Ground,
    account: &MarginAccount,
    keeper: &MarginAccount,
    holder: &Pubkey,
    number: u16,
) -> Result<u64> {
    let (mut other, mut companion) = ground.account(holder)?;
    let (mut account, mut keeper) = (*account, *keeper);
    let indices: Vec<i32> =
        ground.arrays_of(companion.as_ref(), |of| of == number).into_iter().map(|array| array.index).collect();
    let done = ground.on_copies(number, indices, &[], |book, others| {
        let holder = Holder { account: &mut other, ranges: companion.as_mut() };
        liquidation::deleverage(book, &mut account, holder, &mut keeper, others, u64::MAX, ground.now)
    })?;
    Ok(done.tip)
}
