//! What people do, in order: each thing on the engine and on the compiled program, compared byte by byte.

use keel_embedded::{Exchange, Player};
use keel_engine::curve::Exact;
use keel_engine::liquidation::TakeOver;
use keel_engine::margin::{Health, InitialHealth};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::{RangeRequest, liquidity_for_quote};
use keel_engine::state::{MarginAccount, Market, Position, USDC};
use keel_engine::trade::Order;
use keel_engine::units::SqrtPrice;
use keel_engine::{Error, Now, Result, Side};
use keel_simulator::compare::compare;
use keel_simulator::setup::number;
use keel_simulator::{Action, Done, Executor, Quote, RangeAt, Simulator, native};
use solana_pubkey::Pubkey;

use crate::money::Usd;
use crate::stage::PRICE;

/// Base atoms of a contract.
const CONTRACT: f64 = 1e9;
/// Seconds between two refreshes of a keeper.
const REFRESH_EVERY: u64 = 10;
/// Seconds until mark and fill index have followed a new price.
const SETTLING_SECS: u64 = 4;

/// Tick arrays that every market has from the start: everything within 3.8% of the index.
const ARRAYS: std::ops::RangeInclusive<i32> = -3..=2;

/// What a trade did, from the trader's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Base atoms gained.
    pub base: i64,
    /// Money gained, without the fee.
    pub quote: Usd,
    /// The fee.
    pub fee: Usd,
}

/// An exchange in time, with named people on it.
pub struct Story {
    pub(crate) player: Player,
    pub(crate) simulator: Simulator,
    pub(crate) at: u64,
    pub(crate) quotes: Vec<Quote>,
    pub(crate) here: usize,
    /// Transactions with a choice of their own of price updates.
    pub(crate) posted: usize,
    names: Vec<&'static str>,
}

/// Contracts as base atoms.
pub(crate) fn atoms(contracts: f64) -> u64 {
    (contracts * CONTRACT).round() as u64
}

/// An order without a limit.
pub(crate) const fn order(side: Side, exact: Exact, reduce_only: bool) -> Order {
    Order { side, exact, limit: None, reduce_only, all_or_nothing: false }
}

impl Story {
    pub(crate) fn begin(player: Player, names: Vec<&'static str>, markets: usize) -> Self {
        let simulator = player.simulator();
        let quotes = vec![Quote::of_usd(PRICE); markets];
        let mut story = Self { player, simulator, at: 0, quotes, here: 0, posted: 0, names };
        for market in 0..markets {
            for index in ARRAYS {
                let _created = story.play(Action::CreateTickArray { market, index }).unwrap();
            }
        }
        story
    }

    /// Something that one action expresses, on both executors. Panics where they differ.
    #[track_caller]
    pub fn play(&mut self, action: Action) -> Result<Done> {
        let ours = self.simulator.perform(&action).unwrap();
        let theirs = self.player.perform(&action).unwrap_or_else(|broken| panic!("{action:?}: {broken:#}"));
        assert_eq!(ours, theirs, "{action:?}");
        self.compare();
        ours
    }

    #[track_caller]
    pub(crate) fn compare(&self) {
        if let Err(difference) = compare(self.simulator.books(), self.player.books()) {
            panic!("{difference:#}");
        }
    }

    /// Somebody's place in the list.
    #[track_caller]
    pub fn who(&self, name: &str) -> usize {
        self.names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("who is {name}?"))
    }

    /// How many people there are.
    pub(crate) const fn people(&self) -> usize {
        self.names.len()
    }

    /// The exchange on the embedded chain, for what no action expresses. [`Story::resume`] must follow a change.
    pub fn exchange(&mut self) -> &mut Exchange {
        &mut self.player.exchange
    }

    /// The engine goes on from what the chain holds now.
    #[track_caller]
    pub fn resume(&mut self) {
        self.player.exchange.audit().unwrap_or_else(|broken| panic!("{broken:#}"));
        self.simulator = self.player.simulator();
    }

    /// A copy of the engine's exchange as it stands: for what might have been.
    pub fn imagine(&self) -> Simulator {
        self.simulator.clone()
    }

    /// From here on, everything happens in the first (0) or second (1) market.
    pub const fn turn_to(&mut self, market: usize) {
        self.here = market;
    }

    // ---- time and prices

    /// Publishers state a price from now on. Nothing has taken it yet.
    pub fn price(&mut self, usd: f64) {
        self.quote(Quote::of_usd(usd));
    }

    /// The same with a confidence interval and an average of choice.
    pub fn quote(&mut self, quote: Quote) {
        self.quotes[self.here] = quote;
        let _published = self.play(Action::Price { market: self.here, quote, published: None });
    }

    /// Publishers of the market fall silent: the last update is that of this second.
    pub fn silence(&mut self) {
        let (market, quote, published) = (self.here, self.quotes[self.here], Some(self.at.cast_signed()));
        let _published = self.play(Action::Price { market, quote, published });
    }

    /// Publishers state a price, and four seconds later mark and fill index have followed it.
    #[track_caller]
    pub fn move_price(&mut self, usd: f64) {
        self.price(usd);
        for _ in 0..SETTLING_SECS {
            self.sleep(1);
            self.refresh();
        }
    }

    /// Time in which nobody does anything.
    pub fn sleep(&mut self, secs: u64) {
        self.at += secs;
        self.player.turn(self.at);
        self.simulator.turn(self.at);
    }

    /// A keeper refreshes the market with the last price published.
    #[track_caller]
    pub fn refresh(&mut self) {
        let _refreshed = self.play(Action::Refresh { market: self.here }).unwrap();
    }

    /// Time in which keepers refresh every market.
    #[track_caller]
    pub fn wait(&mut self, secs: u64) {
        let until = self.at + secs;
        while self.at < until {
            self.sleep(REFRESH_EVERY.min(until - self.at));
            for market in 0..self.quotes.len() {
                let _refreshed = self.play(Action::Refresh { market }).unwrap();
            }
        }
    }

    // ---- what people do

    /// Trades contracts.
    pub fn try_trade(&mut self, name: &str, side: Side, contracts: f64) -> Result<Fill> {
        self.ask(name, order(side, Exact::Base(atoms(contracts)), false))
    }

    /// Sends any order.
    pub fn ask(&mut self, name: &str, order: Order) -> Result<Fill> {
        let (who, market) = (self.who(name), self.here);
        match self.play(Action::Trade { who, market, order })? {
            Done::Traded { base, quote, fee, .. } => Ok(Fill { base, quote: Usd(quote), fee: fee.into() }),
            other => panic!("a trade that did {other:?}"),
        }
    }

    /// Buys contracts; must go through.
    #[track_caller]
    pub fn buy(&mut self, name: &str, contracts: f64) -> Fill {
        self.try_trade(name, Side::Buy, contracts).unwrap_or_else(|error| panic!("{name} cannot buy: {error}"))
    }

    /// Sells contracts; must go through.
    #[track_caller]
    pub fn sell(&mut self, name: &str, contracts: f64) -> Fill {
        self.try_trade(name, Side::Sell, contracts).unwrap_or_else(|error| panic!("{name} cannot sell: {error}"))
    }

    /// Closes a whole position; must go through.
    #[track_caller]
    pub fn close(&mut self, name: &str) -> Fill {
        let base = self.position(name).base;
        let side = if base > 0 { Side::Sell } else { Side::Buy };
        let asked = order(side, Exact::Base(base.unsigned_abs()), true);
        let fill = self.ask(name, asked).unwrap_or_else(|error| panic!("{name} cannot close: {error}"));
        assert_eq!(fill.base, -base, "{name} closed a part only");
        fill
    }

    /// A range between two distances from the index, in basis points, deep enough to trade so many dollars from one end
    /// to the other.
    pub fn try_provide(&mut self, name: &str, lower: i32, upper: i32, dollars: u64) -> Result<()> {
        let (who, market, request) = (self.who(name), self.here, self.range(lower, upper, dollars));
        self.play(Action::AddRange { who, market, request }).map(drop)
    }

    /// The request for such a range.
    pub fn range(&self, lower: i32, upper: i32, dollars: u64) -> RangeRequest {
        let end = |tick| sqrt_price_at_tick(tick).unwrap();
        let quote = dollars * 1_000_000;
        let liquidity = liquidity_for_quote(quote, end(lower), end(upper), self.market().peg).unwrap();
        let (min_sqrt_price, max_sqrt_price) = (SqrtPrice::from_bits(0), SqrtPrice::from_bits(u128::MAX));
        RangeRequest { lower, upper, liquidity, min_sqrt_price, max_sqrt_price }
    }

    /// The same; must go through.
    #[track_caller]
    pub fn provide(&mut self, name: &str, lower: i32, upper: i32, dollars: u64) {
        self.try_provide(name, lower, upper, dollars)
            .unwrap_or_else(|error| panic!("{name} cannot provide liquidity: {error}"));
    }

    /// Takes the first range off the market.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        let (who, market) = (self.who(name), self.here);
        self.play(Action::RemoveRange { who, market, range: RangeAt::First }).map(drop)
    }

    /// Settles one's own position.
    pub fn settle(&mut self, name: &str) -> Result<Done> {
        self.settle_other(name, name)
    }

    /// Settles the position of `name`, asked for by somebody.
    pub fn settle_other(&mut self, by: &str, name: &str) -> Result<Done> {
        let (who, market, by) = (self.who(name), self.here, self.who(by));
        self.play(Action::Settle { who, market, by })
    }

    /// Settles the first range of `name`, asked for by somebody.
    pub fn settle_range(&mut self, by: &str, name: &str) -> Result<Done> {
        let (who, market, by) = (self.who(name), self.here, self.who(by));
        self.play(Action::SettleRange { who, market, range: RangeAt::First, by })
    }

    /// Pays into the exchange's insurance.
    #[track_caller]
    pub fn insure(&mut self, by: &str, amount: Usd) {
        let (by, amount) = (self.who(by), amount.0.unsigned_abs());
        let _paid = self.play(Action::FundInsurance { by, amount }).unwrap();
    }

    /// The exchange's insurance.
    pub fn insurance(&self) -> Usd {
        self.player.books().exchange.map_or(Usd::ZERO, |exchange| exchange.insurance.into())
    }

    /// Collects what `name` has pledged in the market to the insurance of another.
    pub fn collect(&mut self, name: &str, creditor: usize) -> Result<Usd> {
        let (who, market) = (self.who(name), self.here);
        match self.play(Action::CollectPledged { who, market, creditor })? {
            Done::Collected { paid, .. } => Ok(paid.into()),
            other => panic!("a collection that did {other:?}"),
        }
    }

    /// Releases what is mature, at whatever ratio. Returns what it became.
    pub fn release(&mut self, name: &str) -> Result<Usd> {
        let (who, market) = (self.who(name), self.here);
        match self.play(Action::Release { who, market, min_ratio_ppm: 0 })? {
            Done::Released { paid, .. } => Ok(paid.into()),
            other => panic!("a release that did {other:?}"),
        }
    }

    /// Deposits dollars.
    #[track_caller]
    pub fn deposit(&mut self, name: &str, amount: Usd) {
        let (who, amount) = (self.who(name), amount.0.unsigned_abs());
        let _deposited = self.play(Action::Deposit { who, bank: USDC, amount }).unwrap();
    }

    /// Withdraws dollars.
    pub fn withdraw(&mut self, name: &str, amount: Usd) -> Result<()> {
        let (who, amount) = (self.who(name), amount.0.unsigned_abs());
        self.play(Action::Withdraw { who, bank: USDC, amount }).map(drop)
    }

    /// Flags an account for liquidation.
    pub fn flag(&mut self, name: &str) -> Result<()> {
        let who = self.who(name);
        self.play(Action::BeginLiquidation { who }).map(drop)
    }

    /// Unwinds the first range of a flagged account.
    pub fn unwind(&mut self, name: &str) -> Result<()> {
        let (who, market) = (self.who(name), self.here);
        self.play(Action::UnwindRange { who, market, range: RangeAt::First }).map(drop)
    }

    /// A step of a liquidation on the curve. Returns what the keeper got.
    pub fn liquidate(&mut self, name: &str, by: &str, max_base: u64) -> Result<Usd> {
        let (who, market, by) = (self.who(name), self.here, self.who(by));
        match self.play(Action::LiquidateOnCurve { who, market, by, max_base })? {
            Done::Liquidated { keeper, .. } => Ok(keeper.into()),
            other => panic!("a liquidation that did {other:?}"),
        }
    }

    /// Takes a part of a position over. Returns the base that it gained, negative for what was taken of a long.
    pub fn take_over(&mut self, name: &str, by: &str, max_base: u64) -> Result<i64> {
        let (who, market, by) = (self.who(name), self.here, self.who(by));
        let request = TakeOver { max_base, limit: None };
        match self.play(Action::Liquidate { who, market, by, request })? {
            Done::TakenOver { base, .. } => Ok(base),
            other => panic!("a take-over that did {other:?}"),
        }
    }

    /// Closes a part of a position at mark against a holder, somebody being paid. Returns the base that it gained.
    pub fn deleverage(&mut self, name: &str, holder: &str, by: &str, max_base: u64) -> Result<i64> {
        let (who, market, holder, by) = (self.who(name), self.here, self.who(holder), self.who(by));
        match self.play(Action::Deleverage { who, market, holder, by, max_base })? {
            Done::Deleveraged { base, .. } => Ok(base),
            other => panic!("a deleveraging that did {other:?}"),
        }
    }

    /// Liquidates an unhealthy account until it has recovered or has nothing open, a step every ten seconds. Returns what
    /// the keeper got.
    #[track_caller]
    pub fn liquidate_fully(&mut self, name: &str, by: &str) -> Usd {
        if self.account(name).flagged_at == 0 {
            self.flag(name).unwrap();
        }
        while self.account(name).ranges != 0 {
            self.unwind(name).unwrap();
        }
        let mut pay = Usd::ZERO;
        while self.account(name).flagged_at != 0 && self.position(name).base != 0 {
            pay = match self.liquidate(name, by, u64::MAX) {
                Ok(step) => pay + step,
                // What the curve or the window does not take now, it takes later.
                Err(Error::LimitReached | Error::LiquidityExhausted | Error::StepTooSoon | Error::WindowCapReached) => {
                    pay
                }
                Err(Error::AccountHealthy) => return pay,
                Err(error) => panic!("{name} cannot be liquidated: {error}"),
            };
            self.wait(10);
        }
        pay
    }

    /// Sends what a closed account still owes through the loss order.
    pub fn resolve(&mut self, name: &str) -> Result<Done> {
        let (who, market) = (self.who(name), self.here);
        self.play(Action::Resolve { who, market })
    }

    // ---- what is to be seen

    /// The market.
    pub fn market(&self) -> &Market {
        &self.player.books().markets[&number(self.here)]
    }

    pub(crate) fn address(&self, name: &str) -> Pubkey {
        self.player.account(self.who(name)).unwrap()
    }

    /// Somebody's margin account.
    pub fn account(&self, name: &str) -> &MarginAccount {
        &self.player.books().accounts[&self.address(name)]
    }

    /// Somebody's position in the market; an empty one if there is none.
    pub fn position(&self, name: &str) -> Position {
        let number = number(self.here);
        let held = self.account(name).positions.iter().find(|position| position.market == number);
        held.copied().unwrap_or_else(bytemuck::Zeroable::zeroed)
    }

    /// Equity and maintenance margin.
    pub fn health(&self, name: &str) -> Health {
        native::health(self.player.books(), &self.address(name), self.player.now()).unwrap()
    }

    /// Equity and initial margin.
    pub fn initial(&self, name: &str) -> InitialHealth {
        native::initial(self.player.books(), &self.address(name), self.player.now()).unwrap()
    }

    /// What an account is worth at mark, its claims at what they would be paid.
    pub fn wealth(&self, name: &str) -> Usd {
        Usd(self.health(name).equity)
    }

    /// USDC capital.
    pub fn capital(&self, name: &str) -> Usd {
        self.account(name).usdc().into()
    }

    /// The clock.
    pub fn now(&self) -> Now {
        self.player.now()
    }

    /// The curve's distance from its peg, in parts of one.
    pub fn premium(&self) -> f64 {
        let s = self.market().sqrt_price.get() as f64 / 2f64.powi(64);
        s * s - 1.0
    }
}
