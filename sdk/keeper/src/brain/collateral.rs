//! Collateral that is for sale, bought with the keeper's own capital: of who is in liquidation, and of who owes for longer
//! than the bank's grace.

use std::collections::BTreeSet;

use keel_engine::Error;
use keel_engine::collateral::{Sold, buy};
use keel_engine::state::{Bank, MarginAccount, Ranges};
use keel_engine::units::Rate;
use keel_sdk::instructions::BuyCollateral;
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key};
use super::ground::Ground;
use crate::job::{Kind, Profit};
use crate::mirror::{held, others};

/// Times that a purchase is halved which leaves the keeper too little margin.
const HALVINGS: u32 = 6;

/// What an account's other collateral is worth, in quote atoms, and that of one bank among it.
pub(super) fn worth(ground: &Ground, account: &MarginAccount, of: Option<u8>) -> (u64, u64) {
    let (mut all, mut here) = (0u64, 0u64);
    for (number, amount) in others(account) {
        let Some(fresh) = ground.fresh.banks.get(&number) else { continue };
        let worth = fresh.bank.price.notional_ceil(amount).unwrap_or(u64::MAX);
        all = all.saturating_add(worth);
        if of == Some(number) {
            here = worth;
        }
    }
    (all, here)
}

/// Adds what of anybody's collateral is for sale at a discount that pays, at most one purchase for each account.
pub(super) fn plan(round: &mut Round) {
    let (ground, limits) = (round.ground, round.limits);
    let index = &ground.mirror.index;
    let owing = index.debts.iter().map(|(account, _)| account);
    let suspects: BTreeSet<&Pubkey> = index.flagged.iter().chain(owing).collect();
    for address in suspects.into_iter().filter(|address| **address != limits.account) {
        let Ok((account, ranges)) = ground.account(address) else { continue };
        // Ranges come off the curve first: that often restores the account.
        if account.flagged_at != 0 && account.ranges != 0 {
            continue;
        }
        let offers =
            others(&account).filter_map(|(number, _)| offer(round, address, &account, ranges.as_ref(), number));
        let best = offers.max_by_key(|offer| offer.profit.quote);
        if let Some(Offer { purchase, step, front, profit }) = best {
            let key = key(Kind::BuyCollateral, *address, 0, step);
            round.add(key, purchase.instruction(ground.mirror), &front, profit, true);
        }
    }
}

/// A purchase that the program would take.
struct Offer {
    purchase: BuyCollateral,
    step: u64,
    front: Front,
    profit: Profit,
}

/// What to buy of an account's collateral in one bank, if the discount pays and the keeper has the capital for it.
fn offer(
    round: &Round,
    address: &Pubkey,
    account: &MarginAccount,
    ranges: Option<&Ranges>,
    number: u8,
) -> Option<Offer> {
    let (ground, limits) = (round.ground, round.limits);
    let bank = &ground.fresh.banks.get(&number)?.bank;
    let keeper = round.keeper().filter(|keeper| keeper.ranges == 0)?;
    let limit = bank.price.scale_floor(Rate::from_ppm(limits.min_collateral_discount_ppm).negated());
    let most = bank.price.base_floor(room(round, &keeper, number)?);
    let mut purchase = BuyCollateral {
        owner: limits.owner,
        buyer: limits.account,
        account: *address,
        mint: Pubkey::from(bank.mint),
        most,
        // Collateral that has lost its price is given away in the end.
        limit: (limit.bits != 0).then_some(limit),
    };
    let mut bought = buy_on_copies(ground, (account, ranges), &keeper, bank, &purchase);
    for _ in 0..HALVINGS {
        // What has no young price counts for nothing in the keeper's own margin.
        if !matches!(bought, Err(Error::InsufficientMargin | Error::InsufficientCapital | Error::CollateralStale)) {
            break;
        }
        purchase.most /= 2;
        bought = buy_on_copies(ground, (account, ranges), &keeper, bank, &purchase);
    }
    let (sold, after) = bought.ok()?;
    let worth = bank.price.value_floor(i64::try_from(sold.amount).ok()?).ok()?;
    let profit = Profit { quote: worth.checked_sub_unsigned(sold.paid)?, lamports: 0 };
    if sold.paid != 0 && round.net(&profit) < limits.min_profit {
        return None;
    }
    let amount = account.capital.get(usize::from(number)).copied()?;
    Some(Offer {
        purchase,
        // Another amount, or another bank's, is another purchase.
        step: amount.wrapping_mul(4).wrapping_add(u64::from(number)),
        front: Front::of(account).and(&keeper).and(&after).selling(number),
        profit,
    })
}

/// A purchase on copies, with the buyer after it.
fn buy_on_copies(
    ground: Ground,
    (account, ranges): (&MarginAccount, Option<&Ranges>),
    keeper: &MarginAccount,
    bank: &Bank,
    purchase: &BuyCollateral,
) -> keel_engine::Result<(Sold, MarginAccount)> {
    let (mut account, mut keeper) = (*account, *keeper);
    let sold = ground.look(ranges, |view| {
        let view = view.with_bank(bank);
        buy(&mut account, ranges, &mut keeper, bank, &view, &purchase.purchase(), ground.now)
    })?;
    Ok((sold, keeper))
}

/// Quote atoms for which the keeper may still buy a bank's collateral: of its limits for all that it took over and for one
/// bank, and of its USDC.
fn room(round: &Round, keeper: &MarginAccount, number: u8) -> Option<u64> {
    let (ground, limits) = (round.ground, round.limits);
    let (others, here) = worth(&ground, keeper, Some(number));
    let mut all = others;
    for position in held(keeper) {
        let mark = ground.market(position.market).ok()?.mark;
        all = all.saturating_add(mark.notional_ceil(position.base.unsigned_abs()).ok()?);
    }
    let left = limits.capital.saturating_sub(all).min(limits.exposure.saturating_sub(here)).min(keeper.usdc());
    (left != 0).then_some(left)
}
