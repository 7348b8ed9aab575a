//! No bits of any account and no argument make a public entry point panic or run for long: every input gives a result or
//! a named error (design.md section 13.11).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic
)]

mod exchange;
mod math_reference;

use bytemuck::{Pod, Zeroable};
use exchange::collateral::{TOKEN, other_bank};
use exchange::{Actor, CONTRACT, Place, Sim};
use keel_engine::book::{Book, Place as Grid, ahead, array_index, grid_position, is_served_array, liquidity_beyond};
use keel_engine::collateral::Purchase;
use keel_engine::curve::{Bound, End, Exact, SwapRequest, swap};
use keel_engine::exact::{order_to, require_bound};
use keel_engine::exchange_params::set_pool_defaults;
use keel_engine::fees::FeeSchedule;
use keel_engine::governance::{BankGuard, guard_bank};
use keel_engine::liquidation::{Holder, TakeOver};
use keel_engine::listing::{Listing, init_tick_array, list_market};
use keel_engine::margin::Health;
use keel_engine::oracle::{MarkUse, Sample};
use keel_engine::params::Params;
use keel_engine::pool::deposits::{self, Asked};
use keel_engine::pool::redemptions::{self, Payer};
use keel_engine::pool::{self, shares};
use keel_engine::ranges::{RangeRequest, ends, entitlement, liquidity_for_quote};
use keel_engine::state::{Bank, Market, Mode, Pool, PoolRequest, TickArray, Ticket};
use keel_engine::tickets::Request;
use keel_engine::trade::{Fill, Order, trade};
use keel_engine::units::{Factor, Price, SqrtPrice};
use keel_engine::view::{Others, View};
use keel_engine::{
    Error, Now, Side, collateral, delegate, insurance, lien, liquidation, liquidity, margin, oracle, outflow, payout,
    pledge, pot, ranges, refresh, resolve, tickets, vault, views,
};
use math_reference::Random;

fn rounds() -> usize {
    if std::env::var("KEEL_LONG").is_ok_and(|value| value == "1") { 40_000 } else { 600 }
}

/// Two markets with ranges, positions, claims and a flag: what plausible bits look like.
fn plausible() -> Sim {
    let mut sim = Sim::new(Params::DEFAULT, 50_000, 3);
    sim.list(Params { price_band_ppm: 0, ..Params::DEFAULT }, Mode::Fixed, 100);
    for market in 0..2 {
        sim.provide(market, 0, -100, 100, 500_000).unwrap();
        sim.provide(market, 1, -20, 40, 50_000).unwrap();
        let base = [CONTRACT as i64, 500 * CONTRACT as i64][market];
        let _ = sim.take(market, 2, base).unwrap();
        let _ = sim.take(market, 0, -base / 3).unwrap();
    }
    sim.move_price(0, 50_300);
    sim.touch_all();
    let _ = sim.settle(0, 2).unwrap();
    let _ = sim.take(1, 2, -(CONTRACT as i64)).unwrap();
    for number in 1..3 {
        sim.add_bank(other_bank(), [100, 2][number - 1]);
        for actor in 0..3 {
            sim.deposit_in(number, actor, TOKEN << (4 * actor + number)).unwrap();
        }
    }
    sim.actors[2].account.flagged_at = sim.now.unix - 20;
    sim.actors[2].account.debt_since = 1;
    sim.actors[1].account.lien_holder = [1; 32];
    sim.actors[1].account.lien_floor = 1 << 40;
    sim.actors[1].account.lien_called_at = 1;
    sim.checked = false;
    sim
}

/// Replaces bits of a struct: all of them, edges, or a few words of what is there.
fn scramble<T: Pod>(random: &mut Random, kind: u64, value: &mut T) {
    let words: &mut [u64] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(value));
    let one_in = 1 + random.below(200);
    let edges = [0, 1, u64::MAX, 1 << 63, i64::MAX as u64, exchange::T0 as u64, 1 << 48, 1 << 62, 1 << 32];
    for word in words {
        match kind {
            0 => *word = random.word(),
            1 => *word = edges[random.below(9) as usize],
            2 => *word = random.up_to_64(64),
            3 if random.below(one_in) == 0 => *word = edges[random.below(9) as usize],
            4 if random.below(one_in) == 0 => *word = random.up_to_64(64),
            5 if random.below(one_in) == 0 => *word ^= 1 << random.below(64),
            _ => {}
        }
    }
}

fn scramble_all(random: &mut Random, sim: &mut Sim) {
    // Mostly one kind of account at a time: with all of them random, everything is refused at the door.
    let which = random.below(6);
    let kind = random.below(6);
    for Place { market, arrays, .. } in &mut sim.places {
        let (params, number) = (market.params, market.index_number);
        if which == 0 || which >= 4 {
            scramble(random, kind, market);
            if random.below(4) != 0 {
                market.params = params;
            }
            if random.below(2) != 0 {
                market.index_number = number;
            }
        }
        if which == 1 {
            scramble(random, kind, &mut market.params);
        }
        for array in arrays {
            let (index, number) = (array.index, array.market);
            if which == 2 || which >= 4 {
                scramble(random, kind, array);
                if random.below(4) != 0 {
                    (array.index, array.market) = (index, number);
                }
            }
        }
    }
    for Actor { account, ranges } in &mut sim.actors {
        if which == 3 || which >= 4 {
            scramble(random, kind, account);
            scramble(random, kind, ranges);
        }
    }
    if which == 5 {
        scramble(random, kind, &mut sim.bank);
    }
    for (number, bank) in (1..).zip(&mut sim.banks) {
        if random.below(3) == 0 {
            scramble(random, kind, bank);
            if random.below(4) != 0 {
                bank.index = number;
            }
        }
    }
    if random.below(4) == 0 {
        sim.now = Now { unix: random.word() as i64, slot: random.word() };
    }
}

fn side(random: &mut Random) -> Side {
    if random.below(2) == 0 { Side::Buy } else { Side::Sell }
}

fn exact(random: &mut Random) -> Exact {
    let amount = if random.below(2) == 0 { random.up_to_64(64) } else { random.below(1 << 33) };
    if random.below(2) == 0 { Exact::Base(amount) } else { Exact::Quote(amount) }
}

fn price(random: &mut Random) -> Option<Price> {
    (random.below(3) == 0).then(|| Price::from_bits(random.up_to_64(64)))
}

fn tick(random: &mut Random) -> i32 {
    if random.below(4) == 0 { random.word() as i32 } else { 2 * random.between(-200, 200) as i32 }
}

/// Everything that works on a book.
fn on_book(random: &mut Random, sim: &mut Sim) {
    let now = sim.now;
    let order = Order {
        side: side(random),
        exact: exact(random),
        limit: price(random),
        reduce_only: random.below(2) == 0,
        all_or_nothing: random.below(8) == 0,
    };
    let request = RangeRequest {
        lower: tick(random),
        upper: tick(random),
        liquidity: random.up_to(128),
        min_sqrt_price: SqrtPrice::from_bits(0),
        max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
    };
    let (slot, base, passed) = (random.below(9) as usize, random.up_to_64(64), random.below(1 << 10));
    let bits = (random.wide(), random.up_to_64(64));
    let bound = Bound {
        price: Price::from_bits(bits.1),
        peg: Price::from_bits(random.up_to_64(64)),
        refusal: Error::LimitReached,
    };
    let kind = random.below(11);
    let passed: Vec<usize> = (0..10).filter(|i| passed >> i & 1 == 0 || base % 3 == 0).collect();
    let peg = Price::from_bits(random.up_to_64(64));
    let _: Result<(), Error> = sim.with_arrays(0, &passed, |book, actors, others, _| {
        let [one, two, three] = actors else { return Ok(()) };
        let victim = if base & 1 == 0 { one } else { three };
        let Actor { account, ranges } = victim;
        match kind {
            0 | 1 => drop(trade(book, account, Some(ranges), others, &order, now)),
            2 => drop(liquidity::add(book, account, ranges, others, &request, now)),
            3 => drop(ranges::close(book, account, ranges, slot, base & 2 == 0, now)),
            4 if base & 2 == 0 => drop(ranges::settle(book, account, ranges, slot)),
            4 => drop(ranges::settle_other(book, account, ranges, slot, now)),
            5 => drop(liquidation::unwind(book, account, ranges, others, slot, now)),
            6 => drop(liquidation::on_curve(book, account, &mut two.account, others, base, now)),
            7 => {
                let request = TakeOver { max_base: base, limit: order.limit };
                let Actor { account: liquidator, ranges } = two;
                drop(liquidation::take_over(book, account, liquidator, Some(ranges), others, &request, now));
            }
            8 => {
                let Actor { account: other, ranges } = two;
                let holder = Holder { account: other, ranges: Some(ranges) };
                let mut keeper = bytemuck::Zeroable::zeroed();
                drop(liquidation::deleverage(book, account, holder, &mut keeper, others, base, now));
                let health = Health { equity: slot as i64 - 4, maintenance: base, target: base };
                let stage = liquidation::auction(book.market, account, &health, now);
                let _ = stage.price(book.market, base.cast_signed());
            }
            9 => {
                let fees = FeeSchedule::new(book.market, bits.1);
                let (from, to) = (SqrtPrice::from_bits(bits.0), book.market.sqrt_price);
                let _ = fees.rate(from, to, order.side, base & 1 == 0);
                let peg = if base & 4 == 0 { book.market.peg } else { peg };
                let bounds = [order.limit.map(|price| Bound { price, ..bound }), (base & 2 == 0).then_some(bound)];
                drop(swap(book, &SwapRequest { side: order.side, exact: order.exact, peg, bounds, fees }));
            }
            _ => {
                drop(book.attach(request.lower, request.liquidity, true));
                drop(book.detach(request.upper, request.liquidity, false));
                drop(book.cross(slot, Grid { array: request.lower, slot: base as u32 }, order.side));
                let _ = ahead(book.market, book.arrays, order.side, request.lower);
            }
        }
        Ok(())
    });
}

/// Everything that needs no book.
fn off_book(random: &mut Random, sim: &mut Sim) {
    let now = sim.now;
    let amount = random.up_to_64(64);
    let Sim { places, actors, bank, banks, exchange, .. } = sim;
    let [first, second] = &mut places[..] else { return };
    let Actor { account, ranges } = &mut actors[random.below(3) as usize];
    let kind = random.below(10);
    if kind < 5 {
        let market = &mut first.market;
        match kind {
            0 => drop(pot::settle(market, account, now)),
            1 => drop(pot::release(market, account, amount as u32, now)),
            2 => match amount % 4 {
                0 => drop(resolve::resolve(market, &mut [&mut second.market], exchange, account, now)),
                1 => drop(pledge::collect(market, &mut second.market, account)),
                2 => {
                    drop(insurance::fund_market(market, bank, amount, now));
                    drop(insurance::fund(exchange, bank, amount, now));
                    let _ = insurance::sweep_unbooked(exchange, bank, amount.rotate_left(9), now);
                }
                _ => {
                    let _ = (payout::payout(market), payout::backing(market, exchange, now).total());
                }
            },
            3 => {
                let _ = (pot::may_settle_other(market, account, now), pot::shortfall(market));
                let _ = (pot::claim_value_floor(market, amount), pot::payout_floor(market, amount));
                let mut position = account.positions[0];
                pot::mature(market, &mut position, now);
                let _ = (pot::unsettled(market, &position), pot::paid_in_now(market, &position, now));
                drop(pot::fold_funding(market, &mut position));
                drop(pot::change_base(market, &mut position, amount as i64));
                drop(pot::open_position(market, account, now));
                pot::drop_if_done(market, account);
            }
            _ => {
                let sample = Sample {
                    price: random.up_to_64(64) as i64,
                    conf: random.up_to_64(64),
                    exponent: random.between(-20, 2) as i32,
                    publish_time: if amount & 1 == 0 { now.unix } else { amount as i64 },
                    ema_price: random.up_to_64(64) as i64,
                };
                drop(refresh::refresh(market, Some(&sample), now));
                let params = if amount & 2 == 0 { Params::DEFAULT } else { market.params };
                let listing = Listing {
                    number: 1,
                    bump: 0,
                    mode: if amount & 4 == 0 { Mode::Fixed } else { Mode::Floating },
                    price_owner: [0; 32],
                    feed_id: [0; 32],
                    name: [0; 16],
                    launch_price: Price::from_bits(amount),
                    params: &params,
                };
                drop(list_market(market, &listing, &sample, now));
                drop(init_tick_array(&mut first.arrays[0], market, amount as i32, 0, [0; 32]));
            }
        }
        return;
    }
    let markets: [&Market; 2] = [&first.market, &second.market];
    let arrays: Vec<&TickArray> = first.arrays.iter().chain(&second.arrays).collect();
    let held: Vec<&Bank> = banks.iter().collect();
    let others = Others { banks: &held[amount as usize % 3..], arrays: &arrays, ..Others::default() };
    let view = View::of(Others { markets: &markets[..(amount as usize / 3 % 3)], ..others });
    let market = &first.market;
    match kind {
        5 => {
            let mut ticket = Ticket { amount: random.up_to_64(40), number: bank.queue_head, ..Ticket::zeroed() };
            let seen = (Some(&*ranges), &view);
            match random.below(4) {
                0 => drop(vault::deposit(account, bank, amount, now)),
                1 => {
                    let request =
                        Request { account: [1; 32], destination: [2; 32], payer: [3; 32], amount, bump: kind as u8 };
                    drop(tickets::queue(&mut ticket, &request, account, bank, seen, now));
                }
                2 => drop(tickets::pay(&mut ticket, account, bank, seen, amount & 1 == 0, now).map(|p| p.is_ended())),
                _ => drop((tickets::skip(&ticket, bank), tickets::cancel(&mut ticket, account, bank))),
            }
            outflow::touch(bank, now);
            outflow::refill(bank, amount);
        }
        6 => {
            let mut own = *account;
            drop(vault::transfer(&mut own, account, bank, (Some(ranges), &view), amount, now));
            drop(vault::withdraw(account, bank, Some(ranges), &view, amount, now));
            let _ = (vault::require_closable(account), tickets::may_cancel_other(account));
        }
        7 => drop(liquidation::begin(account, Some(ranges), &view, now)),
        8 => {
            drop(liquidation::cure(account, Some(ranges), &view, now));
            let health = margin::Health { equity: amount as i64, maintenance: random.word(), target: random.word() };
            let _ = (health.excess(), health.is_unhealthy(), health.is_cured());
            let discount = liquidation::discount(market, account, &health, now);
            let _ = liquidation::step_size(market, amount, &health, discount);
            let _ = liquidation::step_size(market, amount, &health, Factor { bits: amount });
        }
        _ => {
            let _ = margin::health(account, Some(ranges), &view, now).map(|h| h.excess());
            if let Ok(initial) = margin::initial(account, Some(ranges), &view, &[(1, amount)], now) {
                let _ = (initial.require(), initial.require_withdrawal());
            }
            let _ = (margin::worst_base(market, account, Some(ranges), &view), margin::oi_cap_quote(market));
            let range = &ranges.ranges[0];
            let _ = (ends(market, range), entitlement(market, range, &arrays[0].ticks[0], &arrays[1].ticks[5]));
            let peg = Price::from_bits(random.up_to_64(64));
            let (low, high) = (SqrtPrice::from_bits(random.up_to(128)), SqrtPrice::from_bits(random.up_to(128)));
            let _ = liquidity_for_quote(amount, low, high, peg);
            let (tick, spacing) = (random.word() as i32, random.up_to_64(32) as u32);
            let _ = (grid_position(tick, spacing), array_index(tick, spacing), is_served_array(tick, spacing));
            let _ = liquidity_beyond(random.wide(), random.wide() as i128, Side::Sell);
            let _ = (oracle::fill_peg(market, Side::Buy, now), market.open_interest(), account.is_done());
        }
    }
}

/// The pool's own entry points, with one of the accounts as the pool's.
fn on_pool(random: &mut Random, sim: &mut Sim) {
    let now = sim.now;
    let (mut state, mut request, mut exchange) = (Pool::zeroed(), PoolRequest::zeroed(), sim.exchange);
    set_pool_defaults(&mut state);
    let kind = random.below(6);
    scramble(random, kind, &mut state);
    scramble(random, kind, &mut request);
    scramble(random, kind, &mut exchange);
    request.kind = random.below(3) as u8;
    if random.below(2) == 0 {
        (state.redeem_head, request.ready_at, request.lapses_at) = (request.number, now.unix, i64::MAX);
        (request.requested_at, state.closed) = (0, 0);
    }
    let amount = random.up_to_64(64);
    let asked = Asked { amount, ..Sim::asked(0, amount) };
    let Actor { account: mut own, ranges } = sim.actors[random.below(3) as usize].clone();
    let mut account = sim.actors[0].account;
    let is_receivable = random.below(2) == 0;
    sim.with_view(|view| {
        let seen = (Some(&ranges), view);
        let reserve = exchange.pool_reserve;
        let _ =
            (pool::nav(reserve, &own, Some(&ranges), view, now), pool::free_capital(&own, Some(&ranges), view, now));
        let _ = views::pool::view(&state, &exchange, &own, seen, now);
        match random.below(7) {
            0 => drop(deposits::request(&mut request, &asked, &mut state, &mut account, seen, now)),
            1 | 2 => {
                let (pool, to) = (&mut state, &mut account);
                drop(deposits::execute(&mut request, pool, to, reserve, &mut own, seen, is_receivable, now));
            }
            3 => drop(deposits::cancel(&mut request, &mut state, &mut account, is_receivable, now)),
            4 => {
                drop(redemptions::request(&mut request, &asked, &mut state, &mut account, now));
                drop(redemptions::cancel(&mut request, &mut state, &mut account, now));
                drop(redemptions::skip(&mut request, &mut state));
            }
            _ => {
                let mut payer = Payer { account: &mut own, ranges: Some(&ranges), view, exchange: &mut exchange };
                drop(redemptions::execute(&mut request, &mut state, &mut account, &mut payer, is_receivable, now));
            }
        }
    });
    let nav = pool::Nav { high: random.word() as i64, low: random.up_to_64(64) as i64 };
    let total = random.up_to_64(64);
    let _ = (shares::shares_floor(amount, &nav, total), shares::worth_floor(amount, &nav, total));
    let _ =
        (shares::burnt_ceil(amount, &nav, total), shares::price_ceil(&nav, total), shares::price_floor(&nav, total));
}

/// Other collateral, liens, and trades to a target.
fn on_collateral(random: &mut Random, sim: &mut Sim) {
    let (now, amount) = (sim.now, random.up_to_64(64));
    let (number, who) = (random.below(2) as usize, random.below(3) as usize);
    let sample = |random: &mut Random| Sample {
        price: random.up_to_64(64) as i64,
        conf: random.up_to_64(64),
        exponent: random.between(-20, 2) as i32,
        publish_time: if random.below(2) == 0 { now.unix } else { random.word() as i64 },
        ema_price: 0,
    };
    let (price, rate) = (sample(random), sample(random));
    let mut bank = sim.banks[number];
    drop(collateral::refresh(&mut bank, &price, (amount & 1 == 0).then_some(&rate), now));
    let _ = (collateral::weight_ppm(&bank, now), collateral::held_floor(&bank));
    collateral::begin_ramp(&mut bank, now);
    let bank = if amount & 2 == 0 { bank } else { sim.banks[number] };
    let Actor { account: mut own, ranges } = sim.actors[who].clone();
    let (mut other, seen) = (sim.actors[(who + 1) % 3].account, Some(&ranges));
    let signer = if amount & 4 == 0 { own.lien_holder } else { [amount as u8; 32] };
    sim.with_view(|view| {
        let view = &view.with_bank(&bank);
        let marks = [MarkUse::Owner, MarkUse::Liquidation, MarkUse::Any][random.below(3) as usize];
        let _ =
            (collateral::maintenance_floor(&own, view, marks, now), collateral::initial_floor(&own, view, marks, now));
        let _ = collateral::discount_of(&own, seen, &bank, view, now);
        let purchase = Purchase { most: random.up_to_64(64), limit: self::price(random) };
        drop(collateral::buy(&mut own.clone(), seen, &mut other.clone(), &bank, view, &purchase, now));
        other.owner = if amount & 8 == 0 { own.lien_holder } else { other.owner };
        drop(lien::seize(&mut own.clone(), &mut other, &bank, (seen, view), amount, now));
        let market = random.below(3) as u16;
        let _ = views::health::health(&own, seen, view, now);
        let _ = views::delta::delta(&own, seen, view, market, now);
        let _ = views::liquidation_price::liquidation_price(&own, seen, view, market, now);
        if let Ok(asked) = order_to(&own, market, random.word() as i64, random.up_to_64(64), self::price(random)) {
            let (base, quote) = (random.word() as i64, random.word() as i64);
            let fill = Fill { base, quote, fee: amount, steps: 0, crossings: 0, end: End::Filled, settled: None };
            drop(require_bound(&asked, &fill, random.up_to_64(64)));
            let asked = Order { exact: Exact::Quote(amount), ..asked };
            drop(require_bound(&asked, &fill, random.word()));
            let _ = views::fill::FillView::of(market, &fill);
        }
    });
    let terms = lien::Terms { holder: signer, floor: amount, notice_secs: random.up_to_64(32) as u32 };
    drop((lien::place(&mut own, &terms), lien::require_due(&own, &signer, now), lien::call(&mut own, &signer, now)));
    drop((lien::withdraw_call(&mut own, &signer), lien::release(&mut own, &signer)));
    drop((delegate::allows(&own, &signer, amount as u32, number as u16, now), lien::hand_over(&mut own, signer)));
    let guard = BankGuard::Haircut(amount as u32);
    drop(guard_bank(&sim.exchange, &mut sim.banks[number], guard, now));
}

/// Ignores a result, whatever it is.
fn drop<T>(_: T) {}

#[test]
fn no_bits_make_anything_panic() {
    let mut random = Random::new("totality");
    let start = plausible();
    for _ in 0..rounds() {
        let mut scrambled = start.clone();
        scramble_all(&mut random, &mut scrambled);
        for _ in 0..12 {
            let mut sim = scrambled.clone();
            on_book(&mut random, &mut sim);
            let mut sim = scrambled.clone();
            off_book(&mut random, &mut sim);
            on_pool(&mut random, &mut scrambled.clone());
            on_collateral(&mut random, &mut scrambled.clone());
        }
    }
}

#[test]
fn an_unknown_book_gives_an_error() {
    // No arrays at all, and a zeroed market.
    let mut sim = plausible();
    let result = sim.with_arrays(0, &[], |book, actors, others, now| {
        let Actor { account, ranges } = &mut actors[0];
        trade(book, account, Some(ranges), others, &exchange::order(Side::Buy, Exact::Base(1)), now)
    });
    assert_eq!(result, Err(Error::TickArrayMissing));
    let mut market: Market = bytemuck::Zeroable::zeroed();
    let mut book = Book { market: &mut market, arrays: &mut [] };
    let fees = FeeSchedule::new(book.market, 0);
    let request = SwapRequest { side: Side::Sell, exact: Exact::Quote(5), peg: Price::ONE, bounds: [None, None], fees };
    assert_eq!(swap(&mut book, &request), Err(Error::CrossingsExhausted));
}
