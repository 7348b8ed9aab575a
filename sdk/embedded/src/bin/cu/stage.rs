//! What the shapes are measured on: eight markets with deep curves, the first with a tick every hundredth of a percent or
//! two, and the means to move time, prices and positions on a fork of it.

use anyhow::{Result, ensure};
use keel_embedded::books;
use keel_embedded::exchange::Listing;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::{End, Exact};
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_sdk::instructions::{AddRange, Refresh, Trade};
use keel_sdk::path::Reach;
use keel_simulator::genesis::{self, Genesis};
use keel_simulator::{Quote, native};
use solana_instruction::Instruction;
use solana_signer::Signer;

/// When it begins: not at a boundary of a funding step.
const START: i64 = 1_700_000_010;
/// Launch price, in USD.
const PRICE: f64 = 40_000.0;
/// Markets: as many as an account may have positions in.
pub const MARKETS: u16 = 8;
/// The market in which everything is measured.
pub const FIRST: u16 = 1;
/// One more, whose feed has fallen silent.
pub const SLEEPER: u16 = 9;
/// Quote atoms in a million dollars.
pub const MILLION: u64 = 1_000_000_000_000;
/// Base atoms in a contract.
pub const CONTRACT: u64 = 1_000_000_000;
/// Liquidity of a range across the whole curve, and of one that only makes ticks.
const DEEP: u128 = 40_000_000_000_000;
const SHALLOW: u128 = 400_000_000_000;
/// Ticks on each side of the index in the first market.
const TICKS: i32 = 22;

/// The stage.
pub fn build() -> Result<Exchange> {
    let genesis = Genesis::read(&genesis::path("localnet"))?;
    let quote = Quote::of_usd(PRICE);
    let mut exchange = Exchange::start(START)?;
    exchange.audited = false;
    let listing = Listing::of_genesis(genesis.market("BTC")?, &quote)?;
    for _ in 0..MARKETS {
        let _number = exchange.list(&listing, &quote)?;
    }
    let mut sleepy = listing;
    sleepy.params.session_gap_secs = 60;
    let market = exchange.list(&sleepy, &quote)?;
    ensure!(market == SLEEPER, "the sleeper is market {market}");
    let deep = exchange.open("deep", 100 * MILLION, true)?;
    for market in FIRST..=MARKETS {
        add_range(&mut exchange, &deep, market, (-100, 100), DEEP)?;
    }
    for number in 0..TICKS {
        let name = format!("ladder {}", number / 8);
        if number % 8 == 0 {
            exchange.open(&name, 10 * MILLION, true)?;
        }
        let ladder = Trader::named(&name);
        let width = 2 * (number + 1);
        add_range(&mut exchange, &ladder, FIRST, (-width, width), SHALLOW)?;
    }
    exchange.open("night", 100 * MILLION, true)?;
    add_range(&mut exchange, &Trader::named("night"), SLEEPER, (-100, 100), DEEP)?;
    exchange.audit()?;
    advance(&mut exchange, 30, 0)?;
    Ok(exchange)
}

/// Puts a range on a market's curve.
pub fn add_range(
    exchange: &mut Exchange,
    trader: &Trader,
    market: u16,
    ticks: (i32, i32),
    liquidity: u128,
) -> Result<()> {
    let instruction = range(exchange, trader, market, ticks, liquidity)?;
    exchange.send(&[instruction], &[&trader.key])??;
    Ok(())
}

/// The instruction that puts a range on a market's curve.
pub fn range(
    exchange: &Exchange,
    trader: &Trader,
    market: u16,
    (lower, upper): (i32, i32),
    liquidity: u128,
) -> Result<Instruction> {
    let add = AddRange {
        owner: trader.key.pubkey(),
        account: trader.account,
        market,
        price: exchange.feed(market)?.address,
        lower,
        upper,
        liquidity,
        min_sqrt_price: MIN_SQRT_PRICE,
        max_sqrt_price: MAX_SQRT_PRICE,
    };
    Ok(add.instruction(&exchange.chain)?)
}

/// Liquidity of a range that a trader adds.
pub const fn shallow() -> u128 {
    SHALLOW
}

/// Lets time pass and publishes prices near the launch price, a little different in each repetition; all markets but the
/// first are refreshed.
pub fn advance(exchange: &mut Exchange, secs: i64, repetition: u64) -> Result<()> {
    move_to(exchange, secs, PRICE * (1.0 + repetition as f64 * 2e-5))
}

/// The same with a price of the caller's, as a part of the launch price.
pub fn crash(exchange: &mut Exchange, secs: i64, part: f64) -> Result<()> {
    move_to(exchange, secs, PRICE * part)
}

/// Lets the mark of the first market arrive at a part of the launch price: a median takes two samples.
pub fn mark_at(exchange: &mut Exchange, part: f64) -> Result<()> {
    for _ in 0..2 {
        crash(exchange, 2, part)?;
        refresh(exchange, FIRST)?;
    }
    Ok(())
}

fn move_to(exchange: &mut Exchange, secs: i64, price: f64) -> Result<()> {
    exchange.chain.set_time(exchange.chain.now().unix + secs);
    for market in 1..=MARKETS {
        exchange.publish(market, &Quote::of_usd(price))?;
        if market != FIRST {
            refresh(exchange, market)?;
        }
    }
    Ok(())
}

/// Refreshes a market.
pub fn refresh(exchange: &mut Exchange, market: u16) -> Result<()> {
    let refresh = Refresh { market, price: exchange.feed(market)?.address };
    exchange.send(&[refresh.instruction()], &[])??;
    Ok(())
}

/// The instruction that trades an exact amount in a market.
pub fn order(exchange: &Exchange, trader: &Trader, market: u16, side: Side, exact: Exact) -> Result<Instruction> {
    let trade = Trade {
        authority: trader.key.pubkey(),
        account: trader.account,
        market,
        price: exchange.feed(market)?.address,
        side,
        exact,
        limit: None,
        reduce_only: false,
        all_or_nothing: true,
        reach: Reach::default(),
    };
    Ok(trade.instruction(&exchange.chain)?)
}

/// Buys contracts in a market.
pub fn buy(exchange: &mut Exchange, trader: &Trader, market: u16, base: u64) -> Result<()> {
    let instruction = order(exchange, trader, market, Side::Buy, Exact::Base(base))?;
    exchange.send(&[instruction], &[&trader.key])??;
    Ok(())
}

/// Somebody with a deposit and small long positions in that many markets, the first among them.
pub fn holder(exchange: &mut Exchange, markets: u16, deposit: u64) -> Result<Trader> {
    let trader = exchange.open("holder", deposit, true)?;
    for market in 1..=markets {
        buy(exchange, &trader, market, CONTRACT / 10)?;
    }
    Ok(trader)
}

/// Base that crosses exactly that many ticks in the first market, bought.
pub fn base_across(exchange: &Exchange, crossings: u32) -> Result<u64> {
    let books = books::read(&exchange.chain)?;
    let now = exchange.chain.now();
    let crossed = |base: u64| -> Result<u32> {
        let impact = native::impact(&books, FIRST, Side::Buy, Exact::Base(base), now)?;
        ensure!(impact.swapped.end == End::Filled, "the curve is too short");
        Ok(impact.swapped.crossings)
    };
    // The smallest amount that crosses that many, and half a tick on.
    let (mut low, mut high) = (0, CONTRACT);
    while crossed(high)? < crossings {
        high *= 2;
    }
    while high - low > 1_000 {
        let middle = low.midpoint(high);
        if crossed(middle)? < crossings { low = middle } else { high = middle }
    }
    let base = high + CONTRACT / 10;
    ensure!(crossed(base)? == crossings, "no amount crosses {crossings} ticks");
    Ok(base)
}
