//! Other collateral than USDC (protocol.md section 7): what it counts, how its prices move, and that a sale keeps to its need
//! and its price.

use keel_engine::Now;
use keel_engine::collateral::{self, Purchase};
use keel_engine::margin;
use keel_engine::oracle::{MarkUse, Sample};
use keel_engine::state::{Bank, MarginAccount};
use keel_engine::units::{MAX_NOTIONAL, Price};
use keel_engine::view::View;
use keel_simulator::Action;
use keel_simulator::action::Done;
use solana_pubkey::Pubkey;

use super::keeper::{account, ratio};
use super::{Checked, Prior, Touched, health, require, with_view};
use crate::sets::USD;
use crate::world::World;

/// Longest time that a slow price and a rate make up for at once.
const MAX_GAP: i64 = 600;

/// Everything about other collateral.
pub(super) fn check(
    world: &World,
    action: &Action,
    done: &Done,
    prior: &Prior,
    touched: &Touched,
    now: Now,
) -> Checked {
    for address in &touched.accounts {
        with_view(world.books(), None, |view| counts(world, address, view, now))?;
    }
    match (action, done) {
        (Action::RefreshBank { bank }, _) => refreshed(world, *bank, now),
        (Action::BuyCollateral { who, bank, by, purchase }, Done::Sold { amount, paid, discount }) => {
            let sale = Sale { who: *who, by: *by, bank: *bank, amount: *amount, paid: *paid, discount: *discount };
            sold(world, &sale, purchase, prior, now)
        }
        _ => Ok(()),
    }
}

fn float(price: Price) -> f64 {
    price.bits as f64 / 2f64.powi(48)
}

/// What is left of a weight whose bank nobody has priced for longer than a liquidation waits.
fn faded(bank: &Bank, weight: f64, now: Now) -> f64 {
    let late = now.unix - bank.price_time - i64::from(collateral::MAX_AGE_LIQUIDATION_SECS);
    weight * (1.0 - late as f64 / f64::from(collateral::FADE_SECS)).clamp(0.0, 1.0)
}

/// The weight by its ramp.
fn weight(bank: &Bank, now: Now) -> f64 {
    let passed = (now.unix - bank.weight_from_at).max(0) as f64;
    let part = if bank.ramp_secs == 0 { 1.0 } else { (passed / f64::from(bank.ramp_secs)).min(1.0) };
    let (from, to) = (ratio(bank.weight_from_ppm), ratio(bank.haircut_ppm));
    from + (to - from) * part
}

/// `V * weight / (1 + slope * size)`, and how far rounding may take an engine from it.
fn counted(bank: &Bank, value: f64, size: f64, weight: f64) -> (f64, f64) {
    let (value, size) = (value.min(MAX_NOTIONAL as f64), size.min(MAX_NOTIONAL as f64));
    let divisor = 1.0 + f64::from(bank.size_slope_ppm_per_million_usd) / 1e6 * size / 1e12;
    (value * weight / divisor, value * 4e-6 + 4.0)
}

/// What an account's other collateral counts is what the formula says, and for new risk never more than in maintenance.
fn counts(world: &World, address: &Pubkey, view: &View, now: Now) -> Checked {
    let Some(account) = world.books().accounts.get(address) else { return Ok(()) };
    let engine = (
        collateral::maintenance_floor(account, view, MarkUse::Any, now),
        collateral::initial_floor(account, view, MarkUse::Any, now),
    );
    let (Ok(maintenance), Ok(initial)) = engine else { return require(false, "collateral can be valued", String::new) };
    require(initial <= maintenance, "collateral counts no more for new risk than in maintenance", || {
        format!("{initial} of {maintenance}")
    })?;
    let (mut least, mut most, mut slack) = (0.0, 0.0, 0.0);
    for (bank, amount) in world.books().other_banks().into_iter().zip(account.capital.into_iter().skip(1)) {
        let (weight, held) = (weight(bank, now), amount as f64);
        let value = held * float(bank.price);
        let (full, rounding) = counted(bank, value, value, faded(bank, weight, now));
        let worst = float(bank.price.min(bank.latest).min(bank.stable));
        let size = amount.max(bank.booked) as f64 * float(bank.price);
        let (cut, _) = counted(bank, held * worst, size, faded(bank, weight.min(ratio(bank.haircut_ppm)), now));
        (most, least, slack) = (most + full, least + cut, slack + rounding);
    }
    let near = |told: u64, expected: f64| (told as f64 - expected).abs() <= slack;
    require(near(maintenance, most) && near(initial, least), "collateral counts at its price less its haircut", || {
        format!("{maintenance} and {initial} of {most} and {least}")
    })
}

/// A sample as a number.
fn published(sample: &Sample) -> f64 {
    sample.price as f64 * 10f64.powi(sample.exponent)
}

/// What became of the updates: no spike and no sudden rise of the rate counts.
fn refreshed(world: &World, number: usize, now: Now) -> Checked {
    let books = (&world.before, world.books());
    let (Some(old), Some(new)) = (books.0.bank(number), books.1.bank(number)) else { return Ok(()) };
    let (old, new) = (&old.bank, &new.bank);
    let Ok((price, rate)) = world.simulator.bank_samples(number) else { return Ok(()) };
    let elapsed = (now.unix - old.refreshed_at).clamp(0, MAX_GAP) as f64;
    if let Some(rate) = rate {
        rates(old, new, &rate, elapsed)?;
    }
    let speed = f64::from(old.stable_speed_ppm_per_hour) / 1e6 / 3_600.0;
    let (from, to) = (float(old.stable), float(new.stable));
    let is_first = old.price_time == 0;
    let most = float(old.latest) * speed * elapsed * (1.0 + 1e-9) + 1e-12;
    require(is_first || (to - from).abs() <= most, "the stable price follows slowly", || {
        format!("from {from} to {to} in {elapsed} s, {most} may")
    })?;
    let of = new.samples;
    let (low, high) = (of[0].min(of[1]).min(of[2]), of[0].max(of[1]).max(of[2]));
    let median = match new.sample_count {
        0 | 1 => of[0],
        2 => of[0].min(of[1]),
        _ => Price::from_bits(
            (u128::from(of[0].bits) + u128::from(of[1].bits) + u128::from(of[2].bits)
                - u128::from(low.bits)
                - u128::from(high.bits)) as u64,
        ),
    };
    require(new.price == median, "the price is the median of the samples", || format!("{:?} of {of:?}", new.price))?;
    if new.price_time == old.price_time {
        return require(new.latest == old.latest, "no price without an update", || format!("{old:?} to {new:?}"));
    }
    let young = now.unix - price.publish_time <= i64::from(old.max_age_price_secs);
    let sure = price.conf as f64 <= price.price as f64 * ratio(old.max_conf_ppm) * (1.0 + 1e-12);
    let later = price.publish_time > old.price_time && new.price_time == price.publish_time;
    require(young && sure && later, "a price is young, later and sure", || format!("{price:?} after {old:?}"))?;
    let certain = Sample { price: price.price - price.conf.cast_signed(), ..price };
    let expected = published(&certain) * 10f64.powi(6 - i32::from(new.decimals)) * (new.rate as f64 / 2f64.powi(48));
    let latest = float(new.latest);
    let near = (latest - expected).abs() <= expected * 1e-9 + 2f64.powi(-46);
    require(near, "a price counts less its confidence, times the rate", || format!("{latest} of {expected}"))
}

/// The rate falls at once and rises at its speed.
fn rates(old: &Bank, new: &Bank, sample: &Sample, elapsed: f64) -> Checked {
    let (from, to) = (old.rate as f64, new.rate as f64);
    if sample.publish_time < old.rate_time {
        return require(old.rate == new.rate, "an older rate is not taken", || format!("{from} to {to}"));
    }
    let stated = published(sample) * 2f64.powi(48);
    let most = from * (1.0 + ratio(old.rate_speed_ppm_per_day) * elapsed / 86_400.0);
    let expected = if old.rate == 0 { stated } else { stated.min(most) };
    // A second's rise is rounded down.
    require(to <= expected * (1.0 + 1e-12) + 1.0, "the rate rises at a bounded speed", || {
        format!("from {from} to {to} in {elapsed} s, {expected} may")
    })?;
    require(to >= expected * (1.0 - 1e-12) - elapsed - 2.0, "the rate falls at once", || format!("{to} of {expected}"))
}

/// A sale as it was told.
struct Sale {
    who: usize,
    by: usize,
    bank: usize,
    amount: u64,
    paid: u64,
    discount: u64,
}

/// What an account owes: debts, and what is left of closed positions.
fn owed(account: &MarginAccount) -> u64 {
    let owed = account.positions.iter().map(|position| {
        if position.base == 0 && position.ranges == 0 { position.quote.min(0).unsigned_abs() } else { position.debt }
    });
    owed.fold(0, u64::saturating_add)
}

/// A sale is of who is in liquidation or owes for long, at the bank's price less the discount, for no more than is needed,
/// and never to the harm of who sells.
fn sold(world: &World, sale: &Sale, purchase: &Purchase, prior: &Prior, now: Now) -> Checked {
    let (Some((_, old)), Some((address, new))) =
        (account(world, &world.before, sale.who), account(world, world.books(), sale.who))
    else {
        return Ok(());
    };
    let (Some(book), Some(before)) = (world.before.bank(sale.bank), prior.health) else { return Ok(()) };
    let bank = &book.bank;
    let is_liquidated = old.flagged_at != 0 && before.is_unhealthy();
    let due = old.debt_since + i64::from(bank.debt_grace_secs);
    let is_due = old.debt_since != 0 && now.unix >= due;
    require(is_liquidated || is_due, "collateral is sold of who is liquidated or owes for long", || {
        format!("{old:?}")
    })?;
    let is_closed = old.ranges == 0 && old.positions.iter().all(|position| position.base == 0);
    let is_over = is_liquidated && old.debt_since != 0 && is_closed;

    let discount = sale.discount as f64 / 2f64.powi(48);
    let (low, high) =
        (ratio(bank.sale_discount_min_ppm), if is_over { 1.0 } else { ratio(bank.sale_discount_max_ppm) });
    require((low - 1e-9..=high + 1e-9).contains(&discount), "a sale keeps to its discount", || {
        format!("{discount} in {low} to {high}")
    })?;
    let (price, amount) = (float(bank.price) * (1.0 - discount), sale.amount as f64);
    let slack = amount * 2f64.powi(-46) + 2.0;
    require(
        (sale.paid as f64 - amount * price).abs() <= slack,
        "collateral is paid at the price less the discount",
        || format!("{} for {amount} at {price}", sale.paid),
    )?;

    let held = old.capital.get(sale.bank).copied().unwrap_or(0);
    let debt = owed(old).saturating_sub(old.usdc()) as f64;
    let mut need = if debt == 0.0 { 0.0 } else { debt / price.max(f64::MIN_POSITIVE) + 1.0 };
    if is_liquidated && !is_over {
        let shortage = (before.target as f64 - before.equity as f64).max(0.0);
        need = need.max(shortage / (float(bank.price) * (1.0 - discount - weight(bank, now))) + 1.0);
    }
    let most = (need * (1.0 + 1e-5) + 2.0).min(held as f64);
    let dust = (held as f64 - most) * float(bank.price) < USD as f64 + 2.0;
    require(amount <= most || (dust && sale.amount <= held), "a sale takes no more than is needed", || {
        format!("{amount} of {held}, {need} needed")
    })?;
    require(sale.amount <= purchase.most, "a buyer gets no more than he asks for", || format!("{amount}"))?;
    moved(world, sale, (old, new))?;

    if let Ok(after) = health(world.books(), None, &address, now) {
        require(is_over || after.excess() >= before.excess(), "no purchase lowers health", || {
            format!("from {} to {}", before.excess(), after.excess())
        })?;
    }
    let Some((_, buyer)) = account(world, world.books(), sale.by) else { return Ok(()) };
    let judged = with_view(world.books(), None, |view| margin::initial(buyer, None, view, &[], now));
    let backed = judged.is_ok_and(|health| {
        i128::from(health.equity) >= i128::from(health.required.max(buyer.lien_floor)) && buyer.flagged_at == 0
    });
    require(backed, "a buyer of collateral is backed", || format!("{judged:?}"))
}

/// What one loses the other gets.
fn moved(world: &World, sale: &Sale, (old, new): (&MarginAccount, &MarginAccount)) -> Checked {
    let (Some((_, had)), Some((_, has))) =
        (account(world, &world.before, sale.by), account(world, world.books(), sale.by))
    else {
        return Ok(());
    };
    let of = |account: &MarginAccount| account.capital.get(sale.bank).map_or(0, |amount| i128::from(*amount));
    let (amount, paid) = (i128::from(sale.amount), i128::from(sale.paid));
    let usdc = |account: &MarginAccount| i128::from(account.usdc());
    let sold = of(old) - of(new) == amount && usdc(new) - usdc(old) == paid;
    let bought = of(has) - of(had) == amount && usdc(had) - usdc(has) == paid;
    require(sold && bought, "what one sells the other buys", || format!("{amount} for {paid}"))
}
