//! Quote == fill over RPC: random trades in three markets, each quoted by the Rust SDK from what the node has, then sent.
//! What comes out is the quote to the byte, and what the quote refuses the program refuses with the same error.
//!
//! The network's clock stands still meanwhile, as a quote is for the second in which it is asked for. `KEEL_TRADES` says how
//! many (10,000).

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use keel_client::{ClientError, Receipt, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::{MarginAccount, Market};
use keel_network_tests::{Network, Person, dollars};
use keel_sdk::SdkError;
use keel_sdk::events::Event;
use keel_sdk::instructions::Trade;
use keel_sdk::quote::TradeQuote;

/// BTC, SOL and ETH in the local network's genesis.
const MARKETS: [u16; 3] = [1, 2, 3];
/// Trades, unless `KEEL_TRADES` says otherwise.
const TRADES: u64 = 10_000;
/// Progress is told so often.
const TOLD_EVERY: u64 = 2_000;
/// More than any trade takes: nothing has to be simulated to know.
const UNITS: u32 = 120_000;

#[test]
fn ten_thousand_quotes_are_their_fills() -> Result<()> {
    let mut network = Network::start(&["--prices", "fixed"])?;
    let client = network.client()?;
    let mint = network.mint()?;
    let provider = Person::new(&client, network.key("lp")?, mint, 0);
    provider.open(dollars(50_000_000))?;
    for market in MARKETS {
        provider.add_range(market, 60, dollars(2_000_000))?;
        provider.add_range(market, 300, dollars(3_000_000))?;
    }
    let trader = Person::new(&client, network.key("alice")?, mint, 0);
    trader.open(dollars(5_000_000))?;
    // A publisher posts a second's price again with another average: it is silent, too.
    for market in ["BTC", "SOL", "ETH"] {
        network.tell(&format!("withhold {market}"))?;
    }
    network.tell("pause")?;

    let trades = std::env::var("KEEL_TRADES").map_or(Ok(TRADES), |text| text.parse())?;
    let (mut random, mut tally, started) = (Random(0x4b65_656c), Tally::default(), Instant::now());
    for number in 1..=trades {
        let trade = drawn(&mut random, &trader)?;
        play(&trader, &trade, &mut tally).with_context(|| format!("trade {number}: {trade:?}"))?;
        if number % TOLD_EVERY == 0 {
            eprintln!("{number} of {trades} after {} s: {tally:?}", started.elapsed().as_secs());
        }
    }
    ensure!(tally.filled > trades / 4, "too few were filled to say anything: {tally:?}");
    ensure!(tally.partly > 0 && tally.refused > 0, "nothing but full fills: {tally:?}");
    network.stop()
}

/// How they ended.
#[derive(Debug, Default)]
struct Tally {
    /// In whole.
    filled: u64,
    /// In part.
    partly: u64,
    /// Not at all.
    refused: u64,
}

/// Quotes a trade, sends it, and compares.
fn play(trader: &Person<'_>, trade: &Trade, tally: &mut Tally) -> Result<()> {
    let quoted = trader.client.quote_trade(trade, None);
    let instruction = trader.client.gather(|accounts| trade.instruction(accounts))?;
    let options = SendOptions { compute_units: Some(UNITS), simulate: false, ..SendOptions::default() };
    let sent = trader.client.send(&[instruction], &[&trader.key], &options);
    match (quoted, sent) {
        (Ok(quote), Ok(receipt)) => {
            compare(trader, trade, &quote, &receipt)?;
            *(if quote.fill.end == keel_engine::curve::End::Filled { &mut tally.filled } else { &mut tally.partly }) +=
                1;
        }
        (Err(ClientError::Sdk(SdkError::Engine(quoted))), Err(ClientError::Program { error, .. })) => {
            ensure!(quoted == error, "the quote refuses with {quoted:?}, the program with {error:?}");
            tally.refused += 1;
        }
        (Ok(quote), Err(error)) => anyhow::bail!("quoted {:?}, refused: {error}", quote.fill),
        (Err(error), Ok(receipt)) => {
            anyhow::bail!("the quote refuses with {error}, the program did {:?}", receipt.events)
        }
        (Err(quoted), Err(sent)) => anyhow::bail!("the quote errs with {quoted}, the program with {sent}"),
    }
    Ok(())
}

/// The event, the market and the account are the quote's.
fn compare(trader: &Person<'_>, trade: &Trade, quote: &TradeQuote, receipt: &Receipt) -> Result<()> {
    let told =
        receipt.events.iter().find_map(|event| if let Event::Traded(traded) = event { Some(traded) } else { None });
    let told = told.context("no event of the trade")?;
    let fill = (told.base, told.quote, told.fee);
    let quoted = (quote.fill.base, quote.fill.quote, quote.fill.fee);
    ensure!(fill == quoted, "quoted (base, quote, fee) {quoted:?}, filled {fill:?}");
    let (market, account) = trader.client.gather(|accounts| {
        let market: Market = keel_sdk::chain::market(accounts, trade.market)?;
        Ok((market, keel_sdk::chain::load::<MarginAccount>(accounts, &trade.account)?))
    })?;
    // The program counts its events in the market: that number is no part of what the engine does.
    let expected = Market { sequence: market.sequence, ..quote.market };
    ensure!(bytemuck::bytes_of(&market) == bytemuck::bytes_of(&expected), "the market is not the quote's");
    ensure!(bytemuck::bytes_of(&account) == bytemuck::bytes_of(&quote.account), "the account is not the quote's");
    Ok(())
}

/// A trade of 10 to 400,000 USD, sometimes with a limit, to reduce only, or all or nothing.
fn drawn(random: &mut Random, trader: &Person<'_>) -> Result<Trade> {
    let market = MARKETS[random.below(3) as usize];
    let size = dollars(10) << random.below(15);
    let size = size + random.below(size) + random.below(1_000_000);
    let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
    let state = trader.client.market(market)?;
    let base = u64::try_from((u128::from(size) << 48) / u128::from(state.index.bits))?;
    let exact = if random.below(2) == 0 { Exact::Quote(size) } else { Exact::Base(base) };
    let trade = trader.order(market, side, exact)?;
    let aside = state.index.bits / 10_000 * random.below(20);
    let limit = match side {
        Side::Buy => state.index.bits + aside,
        Side::Sell => state.index.bits - aside,
    };
    Ok(Trade {
        limit: (random.below(4) == 0).then(|| keel_engine::units::Price::from_bits(limit)),
        reduce_only: random.below(6) == 0,
        all_or_nothing: random.below(6) == 0,
        ..trade
    })
}

/// Numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
