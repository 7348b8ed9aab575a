//! An exchange with a BTC and a SOL market, liquidity to come, and everybody's keys.

use std::collections::BTreeMap;

use keel_embedded::chain::key;
use keel_embedded::exchange::{Listing, Trader};
use keel_embedded::{Exchange, Executed, Outcome};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::params::Params;
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::state::{Bank, MarginAccount, Market};
use keel_engine::trade::Order;
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{
    AddRange, BeginLiquidation, Leg, LiquidateOnCurve, Refresh, Release, Settle, Trade, TradeLegs,
};
use keel_sdk::path::Reach;
use keel_simulator::Quote;
use keel_simulator::genesis::{self, Genesis, Setting};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Number of the BTC market.
pub const BTC: u16 = 1;
/// Number of the SOL market.
pub const SOL: u16 = 2;

/// First BTC price, in USD.
pub const BTC_PRICE: f64 = 20_000.0;
/// First SOL price, in USD.
pub const SOL_PRICE: f64 = 150.0;
/// Pyth's feed of SOL in USD.
pub const SOL_FEED: &str = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";

/// Unix time at which every world begins.
pub const START: i64 = 1_700_000_000;
/// Seconds between refreshes while time passes: well within every age limit.
const REFRESH_EVERY: i64 = 10;

/// Whole dollars as quote atoms.
pub const fn dollars(amount: u64) -> u64 {
    amount * 1_000_000
}

/// An exchange, its prices, and everybody's keys.
pub struct World {
    /// The exchange.
    pub exchange: Exchange,
    prices: BTreeMap<u16, Quote>,
    keys: Vec<Keypair>,
    relay: Keypair,
}

/// The BTC market of the local network's genesis.
pub fn btc_listing() -> Listing {
    let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
    Listing::of_genesis(genesis.market("BTC").unwrap(), &Quote::of_usd(BTC_PRICE)).unwrap()
}

/// The same parameters for SOL, in contracts of 10: one is worth 1,500 USD.
pub fn sol_listing() -> Listing {
    let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
    let mut market = genesis.market("BTC").unwrap().clone();
    market.name = "SOL".to_owned();
    market.feed_id = SOL_FEED.to_owned();
    market.params.insert("contract_exponent".to_owned(), Setting::Value(1));
    Listing::of_genesis(&market, &Quote::of_usd(SOL_PRICE)).unwrap()
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Two empty markets at their first prices. Panics with what to do where the program is not built.
    pub fn new() -> Self {
        Self::of(|_| {})
    }

    /// The same with other parameters.
    pub fn of(bend: impl Fn(&mut Params)) -> Self {
        let exchange = match Exchange::start(START) {
            Ok(exchange) => exchange,
            Err(error) => panic!("{error:#}"),
        };
        let relay = key("relay");
        let mut world = Self { exchange, prices: BTreeMap::new(), keys: Vec::new(), relay };
        let relay = world.relay.pubkey();
        world.exchange.chain.endow(&relay).unwrap();
        for known in [world.exchange.admin.insecure_clone(), world.exchange.guardian.insecure_clone()] {
            world.know(&known);
        }
        for (mut listing, price) in [(btc_listing(), BTC_PRICE), (sol_listing(), SOL_PRICE)] {
            bend(&mut listing.params);
            world.list(&listing, Quote::of_usd(price));
        }
        world
    }

    /// The same with liquidity of 4 million USD within 2% in either market.
    pub fn with_liquidity() -> Self {
        let mut world = Self::new();
        world.add_liquidity();
        world
    }

    /// Liquidity of 4 million USD within 2% in either market.
    pub fn add_liquidity(&mut self) {
        for (name, width) in [("inner provider", 100), ("outer provider", 200)] {
            let provider = self.open(name, dollars(2_000_000), true);
            for market in [BTC, SOL] {
                self.provide(&provider, market, -width, width, dollars(2_000_000));
            }
        }
    }

    /// Lets everything out of the bank at once, as far as a parameter can.
    pub fn lift_outflow_limit(&mut self) {
        let place = address::bank(&self.exchange.mint);
        let mut bank: Bank = self.exchange.state(&place).unwrap();
        bank.outflow_floor_usd = 10_000_000;
        self.exchange.chain.put_data(&place, &PROGRAM_ID, encode(&bank)).unwrap();
    }

    /// Lists a market.
    pub fn list(&mut self, listing: &Listing, first: Quote) -> u16 {
        let number = self.exchange.list(listing, &first).unwrap();
        self.prices.insert(number, first);
        number
    }

    /// Somebody with a margin account.
    pub fn open(&mut self, name: &str, deposit: u64, with_ranges: bool) -> Trader {
        let trader = self.exchange.open(name, deposit, with_ranges).unwrap();
        self.know(&trader.key);
        trader
    }

    /// Somebody with lamports and nothing else.
    pub fn stranger(&mut self, name: &str) -> Pubkey {
        let key = key(name);
        self.exchange.chain.endow(&key.pubkey()).unwrap();
        self.know(&key);
        key.pubkey()
    }

    /// Adds a key to the ring.
    pub fn know(&mut self, key: &Keypair) {
        self.keys.push(key.insecure_clone());
    }

    /// Sends instructions, signed by whoever they ask for; a relay pays the fee. Panics on a broken equality.
    pub fn try_send(&mut self, instructions: &[Instruction]) -> Outcome {
        let outcome = self.send_unaudited(instructions);
        if let Err(broken) = self.exchange.audit() {
            panic!("{broken:#}");
        }
        outcome
    }

    /// The same without the audit, for what must be refused anyhow.
    pub fn send_unaudited(&mut self, instructions: &[Instruction]) -> Outcome {
        let wanted: Vec<Pubkey> = instructions
            .iter()
            .flat_map(|instruction| &instruction.accounts)
            .filter(|meta| meta.is_signer)
            .map(|meta| meta.pubkey)
            .collect();
        let ring: BTreeMap<Pubkey, &Keypair> = self.keys.iter().map(|key| (key.pubkey(), key)).collect();
        let mut signers = vec![&self.relay];
        signers.extend(ring.iter().filter(|(address, _)| wanted.contains(address)).map(|(_, key)| *key));
        self.exchange.send_unaudited(instructions, &signers)
    }

    /// A copy that goes its own way from here.
    pub fn fork(&self) -> Self {
        let keys = self.keys.iter().map(Keypair::insecure_clone).collect();
        let (exchange, relay) = (self.exchange.fork(), self.relay.insecure_clone());
        Self { exchange, prices: self.prices.clone(), keys, relay }
    }

    /// Does something in a copy of the exchange, and goes on in the exchange as it was.
    pub fn aside<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let copy = self.exchange.fork();
        let kept = std::mem::replace(&mut self.exchange, copy);
        let result = act(self);
        self.exchange = kept;
        result
    }

    /// Sends an instruction that must go through.
    #[track_caller]
    pub fn send(&mut self, instruction: Instruction) -> Executed {
        match self.try_send(&[instruction]) {
            Ok(executed) => executed,
            Err(refused) => panic!("refused: {refused}"),
        }
    }

    /// Sends one whose building needs the chain.
    #[track_caller]
    pub fn send_built(&mut self, instruction: keel_sdk::Result<Instruction>) -> Executed {
        self.send(instruction.unwrap())
    }

    /// Unix time.
    pub fn unix(&self) -> i64 {
        self.exchange.chain.now().unix
    }

    /// Turns the clock and nothing else.
    pub fn sleep(&mut self, secs: i64) {
        let unix = self.unix() + secs;
        self.exchange.chain.set_time(unix);
    }

    /// A second later, the prices as they are, in every market.
    pub fn tick(&mut self) {
        self.sleep(1);
        self.refresh_all();
    }

    /// Lets time pass while keepers refresh every market.
    #[track_caller]
    pub fn wait(&mut self, secs: i64) {
        let until = self.unix() + secs;
        while self.unix() < until {
            let step = REFRESH_EVERY.min(until - self.unix());
            self.sleep(step);
            self.refresh_all();
        }
    }

    /// Changes a market's price from the next publication on.
    pub fn quote(&mut self, market: u16, quote: Quote) {
        self.prices.insert(market, quote);
    }

    /// A price a second later, taken by the market, and three seconds more until the fill index forgets the one before.
    pub fn move_price(&mut self, market: u16, usd: f64) {
        self.quote(market, Quote::of_usd(usd));
        for _ in 0..4 {
            self.tick();
        }
    }

    /// Publishes the present prices, stamped now.
    pub fn publish(&mut self) {
        for (market, quote) in self.prices.clone() {
            self.exchange.publish(market, &quote).unwrap();
        }
    }

    #[track_caller]
    fn refresh_all(&mut self) {
        self.publish();
        for market in self.prices.keys().copied().collect::<Vec<_>>() {
            let refresh = self.refresh(market);
            self.send(refresh);
        }
    }

    /// Address of a market's price account.
    pub fn price_account(&self, market: u16) -> Pubkey {
        self.exchange.feed(market).unwrap().address
    }

    /// A market.
    pub fn market(&self, number: u16) -> Market {
        self.exchange.state(&address::market(number)).unwrap()
    }

    /// A margin account.
    pub fn account(&self, trader: &Trader) -> MarginAccount {
        self.exchange.state(&trader.account).unwrap()
    }

    /// Base that an account holds in a market.
    pub fn base(&self, trader: &Trader, market: u16) -> i64 {
        self.account(trader).position(market).map_or(0, |position| position.base)
    }

    /// Base atoms worth that many quote atoms at a market's index.
    pub fn base_for(&self, market: u16, quote: u64) -> u64 {
        base_at(self.market(market).index, quote)
    }

    /// Refreshes a market.
    pub fn refresh(&self, market: u16) -> Instruction {
        Refresh { market, price: self.price_account(market) }.instruction()
    }

    /// A plain order.
    pub fn order(&self, trader: &Trader, market: u16, side: Side, exact: Exact) -> Trade {
        Trade {
            authority: trader.key.pubkey(),
            account: trader.account,
            market,
            price: self.price_account(market),
            side,
            exact,
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach: Reach::default(),
        }
    }

    /// Plain orders in several markets at once.
    #[track_caller]
    pub fn legs(&self, trader: &Trader, orders: &[(u16, Side, Exact)]) -> Instruction {
        let leg = |(market, side, exact): &(u16, Side, Exact)| Leg {
            market: *market,
            price: self.price_account(*market),
            order: Order { side: *side, exact: *exact, limit: None, reduce_only: false, all_or_nothing: false },
            reach: Reach::default(),
        };
        let legs = orders.iter().map(leg).collect();
        let trade = TradeLegs { authority: trader.key.pubkey(), account: trader.account, legs };
        trade.instruction(&self.exchange.chain).unwrap()
    }

    /// The instruction of an order.
    #[track_caller]
    pub fn built(&self, order: &Trade) -> Instruction {
        order.instruction(&self.exchange.chain).unwrap()
    }

    /// Trades base worth that many quote atoms; must go through.
    #[track_caller]
    pub fn trade(&mut self, trader: &Trader, market: u16, side: Side, quote: u64) -> Executed {
        let base = self.base_for(market, quote);
        let order = self.built(&self.order(trader, market, side, Exact::Base(base)));
        self.send(order)
    }

    /// Liquidity that brings that much quote over a range.
    pub fn liquidity(&self, market: u16, lower: i32, upper: i32, quote: u64) -> u128 {
        let (lower, upper) = (sqrt_price_at_tick(lower).unwrap(), sqrt_price_at_tick(upper).unwrap());
        liquidity_for_quote(quote, lower, upper, self.market(market).peg).unwrap()
    }

    /// A range, wherever the curve stands.
    pub fn range(&self, trader: &Trader, market: u16, lower: i32, upper: i32, quote: u64) -> AddRange {
        AddRange {
            owner: trader.key.pubkey(),
            account: trader.account,
            market,
            price: self.price_account(market),
            lower,
            upper,
            liquidity: self.liquidity(market, lower, upper, quote),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        }
    }

    /// Adds a range; must go through.
    #[track_caller]
    pub fn provide(&mut self, trader: &Trader, market: u16, lower: i32, upper: i32, quote: u64) -> Executed {
        let range = self.range(trader, market, lower, upper, quote).instruction(&self.exchange.chain);
        self.send_built(range)
    }

    /// Settles the owner's position.
    pub fn settle(&self, trader: &Trader, market: u16) -> Instruction {
        Settle { authority: trader.key.pubkey(), account: trader.account, market }.instruction()
    }

    /// Releases the owner's claim at any ratio.
    pub fn release(&self, trader: &Trader, market: u16) -> Instruction {
        Release { owner: trader.key.pubkey(), account: trader.account, market, min_ratio_ppm: 0 }.instruction()
    }

    /// Flags an account.
    #[track_caller]
    pub fn begin_liquidation(&self, account: &Pubkey) -> Instruction {
        BeginLiquidation { account: *account }.instruction(&self.exchange.chain).unwrap()
    }

    /// A step on the curve, as large as allowed.
    #[track_caller]
    pub fn liquidate(&self, keeper: &Trader, account: &Pubkey, market: u16) -> Instruction {
        let step = LiquidateOnCurve {
            keeper: keeper.account,
            account: *account,
            market,
            price: self.price_account(market),
            max_base: u64::MAX,
            reach: Reach::ahead(2),
        };
        step.instruction(&self.exchange.chain).unwrap()
    }
}

/// Base atoms worth that many quote atoms at a price, rounded down.
pub fn base_at(price: Price, quote: u64) -> u64 {
    u64::try_from((u128::from(quote) << 48) / u128::from(price.bits)).unwrap()
}
