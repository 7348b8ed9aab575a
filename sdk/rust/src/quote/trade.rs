//! A trade, before it is sent.

use keel_engine::book::Book;
use keel_engine::curve::price_floor;
use keel_engine::delegate::{self, MAY_TRADE, Watch};
use keel_engine::oracle::{Sample, fill_peg};
use keel_engine::state::{Bank, MarginAccount, Market, Ranges};
use keel_engine::trade::{self as rules, Fill};
use keel_engine::units::{Price, Rate};
use keel_engine::view::{Others, View};
use keel_engine::views::{fee, liquidation_price};
use keel_engine::{Error, Now, exact, funding, refresh, vault};
use solana_instruction::AccountMeta;

use super::sample_of;
use super::scene::{Scene, health_of};
use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;
use crate::instructions::{DepositAndTrade, Trade, TradeExact, TradeTo};
use crate::views::{HealthView, LiquidationPriceView};

/// What a trade would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeQuote {
    /// The fill.
    pub fill: Fill,
    /// The market after it.
    pub market: Market,
    /// The margin account after it.
    pub account: MarginAccount,
    /// The curve's price before, as the fill is priced, rounded down.
    pub price_before: Price,
    /// And after.
    pub price_after: Price,
    /// Quote over base without the fee, rounded down.
    pub mean_price: Price,
    /// How far the mean price is from `price_before`, in parts per million, rounded up.
    pub impact_ppm: u64,
    /// Fee over quote, rounded up.
    pub fee_rate: Rate,
    /// Health before, in the market as the trade finds it: brought up to date, with the update taken.
    pub health_before: HealthView,
    /// Health after.
    pub health_after: HealthView,
    /// Where the account would be liquidated after it; nothing where it has no position there any more.
    pub liquidation_price: Option<LiquidationPriceView>,
    /// What the net base after it pays within an hour at the funding rate now, in quote atoms, rounded up; negative is what
    /// it gets.
    pub hourly_funding: i64,
}

/// What a trade would do now. `sample` is the update that its price account will hold; without one it is read from the
/// account as it is.
///
/// Errors: those of [`Trade::instruction`], what of its accounts is missing, and every refusal of the program.
pub fn trade(accounts: &impl Accounts, trade: &Trade, sample: Option<&Sample>, now: Now) -> Result<TradeQuote> {
    if sample.is_none() {
        accounts.announce(&[trade.price]);
    }
    let instruction = trade.instruction(accounts)?;
    let passed = instruction.accounts.get(Trade::DECLARED..).unwrap_or_default();
    quoted(accounts, trade, (passed, None), sample, now)
}

/// What a trade within a bound would do now: as [`trade`](fn@trade).
///
/// Errors: those of a trade, `BoundNotMet`.
pub fn trade_exact(
    accounts: &impl Accounts,
    wanted: &TradeExact,
    sample: Option<&Sample>,
    now: Now,
) -> Result<TradeQuote> {
    let whole = Trade { all_or_nothing: true, ..wanted.trade };
    let quote = trade(accounts, &whole, sample, now)?;
    exact::require_bound(&whole.order(), &quote.fill, wanted.bound)?;
    Ok(quote)
}

/// What bringing a position to a target would do now: as [`trade`](fn@trade).
///
/// Errors: those of a trade, `NearTarget`.
pub fn trade_to(accounts: &impl Accounts, wanted: &TradeTo, sample: Option<&Sample>, now: Now) -> Result<TradeQuote> {
    if sample.is_none() {
        accounts.announce(&[wanted.price]);
    }
    trade(accounts, &wanted.trade(accounts)?, sample, now)
}

/// What a deposit with a trade on it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositAndTradeQuote {
    /// The trade; the health before it has the deposit in it.
    pub trade: TradeQuote,
    /// The bank after it.
    pub bank: Bank,
}

/// What a deposit with a trade on it would do now: as [`trade`](fn@trade). Whether the tokens are there is not looked at.
///
/// Errors: those of a deposit and of a trade.
pub fn deposit_and_trade(
    accounts: &impl Accounts,
    wanted: &DepositAndTrade,
    sample: Option<&Sample>,
    now: Now,
) -> Result<DepositAndTradeQuote> {
    let at = address::bank(&wanted.mint);
    accounts.announce(&[at]);
    if sample.is_none() {
        accounts.announce(&[wanted.trade.price]);
    }
    let instruction = wanted.instruction(accounts)?;
    let passed = instruction.accounts.get(DepositAndTrade::DECLARED..).unwrap_or_default();
    let mut bank: Bank = chain::load(accounts, &at)?;
    let trade = quoted(accounts, &wanted.trade, (passed, Some((&mut bank, wanted.deposit))), sample, now)?;
    Ok(DepositAndTradeQuote { trade, bank })
}

/// A trade with the accounts that are passed behind the declared ones, on top of a deposit, if any.
fn quoted(
    accounts: &impl Accounts,
    trade: &Trade,
    (passed, deposit): (&[AccountMeta], Option<(&mut Bank, u64)>),
    sample: Option<&Sample>,
    now: Now,
) -> Result<TradeQuote> {
    let mut scene = Scene::load(accounts, passed, trade.market)?;
    let mut market = chain::market(accounts, trade.market)?;
    let mut account: MarginAccount = chain::load(accounts, &trade.account)?;
    let sample = sample_of(accounts, sample, &trade.price, &market)?;
    let done = scene.play(&mut market, |book, ranges, others| {
        let ranges = ranges.as_deref();
        play(book, (&mut account, ranges, others), (trade, deposit), &sample, now)
    })?;

    let Done { fill, prices: [price_before, price_after], health: [health_before, health_after], liquidation_price } =
        done;
    let held = health_after.positions.iter().find(|position| position.market == trade.market);
    let (base, quote) = (fill.base.unsigned_abs(), fill.quote.unsigned_abs());
    let mean_price = Price::from_bits(fee::mean_price(quote, base));
    Ok(TradeQuote {
        fill,
        price_before,
        price_after,
        mean_price,
        impact_ppm: fee::distance_ppm(mean_price, price_before),
        fee_rate: Rate::from_bits(i64::try_from(fee::fee_rate(fill.fee, quote)).unwrap_or(i64::MAX)),
        health_before,
        health_after,
        liquidation_price,
        hourly_funding: held.map_or(Ok(0), |held| funding::hourly_ceil(&market, held.base))?,
        market,
        account,
    })
}

/// What is seen while the trade is played.
struct Done {
    fill: Fill,
    prices: [Price; 2],
    health: [HealthView; 2],
    liquidation_price: Option<LiquidationPriceView>,
}

/// The program's handler, with a look around before and after.
fn play(
    book: &mut Book,
    (account, ranges, others): (&mut MarginAccount, Option<&Ranges>, Others),
    (trade, deposit): (&Trade, Option<(&mut Bank, u64)>),
    sample: &Sample,
    now: Now,
) -> keel_engine::Result<Done> {
    let by = delegate::allows(account, &trade.authority.to_bytes(), MAY_TRADE, trade.market, now)?;
    let mut others = others;
    if let Some((bank, amount)) = deposit {
        vault::deposit(account, bank, amount, now)?;
        others.declared = Some(bank);
    }
    let _refreshed = refresh::refresh(book.market, Some(sample), now)?;
    // The peg of the fill: a trade moves neither peg nor index.
    let peg = fill_peg(book.market, trade.side, now);
    let price_before = Price::from_bits(price_floor(book.market, peg));
    let health_before = health_of(book, account, ranges, others, now)?;

    let watch = Watch::begin(by, book, account, ranges, others)?;
    let fill = rules::trade_through(book, account, ranges, others, &trade.order(), None, now)?;
    watch.end(book, account, ranges, others)?;

    let view = View { traded: Some((book.market, book.arrays)), others };
    let liquidation_price = match liquidation_price::liquidation_price(account, ranges, &view, trade.market, now) {
        Ok(told) => Some(told),
        Err(Error::PositionNotFound) => None,
        Err(error) => return Err(error),
    };
    let price_after = Price::from_bits(price_floor(book.market, peg));
    let health_after = health_of(book, account, ranges, others, now)?;
    Ok(Done { fill, prices: [price_before, price_after], health: [health_before, health_after], liquidation_price })
}
