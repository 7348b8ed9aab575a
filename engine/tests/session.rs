//! Off hours: when they begin and end, the walking index and the returning peg against the definitions a second at a
//! time, and what takers can make of the reopening.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod funding_model;
mod reference;

use funding_model::{
    INDEX, Market, Params, Price, Sample, Slow, SqrtPrice, T0, Wide, at, cases, market, params, set_tick,
};
use keel_engine::margin::oi_cap_quote;
use keel_engine::oracle::{Taken, age_secs, fill_peg, require_mark, require_tradable_index};
use keel_engine::refresh::{refresh, start};
use keel_engine::{Error, Side};
use proptest::prelude::*;
use reference::session::{Session, Terms};

/// Silence after which the markets here fall asleep.
const GAP: i64 = 100;

/// 100 quote atoms per base atom, as the feed states it.
const BTC: i64 = 10_000_000_000_000;

fn sample(price: i64, publish_time: i64) -> Sample {
    Sample { price, conf: 0, exponent: -8, publish_time, ema_price: price }
}

/// A market that may sleep, in the mode.
fn sleeper(mode: u8) -> Market {
    let mut m = market();
    m.mode = mode;
    m.params.session_gap_secs = GAP as u32;
    m
}

/// One that sleeps, with its curve at a tick.
fn asleep(mode: u8, tick: i32) -> Market {
    let mut m = sleeper(mode);
    set_tick(&mut m, tick);
    pass(&mut m, T0 + GAP + 1);
    assert_eq!(m.session, 1);
    m
}

fn pass(m: &mut Market, unix: i64) {
    let _ = refresh(m, None, at(unix)).unwrap();
}

/// The feed is back with a price.
fn reopen(m: &mut Market, price: i64, unix: i64) {
    let done = refresh(m, Some(&sample(price, unix)), at(unix)).unwrap();
    assert_eq!(done.taken, Some(Taken::Good));
}

/// The curve's price over the index, less 1.
fn premium(m: &Market) -> f64 {
    let s = m.sqrt_price.get() as f64 / 2f64.powi(64);
    s * s * m.peg.bits as f64 / m.index.bits as f64 - 1.0
}

#[test]
fn a_feed_must_be_silent_for_longer_than_the_gap() {
    for mode in [0, 1] {
        let mut m = sleeper(mode);
        pass(&mut m, T0 + GAP);
        assert_eq!((m.session, require_mark(&m, at(T0 + GAP))), (0, Err(Error::MarkStale)));
        let before = (m.peg, m.index, m.mark, m.sqrt_price, m.quote_growth);
        pass(&mut m, T0 + GAP + 1);
        assert_eq!((m.session, m.session_index), (1, INDEX));
        assert_eq!((m.peg, m.index, m.mark, m.sqrt_price, m.quote_growth), before);
    }
}

#[test]
fn a_market_that_may_not_or_is_in_doubt_does_not_sleep() {
    let mut never = sleeper(0);
    never.params.session_gap_secs = 0;
    pass(&mut never, T0 + 100_000);
    let mut guarded = sleeper(0);
    guarded.guard_left = 1;
    pass(&mut guarded, T0 + 100_000);
    assert_eq!((never.session, guarded.session), (0, 0));
}

#[test]
fn a_sleeping_market_is_as_fresh_as_its_last_refresh() {
    let m = asleep(0, 10);
    let seen = m.accrued_at;
    for (age, tradable, mark) in [
        (0, Ok(()), Ok(())),
        (2, Ok(()), Ok(())),
        (3, Err(Error::PriceStale), Ok(())),
        (21, Err(Error::PriceStale), Err(Error::MarkStale)),
    ] {
        let now = at(seen + age);
        assert_eq!(
            (age_secs(&m, now), require_tradable_index(&m, now), require_mark(&m, now)),
            (age as u64, tradable, mark)
        );
    }
}

#[test]
fn the_index_walks_to_the_curve_at_its_speed_and_stays_in_its_band() {
    for (mode, tick) in [(0, 200), (1, 200), (0, -200), (1, -200)] {
        let mut m = asleep(mode, tick);
        let from = m.index;
        // 2% an hour on a grid of a minute, the first boundary 19 seconds on.
        let begin = m.accrued_at;
        for second in 1..=1_200 {
            pass(&mut m, begin + second);
            let steps = ((begin + second) / 60 - begin / 60) as u64;
            let walked = m.index.bits.abs_diff(from.bits);
            assert_eq!(walked, (from.bits as u128 * 20_000 * 60 / 3_600_000_000) as u64 * steps);
            assert_eq!(m.peg, INDEX);
        }
        // It arrives and stays.
        for minute in 0..120 {
            pass(&mut m, begin + 1_200 + minute * 60);
        }
        assert!(premium(&m).abs() < 1e-12, "{}", premium(&m));
        // And no price of the curve takes it out of the band, but back inside one does.
        set_tick(&mut m, tick * 10);
        for minute in 0..600 {
            pass(&mut m, begin + 9_000 + minute * 60);
        }
        let edge = if tick > 0 { INDEX.bits / 100 * 105 } else { INDEX.bits / 100 * 95 };
        assert!(m.index.bits.abs_diff(edge) < 200, "{} {edge}", m.index.bits);
        set_tick(&mut m, 0);
        for minute in 0..600 {
            pass(&mut m, begin + 50_000 + minute * 60);
        }
        assert!(premium(&m).abs() < 1e-12);
    }
}

#[test]
fn without_liquidity_there_is_nowhere_to_walk_to() {
    let mut m = asleep(0, 200);
    m.liquidity = Wide::new(0);
    let begin = m.accrued_at;
    pass(&mut m, begin + 500);
    assert_eq!(m.index, INDEX);
}

#[test]
fn nothing_matures_while_the_index_is_self_made() {
    let mut m = asleep(0, 50);
    let trusted = m.trusted_secs;
    for minute in 1..=600 {
        pass(&mut m, T0 + 200 + minute * 60);
    }
    assert_eq!((m.trusted_secs, trusted), (trusted, u64::from(m.params.max_age_mark_secs)));
}

#[test]
fn margins_rise_and_the_cap_falls() {
    let mut m = asleep(0, 0);
    let awake = Market { session: 0, ..m };
    assert_eq!(oi_cap_quote(&awake), 2 * oi_cap_quote(&m));
    m.params.session_margin_ppm = 3_000_000;
    assert_eq!(oi_cap_quote(&m), oi_cap_quote(&awake) / 3);
}

#[test]
fn the_first_price_ends_it_and_nobody_trades_at_another_price_than_before() {
    for price in [BTC, BTC / 100 * 103, BTC / 100 * 96] {
        let mut m = asleep(0, 30);
        pass(&mut m, T0 + 600);
        let before = m;
        reopen(&mut m, price, T0 + 700);
        assert_eq!((m.session, m.peg, m.sqrt_price), (0, before.peg, before.sqrt_price));
        let index = m.index.bits;
        assert_eq!(m.offset.bits, (u128::from(m.peg.bits) * (1 << 48) / u128::from(index)) as u64);
        let now = at(T0 + 700);
        for side in [Side::Buy, Side::Sell] {
            assert_eq!(fill_peg(&m, side, now), m.peg);
        }
        // The mark is the price's, not that of samples which the curve had made.
        assert_eq!(m.mark, m.index.scale_floor(m.basis_ema));
        // Then the peg returns by 0.5% a minute, on the funding grid.
        let most = Price::ONE.bits / 200;
        let mut last = m.offset.bits;
        for second in 701..1_300 {
            reopen(&mut m, price, T0 + second);
            assert!(m.offset.bits.abs_diff(last) <= most);
            assert_eq!(m.peg.bits, ((u128::from(m.index.bits) * u128::from(m.offset.bits)) >> 48) as u64);
            last = m.offset.bits;
        }
    }
}

#[test]
fn a_fixed_market_wakes_where_it_was() {
    let mut m = asleep(1, 30);
    pass(&mut m, T0 + 600);
    reopen(&mut m, BTC / 100 * 103, T0 + 700);
    let mut other = market();
    other.mode = 1;
    reopen(&mut other, BTC / 100 * 103, T0 + 700);
    assert_eq!((m.peg, m.offset, m.anchor, m.index), (INDEX, other.offset, other.anchor, other.index));
}

#[test]
fn who_is_sound_by_the_price_is_not_judged_by_what_the_curve_had_made_of_it() {
    let mut m = asleep(0, 400);
    for minute in 0..600 {
        pass(&mut m, T0 + 200 + minute * 60);
    }
    assert!(m.mark.bits > INDEX.bits / 100 * 104);
    reopen(&mut m, BTC, T0 + 60_000);
    // Basis 0.5% at most, and it knows of none yet.
    assert!(m.mark.bits < INDEX.bits / 1_000 * 1_006, "{}", m.mark.bits >> 48);
}

#[test]
fn the_peg_returns_only_as_long_as_the_curve_comes_nearer_to_the_index() {
    // The curve has been bought up to a price 3% up: there the peg waits.
    let mut m = asleep(0, 0);
    reopen(&mut m, BTC / 100 * 103, T0 + 200);
    set_tick(&mut m, 290);
    let offset = m.offset;
    for second in 1..=900 {
        reopen(&mut m, BTC / 100 * 103, T0 + 200 + second);
    }
    assert!(m.offset > offset && m.offset.bits < Price::ONE.bits / 1_000 * 972);
    assert!(premium(&m) <= 0.0 && premium(&m) > -1e-12, "{}", premium(&m));
    // Half of it sold, and the peg follows that half.
    set_tick(&mut m, 150);
    for second in 1..=900 {
        reopen(&mut m, BTC / 100 * 103, T0 + 1_200 + second);
    }
    assert!(premium(&m) <= 0.0 && premium(&m) > -1e-12, "{}", premium(&m));
    set_tick(&mut m, 0);
    for second in 1..=900 {
        reopen(&mut m, BTC / 100 * 103, T0 + 2_200 + second);
    }
    assert_eq!((m.offset, m.anchor, m.peg), (Price::ONE, SqrtPrice::ONE, m.index));
}

#[test]
fn a_peg_that_returns_waits_for_a_doubtful_or_silent_feed() {
    let mut m = asleep(0, 0);
    reopen(&mut m, BTC / 100 * 103, T0 + 200);
    let mut doubtful = m;
    doubtful.guard_left = 1;
    pass(&mut doubtful, T0 + 219);
    assert_eq!(doubtful.offset, m.offset);
    // Silent for longer than a mark is fresh: it waits.
    let (mut silent, step) = (m, 60 * (Price::ONE.bits / 200 / 60));
    pass(&mut silent, T0 + 299);
    assert_eq!(silent.offset, m.offset);
    reopen(&mut m, BTC / 100 * 103, T0 + 225);
    let offset = m.offset.bits;
    pass(&mut m, T0 + 299);
    assert!((m.offset.bits - offset).abs_diff(step) < 60);
}

#[test]
fn a_fill_pays_the_worst_index_of_late_times_the_offset() {
    let mut m = asleep(0, 0);
    reopen(&mut m, BTC / 100 * 103, T0 + 200);
    reopen(&mut m, BTC / 100 * 104, T0 + 201);
    let now = at(T0 + 201);
    let (buy, sell) = (fill_peg(&m, Side::Buy, now), fill_peg(&m, Side::Sell, now));
    assert_eq!(buy, m.peg);
    let low = (u128::from(INDEX.bits / 100 * 103) * u128::from(m.offset.bits)) >> 48;
    assert!(u128::from(sell.bits).abs_diff(low) < 200, "{} {low}", sell.bits);
    reopen(&mut m, BTC / 100 * 104, T0 + 210);
    assert_eq!(fill_peg(&m, Side::Sell, at(T0 + 210)), m.peg);
}

#[test]
fn a_listing_is_awake() {
    let mut m = asleep(0, 50);
    let _ = start(&mut m, &sample(BTC, T0 + 900), at(T0 + 900)).unwrap();
    assert_eq!((m.session, m.offset, m.anchor, m.peg), (0, Price::ONE, SqrtPrice::ONE, m.index));
}

/// Parameters of markets that sleep.
fn sleeping_params() -> impl Strategy<Value = Params> {
    (params(), 60..=400_u32, 0..=100_000_u32, 0..=200_000_u32, 0..=100_000_u32).prop_map(
        |(mut p, gap, speed, band, offset)| {
            (p.session_gap_secs, p.session_speed_ppm_per_hour, p.session_band_ppm) = (gap, speed, band);
            p.offset_speed_ppm_per_min = offset;
            p
        },
    )
}

/// What happens between two refreshes.
#[derive(Clone, Debug)]
enum Event {
    Tick(i32),
    Price(i64),
    Drain(bool),
    Guard(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (-600..=600).prop_map(Event::Tick),
        1 => (-150_000..=150_000).prop_map(Event::Tick),
        2 => (-80_000..=80_000_i64).prop_map(|ppm| Event::Price(BTC / 1_000_000 * (1_000_000 + ppm))),
        1 => any::<bool>().prop_map(Event::Drain),
        1 => (0..2_u8).prop_map(Event::Guard),
    ]
}

fn happen(m: &mut Market, event: &Event) {
    let now = m.accrued_at;
    match event {
        Event::Tick(tick) => set_tick(m, *tick),
        // A second price of a second changes nothing.
        Event::Price(price) => {
            let _ = refresh(m, Some(&sample(*price, now)), at(now)).unwrap();
        }
        Event::Drain(drained) => m.liquidity = Wide::new(if *drained { 0 } else { 1 << 60 }),
        Event::Guard(guard) if m.session == 0 => m.guard_left = *guard,
        Event::Guard(_) => {}
    }
}

fn terms(m: &Market) -> Terms {
    let p = &m.params;
    Terms {
        gap: p.session_gap_secs.into(),
        step: p.funding_step_secs.into(),
        speed_ppm: p.session_speed_ppm_per_hour,
        band_ppm: p.session_band_ppm,
        offset_ppm: p.offset_speed_ppm_per_min,
        stable_ppm: p.stable_speed_ppm_per_hour,
        max_age_mark: p.max_age_mark_secs.into(),
        floating: m.mode == 0,
    }
}

fn session(m: &Market) -> Session {
    Session {
        unix: m.accrued_at,
        asleep: m.session == 1,
        origin: m.session_index.bits.into(),
        s: m.sqrt_price.get().into(),
        has_liquidity: m.liquidity.get() != 0,
        guarded: m.guard_left != 0,
        index: m.index.bits.into(),
        index_time: m.index_time,
        peg: m.peg.bits.into(),
        offset: m.offset.bits.into(),
        stable: m.stable.bits.into(),
        returned: false,
    }
}

proptest! {
    #![proptest_config(cases())]

    /// Index, peg, offset and stable price are what the definitions give a second at a time, and funding accrues with
    /// the index of each second; time off hours moves no base, no quote and no `s`.
    #[test]
    fn it_is_the_definitions_a_second_at_a_time(
        p in sleeping_params(), mode in 0..2_u8, plan in prop::collection::vec((event(), 0..700_i64), 1..12),
    ) {
        let mut m = market();
        (m.params, m.mode) = (p, mode);
        for (event, wait) in plan {
            happen(&mut m, &event);
            let wait = wait.min(i64::from(p.max_gap_secs));
            let before = m;
            let (mut expected, mut slow) = (session(&m), Slow::of(&m));
            for second in 0..wait {
                let mut prevails = m;
                (prevails.index, prevails.peg) = (Price::from_bits(expected.index()), Price::from_bits(expected.peg()));
                slow.accrue(&prevails, m.accrued_at + second + 1);
                expected.second(&terms(&m));
            }
            pass(&mut m, before.accrued_at + wait);
            expected.assert_near(&session(&m));
            prop_assert_eq!(slow.trusted_secs, m.trusted_secs);
            if mode == 1 || before.offset == Price::ONE {
                // The peg's own rounding would show in the premium otherwise.
                (slow.basis_sum, slow.basis_secs) = (m.basis_sum.into(), m.basis_secs);
                slow.assert_same(&m);
            }
            let untouched = |m: &Market| (m.sqrt_price, m.quote_growth, m.fee_growth, m.curve_quote, m.long_base, m.pot);
            prop_assert_eq!(untouched(&before), untouched(&m));
        }
    }

    /// n refreshes = 1 refresh for gaps up to `max_gap_secs`, whichever side of falling asleep they lie on.
    #[test]
    fn n_refreshes_are_one(
        p in sleeping_params(), mode in 0..2_u8, warm in prop::collection::vec((event(), 0..400_i64), 0..8),
        gap in 1..=3_600_i64, cuts in prop::collection::vec(0..3_600_i64, 1..10),
    ) {
        let mut once = market();
        (once.params, once.mode) = (p, mode);
        for (event, wait) in warm {
            happen(&mut once, &event);
            let unix = once.accrued_at + wait;
            pass(&mut once, unix);
        }
        let gap = gap.min(i64::from(p.max_gap_secs));
        let (mut often, from) = (once, once.accrued_at);
        pass(&mut once, from + gap);
        let mut cuts: Vec<i64> = cuts.iter().map(|cut| cut % (gap + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            pass(&mut often, from + cut);
        }
        pass(&mut often, from + gap);
        let without_mark = |mut m: Market| {
            (m.mark, m.mark_time, m.mark_next, m.mark_count) = (Price::default(), 0, 0, 0);
            (m.mark_samples, m.basis_ema, m.basis_sum, m.basis_secs) = ([Price::default(); 7], funding_model::Rate::ZERO, 0, 0);
            m
        };
        prop_assert_eq!(without_mark(once), without_mark(often));
    }

    /// The curve's price moves neither when the feed falls silent nor when it is back, whatever it says then.
    #[test]
    fn the_curves_price_jumps_neither_at_the_close_nor_at_the_reopening(
        p in sleeping_params(), mode in 0..2_u8, tick in -500..500, sleep in 1..100_000_i64, ppm in -300_000..300_000_i64,
    ) {
        let mut m = market();
        (m.params, m.mode) = (p, mode);
        set_tick(&mut m, tick);
        let unix = T0 + i64::from(p.session_gap_secs) + sleep;
        pass(&mut m, unix);
        let price = BTC / 1_000_000 * (1_000_000 + ppm);
        let _ = refresh(&mut m, Some(&sample(price, unix)), at(unix)).unwrap();
        prop_assert_eq!((m.peg, m.session), (INDEX, 0));
        for side in [Side::Buy, Side::Sell] {
            prop_assert_eq!(fill_peg(&m, side, at(unix)), INDEX);
        }
    }
}
