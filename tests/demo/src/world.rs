//! The exchange with its one market and everyone on it; what agents and keeper can do, each a signed transaction that is
//! audited and, where the engine can be run beside it, compared with it byte for byte.

use anyhow::{Context, Result, ensure};
use keel_embedded::exchange::Listing;
use keel_embedded::genesis::{self, Genesis};
use keel_embedded::{Exchange, Outcome, Trader};
use keel_engine::curve::Exact;
use keel_engine::margin::Health;
use keel_engine::oracle::Sample as EngineSample;
use keel_engine::state::{MarginAccount, Market, Position};
use keel_engine::trade::{Fill, Order};
use keel_engine::{Now, Side};
use keel_sdk::instructions::{Release, Settle, Trade, Withdraw};
use keel_sdk::path::Reach;
use keel_simulator::{Quote, compare::compare, native, operations};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::prices::Sample;
use crate::tally::Tally;

/// The name of the market in the genesis file.
const MARKET: &str = "BTC";
/// Quote atoms in a dollar.
pub const USD: f64 = 1e6;
/// Base atoms in a contract.
const CONTRACT: f64 = 1e9;

/// Everything.
pub struct World {
    pub exchange: Exchange,
    pub market: u16,
    pub tally: Tally,
    /// The price that is published now.
    quote: Quote,
}

impl World {
    /// The exchange at the first price, with the market of the genesis file.
    pub fn start(first: &Sample) -> Result<Self> {
        let genesis = Genesis::read(&genesis::path("localnet"))?;
        let listing = Listing::of_genesis(genesis.market(MARKET)?, &first.quote)?;
        let mut exchange = Exchange::start(first.unix)?;
        let market = exchange.list(&listing, &first.quote)?;
        Ok(Self { exchange, market, tally: Tally::default(), quote: first.quote })
    }

    /// Opens somebody with a deposit in USD.
    pub fn open(&mut self, name: &str, deposit: f64, with_ranges: bool) -> Result<Trader> {
        self.exchange.open(name, (deposit * USD) as u64, with_ranges)
    }

    /// Turns the clock and publishes a price.
    pub fn publish(&mut self, unix: i64, quote: Quote) -> Result<()> {
        self.exchange.chain.set_time(unix);
        self.quote = quote;
        self.exchange.publish(self.market, &quote)
    }

    pub fn now(&self) -> Now {
        self.exchange.chain.now()
    }

    /// The published price as the engine reads it.
    pub fn sample(&self) -> Result<EngineSample> {
        Ok(self.quote.sample(self.exchange.feed(self.market)?.published))
    }

    pub fn price_account(&self) -> Result<Pubkey> {
        Ok(self.exchange.feed(self.market)?.address)
    }

    /// The market as of the last transaction.
    pub fn state(&self) -> Result<&Market> {
        self.exchange.books.markets.get(&self.market).context("the market is gone")
    }

    /// A margin account as of the last transaction.
    pub fn account(&self, address: &Pubkey) -> Result<&MarginAccount> {
        self.exchange.books.accounts.get(address).context("a margin account is gone")
    }

    /// The account's position in the market, if it has one.
    pub fn position(&self, address: &Pubkey) -> Option<&Position> {
        self.exchange.books.accounts.get(address)?.position(self.market).ok()
    }

    /// Base held, in contracts.
    pub fn contracts(&self, address: &Pubkey) -> f64 {
        self.position(address).map_or(0.0, |position| position.base as f64 / CONTRACT)
    }

    /// Equity in USD and health, if the mark is fresh.
    pub fn health(&self, address: &Pubkey) -> Option<Health> {
        native::health(&self.exchange.books, address, self.now()).ok()
    }

    /// Equity in USD as it counts for new risk: without profit that is not mature.
    pub fn free_equity(&self, address: &Pubkey) -> f64 {
        native::initial(&self.exchange.books, address, self.now()).map_or(0.0, |initial| initial.equity as f64 / USD)
    }

    /// Equity in USD.
    pub fn equity(&self, address: &Pubkey) -> f64 {
        self.health(address).map_or(0.0, |health| health.equity as f64 / USD)
    }

    /// Sends one instruction and counts it.
    pub fn send(&mut self, name: &'static str, instruction: Instruction, trader: Option<&Trader>) -> Result<Outcome> {
        let signers: Vec<_> = trader.iter().map(|trader| &trader.key).collect();
        let outcome = self.exchange.send(&[instruction], &signers);
        let outcome = outcome.with_context(|| format!("transaction {}, {name}", self.tally.transactions + 1))?;
        self.tally.count(name, &outcome);
        self.tally.equalities += u64::from(self.exchange.findings.equalities);
        Ok(outcome)
    }

    /// Sends an instruction that the engine has played already, and compares: both refuse with the same error, or both
    /// leave the same bytes.
    pub fn send_mirrored<R>(
        &mut self,
        name: &'static str,
        instruction: Instruction,
        trader: Option<&Trader>,
        play: impl FnOnce(&mut keel_simulator::Books) -> Result<R, keel_engine::Error>,
    ) -> Result<Option<R>> {
        let mut native = self.exchange.books.clone();
        let expected = play(&mut native);
        let outcome = self.send(name, instruction, trader)?;
        let place =
            || format!("transaction {}, {name} (is the program built from these sources?)", self.tally.transactions);
        match (&expected, &outcome) {
            (Ok(_), Ok(_)) => compare(&native, &self.exchange.books).with_context(place)?,
            (Err(ours), Err(theirs)) if theirs.error() == Some(*ours) => {}
            (Err(ours), Err(theirs)) => anyhow::bail!("{}: the engine says {ours}, the program {theirs}", place()),
            (Err(ours), Ok(_)) => anyhow::bail!("{}: the engine refuses ({ours}), the program does not", place()),
            (Ok(_), Err(theirs)) => anyhow::bail!("{}: the program refuses ({theirs}), the engine does not", place()),
        }
        self.tally.mirrored += 1;
        Ok(expected.ok())
    }

    /// Trades base, in contracts; positive buys. Returns the fill, or nothing if it was refused.
    pub fn trade(&mut self, trader: &Trader, contracts: f64, reduce_only: bool) -> Result<Option<Fill>> {
        let side = if contracts > 0.0 { Side::Buy } else { Side::Sell };
        self.trade_exact(trader, side, Exact::Base((contracts.abs() * CONTRACT) as u64), reduce_only)
    }

    /// Trades an exact amount.
    pub fn trade_exact(
        &mut self,
        trader: &Trader,
        side: Side,
        exact: Exact,
        reduce_only: bool,
    ) -> Result<Option<Fill>> {
        let order = Order { side, exact, limit: None, reduce_only, all_or_nothing: false };
        let instruction = Trade {
            authority: trader.key.pubkey(),
            account: trader.account,
            market: self.market,
            price: self.price_account()?,
            side,
            exact,
            limit: None,
            reduce_only,
            all_or_nothing: false,
            reach: Reach::default(),
        };
        let instruction = instruction.instruction(&self.exchange.chain)?;
        let (sample, now, market) = (self.sample()?, self.now(), self.market);
        let fill = self.send_mirrored("trade", instruction, Some(trader), |books| {
            operations::trade(books, market, &trader.account, &sample, &order, now)
        })?;
        if let Some(fill) = &fill {
            self.tally.fills += 1;
            self.tally.volume += fill.quote.unsigned_abs();
            self.tally.fees += fill.fee;
            self.tally.crossings += u64::from(fill.crossings);
        }
        Ok(fill)
    }

    /// Settles a position: by the holder, or by somebody else where the protocol lets others.
    pub fn settle(&mut self, by: &Trader, account: &Pubkey) -> Result<Outcome> {
        let settle = Settle { authority: by.key.pubkey(), account: *account, market: self.market };
        self.send("settle", settle.instruction(), Some(by))
    }

    /// Releases what is mature of a trader's claim, at no less than a ratio.
    pub fn release(&mut self, trader: &Trader, min_ratio_ppm: u32) -> Result<Outcome> {
        let before = (self.account(&trader.account)?.usdc(), self.state()?.claims);
        let (owner, account) = (trader.key.pubkey(), trader.account);
        let release = Release { owner, account, market: self.market, min_ratio_ppm };
        let outcome = self.send("release", release.instruction(), Some(trader))?;
        if outcome.is_ok() {
            self.tally.released.0 += before.1 - self.state()?.claims;
            self.tally.released.1 += self.account(&trader.account)?.usdc() - before.0;
        }
        Ok(outcome)
    }

    /// Withdraws USD.
    pub fn withdraw(&mut self, trader: &Trader, usd: f64) -> Result<Outcome> {
        let withdraw = Withdraw {
            owner: trader.key.pubkey(),
            account: trader.account,
            mint: self.exchange.mint,
            destination: trader.tokens,
            amount: (usd * USD) as u64,
        };
        let instruction = withdraw.instruction(&self.exchange.chain)?;
        self.send("withdraw", instruction, Some(trader))
    }

    /// Deposits USD from outside.
    pub fn deposit(&mut self, trader: &Trader, usd: f64) -> Result<()> {
        ensure!(usd > 0.0, "a deposit of nothing");
        let outcome = self.exchange.fund(trader, (usd * USD) as u64);
        let outcome = outcome.with_context(|| format!("transaction {}, deposit", self.tally.transactions + 1))?;
        self.tally.count("deposit", &outcome);
        self.tally.equalities += u64::from(self.exchange.findings.equalities);
        Ok(())
    }
}
