//! An exchange on which random things are quoted and then done.

use std::collections::BTreeMap;

use keel_embedded::exchange::Listing;
use keel_embedded::outcome::Refused;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_engine::orders::{Kind, Terms};
use keel_engine::state::{MarginAccount, Market, PlacedOrder, Ranges};
use keel_engine::units::Price;
use keel_sdk::instructions::{AddRange, CancelOrder, ExecuteOrder, PlaceOrder, Refresh, RemoveRange, Trade};
use keel_sdk::path::Reach;
use keel_sdk::{SdkError, address, pyth, quote};
use keel_simulator::Quote;
use keel_simulator::genesis::{self, Genesis};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Quote atoms in a dollar.
pub const USD: u64 = 1_000_000;
/// Base atoms in a contract.
pub const CONTRACT: u64 = 1_000_000_000;
const START: i64 = 1_700_000_000;
const PRICE: f64 = 40_000.0;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    fn is(&mut self, one_of: u64) -> bool {
        self.below(one_of) == 0
    }

    fn side(&mut self) -> Side {
        if self.is(2) { Side::Buy } else { Side::Sell }
    }

    /// An amount of any size up to a power of two.
    fn any_up_to(&mut self, bits: u64) -> u64 {
        self.number() >> (64 - self.below(bits) - 1)
    }
}

/// What came of actions of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub done: u32,
    pub refused: u32,
}

pub struct World {
    pub exchange: Exchange,
    pub traders: Vec<Trader>,
    pub counts: BTreeMap<&'static str, Count>,
    markets: u16,
    /// Prices, in USD.
    prices: Vec<f64>,
    orders: u64,
}

impl World {
    /// Markets with curves of several ranges, and traders of very different means.
    pub fn start(markets: u16, traders: u32) -> Self {
        let quote = Quote::of_usd(PRICE);
        let mut exchange = Exchange::start(START).unwrap();
        exchange.audited = false;
        let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
        let listing = Listing::of_genesis(genesis.market("BTC").unwrap(), &quote).unwrap();
        for _ in 0..markets {
            exchange.list(&listing, &quote).unwrap();
        }
        let mut world = Self {
            exchange,
            traders: Vec::new(),
            counts: BTreeMap::new(),
            markets,
            prices: vec![PRICE; usize::from(markets)],
            orders: 0,
        };
        for market in 1..=markets {
            let provider = world.exchange.open(&format!("provider {market}"), 50_000_000 * USD, true).unwrap();
            for (lower, upper) in [(-400, 400), (-100, 100), (-30, 60), (-60, 10), (20, 90), (-90, -40)] {
                let add = world.range_of(&provider, market, (lower, upper), 20_000_000_000_000);
                let instruction = add.instruction(&world.exchange.chain).unwrap();
                world.exchange.send(&[instruction], &[&provider.key]).unwrap().unwrap();
            }
        }
        for number in 0..traders {
            let means = 2_000_000 * USD >> (2 * number);
            let trader = world.exchange.open(&format!("trader {number}"), means, true).unwrap();
            world.traders.push(trader);
        }
        world
    }

    /// A position and a range in every market for the first trader.
    pub fn fill_up(&mut self) {
        for market in 1..=self.markets {
            let add = self.range_of(&self.traders[0], market, (-200, 300), 1_000_000_000_000);
            let instruction = add.instruction(&self.exchange.chain).unwrap();
            let trade = self.a_trade(0, market, Side::Sell, Exact::Base(CONTRACT / 50), Reach::default());
            self.exchange.send(&[instruction], &[&self.traders[0].key]).unwrap().unwrap();
            self.play_trade(&trade);
        }
    }

    pub fn somebody(&self, random: &mut Random) -> &Trader {
        &self.traders[usize::try_from(random.below(self.traders.len() as u64)).unwrap()]
    }

    pub fn some_market(&self, random: &mut Random) -> u16 {
        1 + u16::try_from(random.below(u64::from(self.markets))).unwrap()
    }

    /// Some seconds, after which each market may have another price; some that nobody trades in are refreshed.
    pub fn let_time_pass(&mut self, random: &mut Random) {
        let secs = if random.is(40) { 400 } else { random.below(6) };
        self.exchange.chain.set_time(self.exchange.chain.now().unix + i64::try_from(secs).unwrap());
        for market in 1..=self.markets {
            if random.is(4) {
                continue;
            }
            let price = &mut self.prices[usize::from(market) - 1];
            *price *= 1.0 + (random.below(2_001) as f64 - 1_000.0) * 1e-6;
            self.exchange.publish(market, &Quote::of_usd(*price)).unwrap();
            if !random.is(3) {
                self.refresh(market);
            }
        }
    }

    /// Seconds with the prices as they are.
    pub fn let_secs_pass(&mut self, secs: i64) {
        self.exchange.chain.set_time(self.exchange.chain.now().unix + secs);
        for market in 1..=self.markets {
            let price = self.prices[usize::from(market) - 1];
            self.exchange.publish(market, &Quote::of_usd(price)).unwrap();
        }
    }

    pub fn refresh_all(&mut self) {
        (1..=self.markets).for_each(|market| self.refresh(market));
    }

    fn refresh(&mut self, market: u16) {
        let refresh = Refresh { market, price: self.price(market) };
        // Its outcome does not matter: the update may be one that is taken already.
        let _outcome = self.exchange.send(&[refresh.instruction()], &[]).unwrap();
    }

    fn price(&self, market: u16) -> Pubkey {
        self.exchange.feed(market).unwrap().address
    }

    pub fn a_trade(&self, trader: usize, market: u16, side: Side, exact: Exact, reach: Reach) -> Trade {
        Trade {
            authority: self.traders[trader].key.pubkey(),
            account: self.traders[trader].account,
            market,
            price: self.price(market),
            side,
            exact,
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach,
        }
    }

    pub fn play_trade(&mut self, trade: &Trade) {
        let instruction = trade.instruction(&self.exchange.chain).unwrap();
        let trader = self.traders.iter().find(|trader| trader.account == trade.account).unwrap();
        self.exchange.send(&[instruction], &[&trader.key]).unwrap().unwrap();
    }

    fn range_of(&self, trader: &Trader, market: u16, (lower, upper): (i32, i32), liquidity: u128) -> AddRange {
        AddRange {
            owner: trader.key.pubkey(),
            account: trader.account,
            market,
            price: self.price(market),
            lower,
            upper,
            liquidity,
            min_sqrt_price: MIN_SQRT_PRICE,
            max_sqrt_price: MAX_SQRT_PRICE,
        }
    }

    /// A random trade, quoted and sent.
    pub fn trade(&mut self, random: &mut Random) {
        let (who, market) =
            (usize::try_from(random.below(self.traders.len() as u64)).unwrap(), self.some_market(random));
        let exact = match random.below(3) {
            0 => Exact::Quote(random.any_up_to(41)),
            _ => Exact::Base(random.any_up_to(36)),
        };
        let side = random.side();
        let reach = Reach { ahead: usize::try_from(random.below(4)).unwrap(), behind: 1 };
        let limit = random.is(3).then(|| {
            let around = 1.0 + (random.below(4_001) as f64 - 2_000.0) * 1e-6;
            price_of(self.prices[usize::from(market) - 1] * around)
        });
        let (reduce_only, all_or_nothing) = (random.is(5), random.is(5));
        let trade = Trade { limit, reduce_only, all_or_nothing, ..self.a_trade(who, market, side, exact, reach) };

        let quoted = quote::trade(&self.exchange.chain, &trade, None, self.exchange.chain.now());
        // With the update told by the caller it is the same.
        let sample = self.sample(market);
        assert_eq!(quoted, quote::trade(&self.exchange.chain, &trade, Some(&sample), self.exchange.chain.now()));
        let sent = trade.instruction(&self.exchange.chain).map(|instruction| self.send(instruction, who));
        if let Some(quoted) = self.agree("trade", quoted, sent) {
            self.is(market, &quoted.market);
            assert_eq!(self.account(who), quoted.account, "{trade:?}");
            let after = quote::health(&self.exchange.chain, &trade.account, self.exchange.chain.now());
            assert_eq!(after, Ok(quoted.health_after), "{trade:?}");
            let price =
                quote::liquidation_price(&self.exchange.chain, &trade.account, market, self.exchange.chain.now());
            assert_eq!(price.ok(), quoted.liquidation_price, "{trade:?}");
        }
    }

    /// A random range, quoted and added.
    pub fn add_range(&mut self, random: &mut Random) {
        let (who, market) =
            (usize::try_from(random.below(self.traders.len() as u64)).unwrap(), self.some_market(random));
        let spacing = i32::try_from(self.market(market).params.tick_spacing).unwrap();
        let mut tick = || i32::try_from(random.below(200)).unwrap() * spacing - 100 * spacing;
        let (one, other) = (tick(), tick());
        let ends = if random.is(10) { (one, other) } else { (one.min(other), one.max(other)) };
        let liquidity = u128::from(random.any_up_to(44));
        let add = self.range_of(&self.traders[who], market, ends, liquidity);
        let quoted = quote::add_range(&self.exchange.chain, &add, None, self.exchange.chain.now());
        let sent = add.instruction(&self.exchange.chain).map(|instruction| self.send(instruction, who));
        if let Some(quoted) = self.agree("add_range", quoted, sent) {
            self.is(market, &quoted.market);
            assert_eq!(self.account(who), quoted.account);
            assert_eq!(self.ranges(who), quoted.ranges);
            assert_eq!(self.ranges(who).ranges[usize::from(quoted.slot)], quoted.range);
            let after = quote::health(&self.exchange.chain, &add.account, self.exchange.chain.now());
            assert_eq!(after, Ok(quoted.health_after));
        }
    }

    /// A range in a random slot, quoted and removed.
    pub fn remove_range(&mut self, random: &mut Random) {
        let who = usize::try_from(random.below(self.traders.len() as u64)).unwrap();
        let (owner, account) = (self.traders[who].key.pubkey(), self.traders[who].account);
        let held: Vec<u8> = (0..8u8).filter(|slot| !self.ranges(who).ranges[usize::from(*slot)].is_empty()).collect();
        let slot = match held.first() {
            Some(slot) if !random.is(10) => *slot,
            _ => u8::try_from(random.below(9)).unwrap(),
        };
        let market = self.ranges(who).ranges.get(usize::from(slot)).map_or(0, |range| range.market);
        let remove = RemoveRange { owner, account, slot };
        let quoted = quote::remove_range(&self.exchange.chain, &remove, self.exchange.chain.now());
        let sent = remove.instruction(&self.exchange.chain).map(|instruction| self.send(instruction, who));
        if let Some(quoted) = self.agree("remove_range", quoted, sent) {
            self.is(market, &quoted.market);
            assert_eq!(self.account(who), quoted.account);
            assert_eq!(self.ranges(who), quoted.ranges);
            let after = quote::health(&self.exchange.chain, &account, self.exchange.chain.now());
            assert_eq!(after, Ok(quoted.health_after));
        }
    }

    /// A random order, quoted and placed, then quoted again and executed; what waits is taken back.
    pub fn order(&mut self, random: &mut Random) {
        let (who, market) =
            (usize::try_from(random.below(self.traders.len() as u64)).unwrap(), self.some_market(random));
        let (authority, account) = (self.traders[who].key.pubkey(), self.traders[who].account);
        self.orders += 1;
        let place = PlaceOrder { authority, account, market, number: self.orders, terms: self.terms(random, market) };
        let (sample, reach) = (self.sample(market), Reach::ahead(3));
        let chain = &self.exchange.chain;
        let quoted = quote::place_order(chain, &place, &sample, reach, chain.now());
        let sent = Ok(self.send(place.instruction(), who));
        let Some(placed) = self.agree("place_order", quoted, sent) else { return };
        let at = address::order(&account, place.number);
        assert_eq!(self.exchange.state::<PlacedOrder>(&at).unwrap(), placed.order);
        assert_eq!(self.account(who), placed.account);

        let (price, number) = (self.price(market), place.number);
        let execute = ExecuteOrder { keeper: authority, account, number, price, reach };
        let quoted = quote::order(&self.exchange.chain, &execute, None, self.exchange.chain.now());
        assert_eq!(quoted, placed.execution.map_err(SdkError::Engine));
        let sent = execute.instruction(&self.exchange.chain).map(|instruction| self.send(instruction, who));
        let quoted = self.agree("execute_order", quoted, sent);
        if let Some(quoted) = quoted {
            self.is(market, &quoted.market);
            assert_eq!(self.account(who), quoted.account);
            let left = self.exchange.chain.data(&at).filter(|data| !data.is_empty());
            assert_eq!(left.is_none(), quoted.executed.ended.is_some());
            if left.is_some() {
                assert_eq!(self.exchange.state::<PlacedOrder>(&at).unwrap(), quoted.order);
            }
        }
        if quoted.is_none_or(|quoted| quoted.executed.ended.is_none()) {
            let cancel = CancelOrder { authority, account, number }.instruction(&self.exchange.chain).unwrap();
            self.send(cancel, who).unwrap();
        }
    }

    /// A limit order or a stop, with a price near the market's.
    fn terms(&self, random: &mut Random, market: u16) -> Terms {
        let none = Price::default();
        let around = 1.0 + (random.below(4_001) as f64 - 2_000.0) * 1e-6;
        let price = price_of(self.prices[usize::from(market) - 1] * around);
        let side = random.side();
        let kind = if random.is(2) { Kind::Limit } else { Kind::Trigger };
        let below = match kind {
            Kind::Limit => side == Side::Buy,
            _ => random.is(2),
        };
        Terms {
            kind,
            side,
            flags: u8::from(random.is(4)),
            amount: random.any_up_to(33),
            below: if below { price } else { none },
            below_limit: none,
            above: if below { none } else { price },
            above_limit: none,
            min_fill: 0,
            tip: random.below(2) * 10_000,
            starts_at: 0,
            expires_at: 0,
            interval_secs: 0,
            slices: 0,
            catch_up: 0,
        }
    }

    /// Counts what was quoted and what came of it, which must be the same. Gives the quote of what was done.
    #[track_caller]
    fn agree<Q: std::fmt::Debug>(
        &mut self,
        what: &'static str,
        quoted: keel_sdk::Result<Q>,
        sent: keel_sdk::Result<Result<(), Refused>>,
    ) -> Option<Q> {
        let count = self.counts.entry(what).or_default();
        match (quoted, sent) {
            (Ok(quoted), Ok(Ok(()))) => {
                count.done += 1;
                Some(quoted)
            }
            (Err(SdkError::Engine(quoted)), Ok(Err(refused))) => {
                count.refused += 1;
                assert_eq!(Some(quoted), refused.error(), "{what}");
                None
            }
            // What cannot be built is not sent.
            (Err(quoted), Err(unsent)) => {
                count.refused += 1;
                assert_eq!(quoted, unsent, "{what}");
                None
            }
            (quoted, sent) => panic!("{what}: {quoted:?} was quoted, {sent:?} came"),
        }
    }

    fn send(&mut self, instruction: Instruction, who: usize) -> Result<(), Refused> {
        self.exchange.chain.next_block();
        self.exchange.send_unaudited(&[instruction], &[&self.traders[who].key]).map(drop)
    }

    fn sample(&self, market: u16) -> keel_engine::oracle::Sample {
        pyth::sample(self.exchange.chain.data(&self.price(market)).unwrap()).unwrap()
    }

    fn market(&self, number: u16) -> Market {
        self.exchange.state(&address::market(number)).unwrap()
    }

    fn account(&self, who: usize) -> MarginAccount {
        self.exchange.state(&self.traders[who].account).unwrap()
    }

    fn ranges(&self, who: usize) -> Ranges {
        self.exchange.state(&address::ranges(&self.traders[who].account)).unwrap()
    }

    /// The market is what was quoted, but for the number of its last event.
    #[track_caller]
    fn is(&self, number: u16, quoted: &Market) {
        let mut market = self.market(number);
        assert!(market.sequence > quoted.sequence);
        market.sequence = quoted.sequence;
        assert!(market == *quoted, "market {number} is not what was quoted");
    }
}

/// A price in USD of a contract as the engine has it: quote atoms for a base atom.
fn price_of(usd: f64) -> Price {
    Price::from_bits((usd / 1_000.0 * 2f64.powi(48)) as u64)
}
