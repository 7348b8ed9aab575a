//! Other collateral than USDC in an account: what counts, its price, the ramp, deposits, withdrawals, the queue, and the
//! views (protocol.md section 7). The arithmetic to the atom is in `collateral_reference.rs`, prices in
//! `collateral_price.rs`, the sale in `collateral_sale.rs`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod exchange;
mod math_reference;

use bytemuck::{Zeroable, bytes_of};
use exchange::collateral::{TOKEN, other_bank, usd};
use exchange::{CONTRACT, Sim, T0, USD, quiet};
use keel_engine::collateral::{initial_floor, maintenance_floor, weight_ppm};
use keel_engine::exchange_params::{BankParams, set_exchange_defaults};
use keel_engine::governance::{BankGuard, Kind, Proposal, change_bank, guard_bank, queue};
use keel_engine::oracle::MarkUse;
use keel_engine::params::Params;
use keel_engine::state::{Bank, CHANGE_LENGTH, Change, Exchange, MarginAccount};
use keel_engine::tickets::Payout;
use keel_engine::units::{ONE as RATE_ONE, Price};
use keel_engine::view::{Others, View};
use keel_engine::{Error, Now, views};
use math_reference::{Random, cases};
use proptest::prelude::*;

/// One unit; a contract is a thousand.
const ONE: i64 = CONTRACT as i64 / 1_000;
const E8: i64 = 100_000_000;

/// A market at 1,000 USD, a rich actor, one with that many USD, and a bank of a token at 100 USD.
fn market(own: u64) -> Sim {
    let mut sim = Sim::new(Params { contract_exponent: 3, ..quiet() }, 1_000, 0);
    sim.actor(100_000_000);
    sim.actor(own);
    assert_eq!(sim.add_bank(other_bank(), 100), 1);
    sim
}

/// What an amount counts in maintenance and for new risk.
fn counts(bank: &Bank, amount: u64) -> (u64, u64) {
    let mut account = MarginAccount::zeroed();
    account.capital[1] = amount;
    let banks = [bank];
    let view = View::of(Others { banks: &banks, ..Others::default() });
    let now = Now { unix: T0, slot: 0 };
    let maintenance = maintenance_floor(&account, &view, MarkUse::Any, now).unwrap();
    (maintenance, initial_floor(&account, &view, MarkUse::Any, now).unwrap())
}

fn priced(bits: u64, slope: u32, weight: u32) -> Bank {
    let price = Price::from_bits(bits);
    Bank {
        index: 1,
        price,
        latest: price,
        stable: price,
        price_time: T0,
        haircut_ppm: weight,
        weight_from_ppm: weight,
        size_slope_ppm_per_million_usd: slope,
        ..other_bank()
    }
}

#[test]
fn what_counts_by_hand() {
    let mut sim = market(5_000);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    assert_eq!(sim.counted(1), (usd(80_000), usd(80_000)));
    assert_eq!(sim.health(1).unwrap().equity, 85_000 * USD as i64);
    assert_eq!(sim.initial(1).unwrap().equity, 85_000 * USD as i64);
    // A tenth less for every million: 100,000 USD of an own account, two million of everybody's.
    sim.bank_mut(1).size_slope_ppm_per_million_usd = 100_000;
    sim.deposit_in(1, 0, 19_000 * TOKEN).unwrap();
    assert_eq!(sim.counted(1), (usd(80_000) * 100 / 101, usd(80_000) * 10 / 12));
    // New risk sees the worst of the three prices.
    sim.bank_mut(1).size_slope_ppm_per_million_usd = 0;
    sim.wait(1);
    sim.refresh_bank(1, 90 * E8).map(drop).unwrap();
    assert_eq!(sim.counted(1), (usd(80_000), usd(72_000)));
    sim.wait(1);
    sim.refresh_bank(1, 120 * E8).map(drop).unwrap();
    let stable = sim.bank(1).stable;
    assert!(stable < Price::from_bits(100 * RATE_ONE), "the stable price went down with the dip");
    assert_eq!(sim.counted(1).1, stable.notional_floor(1_000 * TOKEN).unwrap() * 8 / 10);
}

proptest! {
    #[test]
    fn what_counts_rises_with_the_amount_and_ever_slower(
        bits in (1_u64 << 30)..(1 << 52), slope in 0_u32..=1_000_000, weight in 0_u32..=990_000,
        amount in 0_u64..(1 << 50), steps in 0_u32..48,
    ) {
        // Down to an atom: the smallest deposit lowers nothing either.
        let step = 1_u64 << steps;
        let bank = Bank { booked: 1 << 62, ..priced(bits, slope, weight) };
        let ((a, new_a), (b, new_b), (c, _)) =
            (counts(&bank, amount), counts(&bank, amount + step), counts(&bank, amount + 2 * step));
        prop_assert!(a <= b && b <= c && new_a <= new_b);
        // Values and results are rounded down: an atom each.
        prop_assert!(c - b <= b - a + 3, "{} then {}", b - a, c - b);
        prop_assert!(new_a <= a && new_b <= b);
    }

    /// Many accounts are no way around the size: for new risk everybody's counts.
    #[test]
    fn splitting_raises_nothing_for_new_risk(
        bits in (1_u64 << 30)..(1 << 52), slope in 0_u32..=1_000_000,
        parts in prop::collection::vec(1_u64..(1 << 46), 1..9), others in 0_u64..(1 << 50),
    ) {
        let whole: u64 = parts.iter().sum();
        let bank = Bank { booked: whole + others, ..priced(bits, slope, 800_000) };
        let split: u64 = parts.iter().map(|part| counts(&bank, *part).1).sum();
        prop_assert!(split <= counts(&bank, whole).1);
    }

    /// Whatever governance and guardian do to a haircut, what counts in maintenance is the same before and after.
    #[test]
    fn no_change_of_a_haircut_is_felt_at_once(
        changes in prop::collection::vec((0_u32..=940_000, 86_400_u32..1_000_000, 0_i64..200_000, any::<bool>()), 1..12),
    ) {
        let exchange = exchange();
        let mut bank = Bank { index: 1, ..other_bank() };
        let mut now = Now { unix: T0, slot: 0 };
        for (haircut_ppm, ramp_secs, secs, by_guardian) in changes {
            now.unix += secs;
            let before = weight_ppm(&bank, now);
            if by_guardian {
                let lower = haircut_ppm < bank.haircut_ppm;
                let done = guard_bank(&exchange, &mut bank, BankGuard::Haircut(haircut_ppm), now);
                prop_assert_eq!(done, if lower { Ok(()) } else { Err(Error::NotTighter) });
            } else {
                let params = BankParams { haircut_ppm, ramp_secs, ..BankParams::of(&bank) };
                change_bank(&exchange, &mut bank, &change(&exchange, &params, now), now).unwrap();
            }
            prop_assert_eq!(weight_ppm(&bank, now), before);
            // Never faster than a day for all of it, and for new risk no more than the new haircut.
            let later = Now { unix: now.unix + 864, ..now };
            prop_assert!(weight_ppm(&bank, later).abs_diff(before) <= 10_000);
            let end = Now { unix: now.unix + i64::from(bank.ramp_secs), ..now };
            prop_assert_eq!(weight_ppm(&bank, end), bank.haircut_ppm);
        }
    }
}

fn exchange() -> Exchange {
    let mut exchange = Exchange::zeroed();
    set_exchange_defaults(&mut exchange);
    (exchange.banks, exchange.launched_at, exchange.admin) = (2, 1, [1; 32]);
    exchange
}

/// A queued change of bank 1's parameters whose time has come now.
fn change(exchange: &Exchange, params: &BankParams, now: Now) -> Change {
    let mut content = [0; CHANGE_LENGTH];
    content[..size_of::<BankParams>()].copy_from_slice(bytes_of(params));
    let queued_at = Now { unix: now.unix - i64::from(exchange.timelock_secs), ..now };
    let mut change = Change::zeroed();
    let proposal = Proposal { kind: Kind::BankParams as u8, target: 1, bump: 0, payer: [0; 32], content: &content };
    queue(&mut { *exchange }, &mut change, &proposal, queued_at).unwrap();
    change
}

/// A haircut of nothing could come at once, if the ramp were cut with it.
#[test]
fn no_ramp_is_shorter_than_a_day() {
    let bank = Bank { index: 1, ..other_bank() };
    let params = |haircut_ppm, ramp_secs| BankParams { haircut_ppm, ramp_secs, ..BankParams::of(&bank) };
    for haircut in [0, 1, 800_000] {
        assert_eq!(params(haircut, 86_399).check_of(1), Err(Error::UnsafeParameters), "{haircut}");
        assert_eq!(params(haircut, 86_400).check_of(1), Ok(()));
    }
    let sound = params(800_000, 86_400);
    assert_eq!(BankParams { cap_usd: 0, ..sound }.check_of(1), Err(Error::UnsafeParameters));
    assert_eq!(BankParams { cap_usd: 0, haircut_ppm: 0, ..sound }.check_of(1), Ok(()));
    assert_eq!(BankParams { sale_discount_max_ppm: 190_000, ..sound }.check_of(1), Ok(()));
    assert_eq!(BankParams { sale_discount_max_ppm: 190_001, ..sound }.check_of(1), Err(Error::UnsafeParameters));
    assert_eq!(BankParams { sale_discount_max_ppm: 4_999, ..sound }.check_of(1), Err(Error::UnsafeParameters));
    assert_eq!(
        BankParams { haircut_ppm: 999_999, ..BankParams::of(&Bank { haircut_ppm: 1_000_000, ..bank }) }.check_of(0),
        Err(Error::UnsafeParameters)
    );
}

/// A haircut that is cut counts at once for new risk, and only with time for what is there.
#[test]
fn a_cut_stops_new_risk_and_harms_nobody() {
    let mut sim = market(0);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    sim.deal(0, 1, 0, 500 * ONE, 1_000);
    let before = sim.health(1).unwrap();
    assert!(sim.initial(1).unwrap().require().is_ok());
    let (exchange, now) = (exchange(), sim.now);
    guard_bank(&exchange, sim.bank_mut(1), BankGuard::Haircut(0), now).unwrap();
    assert_eq!(sim.health(1), Ok(before));
    assert_eq!(sim.initial(1).unwrap().require(), Err(Error::InsufficientMargin));
    assert_eq!(sim.counted(1), (usd(80_000), 0));
    sim.rest(43_200);
    sim.price_bank(1, 100);
    assert_eq!(sim.counted(1).0, u64::from(weight_ppm(sim.bank(1), sim.now)) * 100_000);
    assert!((39_000..40_000).contains(&(sim.counted(1).0 / USD)));
    sim.rest(43_200);
    // At weight 0 no price is asked for.
    assert_eq!(sim.health(1).unwrap().equity, before.equity - 80_000 * USD as i64);
}

/// Where its owner acts, collateral without a young price counts for nothing, and whoever needs it is told so.
#[test]
fn a_stale_price_counts_for_nothing_where_its_owner_acts() {
    let mut sim = market(20_000);
    sim.deposit_in(1, 1, 10 * TOKEN).unwrap();
    sim.wait(61);
    sim.touch_all();
    assert_eq!(sim.health(1).unwrap().equity, 20_000 * USD as i64);
    assert_eq!(sim.initial(1).unwrap().equity, 20_000 * USD as i64);
    sim.withdraw(1, usd(1_000)).unwrap();
    assert_eq!((sim.health_view(1).stale, sim.health_view(0).stale), (1, 0));
    // 400,000 USD ask for 20,000, and for as much of the collateral as USDC are missing.
    sim.deal(0, 1, 0, 400 * ONE, 1_000);
    assert_eq!(sim.withdraw(1, 1), Err(Error::CollateralStale));
    assert_eq!(sim.initial(1).unwrap().require(), Err(Error::CollateralStale));
    // A liquidation looks on, at what it was.
    assert_eq!(sim.liquidation_health(1).unwrap().equity, 19_800 * USD as i64);
    sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    assert_eq!(sim.health(1).unwrap().equity, 19_800 * USD as i64);
    assert_eq!(sim.health_view(1).stale, 0);
    assert_eq!(sim.withdraw(1, 1), Err(Error::InsufficientMargin), "with a price it is not enough either");
}

/// After an hour a price counts for less and less, and nobody is protected from liquidation by what nobody can price.
#[test]
fn what_nobody_prices_fades() {
    let mut sim = market(0);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    let from = sim.bank(1).price_time;
    let at = |sim: &mut Sim, secs: i64| {
        sim.now.unix = from + secs;
        sim.liquidation_health(1).unwrap().equity
    };
    assert_eq!(at(&mut sim, 3_600), 80_000 * USD as i64);
    assert_eq!(at(&mut sim, 3_600 + 43_200), 40_000 * USD as i64);
    assert_eq!(at(&mut sim, 3_600 + 86_400), 0);
    assert_eq!(at(&mut sim, 1 << 40), 0);
    let mut last = i64::MAX;
    for secs in (0..100_000).step_by(977) {
        let equity = at(&mut sim, secs);
        assert!(equity <= last);
        last = equity;
    }
}

#[test]
fn deposits_cure_up_to_the_cap() {
    let mut sim = market(30_000);
    sim.bank_mut(1).cap_usd = 200_000;
    sim.deal(0, 1, 0, 500 * ONE, 1_000);
    sim.move_price(0, 960);
    let _ = sim.begin(1).unwrap();
    sim.deposit_in(1, 1, 50 * TOKEN).unwrap();
    assert_eq!(sim.cure(1), Ok(false));
    sim.deposit_in(1, 1, 450 * TOKEN).unwrap();
    assert_eq!(sim.cure(1), Ok(true));
    // The cap is in USD at the last price.
    assert_eq!(sim.deposit_in(1, 0, 1_500 * TOKEN + 1), Err(Error::DepositCap));
    sim.deposit_in(1, 0, 1_500 * TOKEN).unwrap();
    sim.price_bank(1, 200);
    sim.actors[1].account.flagged_at = sim.now.unix;
    // A flag lets USDC in beyond a cap, which owes nobody more; of what may fall a flag is no way to hold more.
    assert_eq!(sim.deposit_in(1, 1, 1), Err(Error::DepositCap));
    sim.bank.cap_usd = 1;
    sim.deposit(1, 5 * USD).unwrap();
    assert_eq!(sim.deposit(0, 5 * USD), Err(Error::DepositCap));
}

#[test]
fn withdrawals_and_transfers_leave_what_the_rest_needs() {
    let mut sim = market(0);
    sim.actor(0);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    sim.deal(0, 1, 0, 400 * ONE, 1_000);
    // A tenth of 400,000 stays, at 80%: half of it may go.
    assert_eq!(sim.withdraw_from(1, 1, 500 * TOKEN + 1), Err(Error::InsufficientMargin));
    assert_eq!(sim.transfer_in(1, 1, 2, 500 * TOKEN + 1), Err(Error::InsufficientMargin));
    sim.withdraw_from(1, 1, 250 * TOKEN).unwrap();
    sim.transfer_in(1, 1, 2, 249 * TOKEN).unwrap();
    assert_eq!(sim.withdraw_from(1, 1, 2 * TOKEN), Err(Error::InsufficientMargin));
    assert_eq!(sim.withdraw_from(1, 2, 249 * TOKEN + 1), Err(Error::InsufficientCapital));
    assert_eq!(sim.withdraw_from(1, 2, 0), Err(Error::ZeroAmount));
    sim.withdraw_from(1, 2, 249 * TOKEN).unwrap();
    sim.actors[1].account.flagged_at = 1;
    assert_eq!(sim.withdraw_from(1, 1, 1), Err(Error::AccountFlagged));
}

/// Limits in USD are told in the bank's own atoms, here of nine decimals, at its last price.
#[test]
fn limits_are_in_the_tokens_worth() {
    let token = 1_000_000_000;
    let mut sim = market(0);
    let bank = Bank { decimals: 9, outflow_floor_usd: 10_000, cap_usd: 1_000_000, ..other_bank() };
    assert_eq!(sim.add_bank(bank, 125), 2);
    assert_eq!(sim.deposit_in(2, 1, 8_000 * token + 8), Err(Error::DepositCap));
    sim.deposit_in(2, 1, 8_000 * token).unwrap();
    sim.wait(100_000);
    sim.price_bank(2, 125);
    // A tenth of 8,000 tokens, which is more than 10,000 USD.
    assert_eq!(sim.withdraw_from(2, 1, 800 * token + 1), Err(Error::OutflowLimitReached));
    sim.withdraw_from(2, 1, 800 * token).unwrap();
    assert_eq!(sim.withdraw_from(2, 1, token), Err(Error::OutflowLimitReached));
    // At 8 USD the floor is 1,250 tokens: an hour's room is that.
    sim.rest(3_600);
    sim.price_bank(2, 8);
    sim.rest(3_600);
    sim.price_bank(2, 8);
    assert_eq!(sim.withdraw_from(2, 1, 1_250 * token + 1), Err(Error::OutflowLimitReached));
    sim.withdraw_from(2, 1, 1_250 * token).unwrap();
    // The smallest ticket, 100 USD, is twelve and a half.
    assert_eq!(sim.queue_in(2, 1, 12_500_000_000 - 1), Err(Error::TicketTooSmall));
    sim.queue_in(2, 1, 12_500_000_000).unwrap();
}

#[test]
fn the_queue_of_another_bank() {
    let mut sim = market(0);
    sim.bank_mut(1).outflow_floor_usd = 0;
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    sim.wait(100_000);
    sim.price_bank(1, 100);
    // The smallest ticket is 100 USD: one token.
    assert_eq!(sim.queue_in(1, 1, TOKEN - 1), Err(Error::TicketTooSmall));
    sim.queue_in(1, 1, 300 * TOKEN).unwrap();
    sim.queue_in(1, 1, 2 * TOKEN).unwrap();
    assert_eq!(sim.pay_next_in(1), Ok(Payout { paid: 100 * TOKEN, returned: 0, rest: 200 * TOKEN }));
    assert_eq!(sim.pay_next_in(1), Err(Error::OutflowLimitReached));
    // Who needs none of it for margin is paid at an old price, too.
    sim.wait(61);
    sim.touch_all();
    assert_eq!(sim.clone().pay_next_in(1).unwrap().returned, 0);
    // For who does it is brought first, as long as it can be.
    sim.deal(0, 1, 0, ONE, 1_000);
    assert_eq!(sim.pay_next_in(1), Err(Error::CollateralStale));
    sim.wait(3_600);
    sim.touch_all();
    assert_eq!(sim.pay_next_in(1), Ok(Payout { paid: 0, returned: 200 * TOKEN, rest: 0 }));
    assert_eq!(sim.account(1).capital[1], 898 * TOKEN);
    sim.refresh_bank(1, 100 * E8).map(drop).unwrap();
    assert_eq!(sim.pay_next_in(1), Ok(Payout { paid: 2 * TOKEN, returned: 0, rest: 0 }));
    // Not backed any more: it goes back.
    sim.queue_in(1, 1, 800 * TOKEN).unwrap();
    sim.deal(0, 1, 0, 69 * ONE, 1_000);
    sim.price_bank(1, 50);
    assert_eq!(sim.pay_next_in(1).unwrap().returned, 800 * TOKEN);
}

/// `equity = capital + collateral + sum of what the positions are`, and the price at which it is liquidated.
#[test]
fn the_views_tell_it() {
    let mut random = Random::new("views with collateral");
    for _ in 0..cases() / 8 {
        let mut sim = market(random.below(5_000));
        sim.checked = false;
        sim.deposit_in(1, 1, 1 + random.up_to_64(42)).unwrap();
        let side = random.between(0, 1) * 2 - 1;
        sim.deal(0, 1, 0, side * (1 + random.up_to_64(28) as i64), 1_000);
        sim.price_bank(1, random.between(20, 200));
        let told = sim.health_view(1);
        let health = sim.health(1).unwrap();
        assert_eq!((told.equity, told.maintenance, told.target), (health.equity, health.maintenance, health.target));
        let parts: i64 = told.positions.iter().map(|p| p.claims_worth as i64 + p.value + p.quote - p.funding_due).sum();
        assert_eq!(told.equity, (told.capital + told.collateral) as i64 + parts);
        assert_eq!(told.collateral, sim.counted(1).0);
        assert_eq!(told.initial_equity, sim.initial(1).unwrap().equity);
        let price = sim
            .with_view(|view| views::liquidation_price::liquidation_price(sim.account(1), None, view, 1, sim.now))
            .unwrap();
        assert_eq!(price.excess, health.excess());
        let mut excess_at = |bits: u64| {
            sim.places[0].market.mark = Price::from_bits(bits);
            sim.health(1).unwrap().excess()
        };
        if price.below != 0 {
            assert!(side > 0 && excess_at(price.below) < 0 && excess_at(price.below + 1) >= 0);
        }
        if price.above != 0 {
            assert!(side < 0 && excess_at(price.above) < 0 && excess_at(price.above - 1) >= 0);
        }
    }
}

/// The clock of a debt runs exactly while there is one, whoever settles and however it ends. `Sim::check_all` looks at it
/// after every operation.
#[test]
fn a_debt_has_a_beginning() {
    let mut sim = market(0);
    sim.deposit_in(1, 1, 1_000 * TOKEN).unwrap();
    sim.deal(0, 1, 0, 100 * ONE, 1_000);
    sim.move_price(0, 990);
    assert_eq!(sim.account(1).debt_since, 0);
    let begun = sim.now.unix;
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!((sim.account(1).debt_since, sim.position(0, 1).debt), (begun, 1_000 * USD));
    sim.rest(100);
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!(sim.account(1).debt_since, begun);
    // A part of it is not the whole.
    sim.deposit(1, 999 * USD).unwrap();
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!(sim.account(1).debt_since, begun);
    sim.deposit(1, USD).unwrap();
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!(sim.account(1).debt_since, 0);
    sim.move_price(0, 980);
    let _ = sim.settle(0, 1).unwrap();
    let again = sim.now.unix;
    assert_eq!(sim.account(1).debt_since, again);
    sim.move_price(0, 1_000);
    let _ = sim.settle(0, 1).unwrap();
    assert_eq!(sim.account(1).debt_since, 0, "the price paid it");
}
