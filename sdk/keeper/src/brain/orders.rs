//! Orders that are due, and those that cannot be executed any more.

use std::collections::BTreeSet;

use keel_engine::curve::price_floor;
use keel_engine::oracle::fill_peg;
use keel_engine::orders;
use keel_engine::state::PlacedOrder;
use keel_engine::{Result, Side};
use keel_sdk::instructions::{CleanOrder, ExecuteOrder};
use keel_sdk::path::{self, Reach};
use solana_pubkey::Pubkey;

use super::draft::{Front, Round, key, lamports};
use crate::job::Kind;
use crate::mirror::Crossing;

/// Adds the orders that are due now, and those to be cleaned up. Returns those that turned out to be alive: until something
/// of them changes nobody has to look whether they are.
pub(super) fn plan(round: &mut Round) -> BTreeSet<Pubkey> {
    let ground = round.ground;
    let mut over: BTreeSet<Pubkey> = ground.mirror.orders.expired(ground.now).copied().collect();
    over.extend(&ground.mirror.orders.suspects);
    for account in ground.mirror.index.lapsed(ground.now.unix) {
        over.extend(ground.mirror.orders.of(account));
    }
    for market in ground.mirror.orders.markets() {
        for address in crossed(round, market) {
            let Some(order) = ground.mirror.state::<PlacedOrder>(&address) else { continue };
            match executed(round, &order) {
                Ok(tip) => execute(round, &address, &order, tip),
                Err(keel_engine::Error::OrderDead | keel_engine::Error::OrderExpired) => {
                    over.insert(address);
                }
                Err(_) => {}
            }
        }
    }
    let mut alive = BTreeSet::new();
    for address in over {
        let Some(order) = ground.mirror.state::<PlacedOrder>(&address) else { continue };
        let Some(tip) = cleaned(round, &order) else {
            alive.insert(address);
            continue;
        };
        let clean =
            CleanOrder { keeper: round.limits.payer, account: Pubkey::from(order.account), number: order.number };
        let key = key(Kind::CleanOrder, address, order.market, order.number);
        round.add(key, clean.instruction(ground.mirror), &Front::default(), lamports(tip), false);
    }
    alive
}

/// Orders of a market whose price or time has come.
fn crossed(round: &Round, number: u16) -> BTreeSet<Pubkey> {
    let ground = round.ground;
    let Ok(market) = ground.market(number) else { return BTreeSet::new() };
    let price = |side| price_floor(market, fill_peg(market, side, ground.now));
    let at = Crossing {
        mark: market.mark.bits,
        buy: price(Side::Buy),
        // Rounded down: a sale at the next price may begin, too.
        sell: price(Side::Sell).saturating_add(1),
    };
    ground.mirror.orders.crossed(number, &at, ground.now)
}

/// The tip that an execution would bring now. Errors where it is not due, or would be refused.
fn executed(round: &Round, order: &PlacedOrder) -> Result<u64> {
    let ground = round.ground;
    let (mut account, companion) = ground.account(&Pubkey::from(order.account))?;
    let market = ground.market(order.market)?;
    let _wanted = orders::due(order, &account, market, ground.now)?;
    let seen = ground.arrays_of(companion.as_ref(), |_| true);
    let own = ground.arrays_of(companion.as_ref(), |of| of == order.market).into_iter().map(|array| array.index);
    let side = if order.side == 0 { Side::Buy } else { Side::Sell };
    let indices = path::arrays(market, side, Reach::ahead(round.limits.arrays)).into_iter().chain(own);
    let mut order = *order;
    let done = ground.on_copies(order.market, indices, &seen, |book, others| {
        orders::execute(&mut order, book, &mut account, companion.as_ref(), others, ground.now)
    })?;
    Ok(done.tip)
}

fn execute(round: &mut Round, address: &Pubkey, order: &PlacedOrder, tip: u64) {
    let ground = round.ground;
    let Some(price) = round.price(order.market) else { return };
    let account = Pubkey::from(order.account);
    let Some(state) = ground.mirror.account(&account) else { return };
    let reach = Reach::ahead(round.limits.arrays);
    let execute = ExecuteOrder { keeper: round.limits.payer, account, number: order.number, price, reach };
    // A slice of an order is another job than the one before.
    let key = key(Kind::Order, *address, order.market, order.filled.saturating_add(order.skipped));
    let front = Front::of(&state).refreshing(order.market);
    round.add(key, execute.instruction(ground.mirror), &front, lamports(tip), false);
}

/// What cleaning an order up would bring, if it is over.
fn cleaned(round: &Round, order: &PlacedOrder) -> Option<u64> {
    let ground = round.ground;
    let mut account = ground.mirror.account(&Pubkey::from(order.account))?;
    let market = ground.mirror.market(order.market);
    Some(orders::clean(order, &mut account, market, ground.now).ok()?.tip)
}
