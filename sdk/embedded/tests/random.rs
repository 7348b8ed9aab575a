//! A random crowd on two markets of the compiled program: every instruction that a user or keeper can send, prices that
//! jump, ranges everywhere. Every transaction is audited, and every trade and step is compared with the engine's.
//!
//! `KEEL_LONG=1` plays a hundred thousand transactions instead of a few thousand.

use std::collections::BTreeMap;

use keel_embedded::exchange::Listing;
use keel_embedded::genesis::{self, Genesis};
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE};
use keel_engine::trade::Order;
use keel_sdk::instructions::{
    AddRange, BeginLiquidation, LiquidateOnCurve, Refresh, Release, RemoveRange, Resolve, Settle, SettleRange, Trade,
    UnwindRange, Withdraw,
};
use keel_sdk::path::Reach;
use keel_simulator::operations::StepRequest;
use keel_simulator::{Quote, compare::compare, native, operations};
use solana_instruction::Instruction;
use solana_signer::Signer;

const START: i64 = 1_700_000_000;
const USD: u64 = 1_000_000;
const MARKETS: u16 = 2;

struct Crowd {
    exchange: Exchange,
    people: Vec<Trader>,
    keeper: Trader,
    prices: [f64; 2],
    random: u64,
    done: BTreeMap<&'static str, (u32, u32)>,
}

impl Crowd {
    fn new(seed: u64) -> Self {
        let quote = Quote::of_usd(40_000.0);
        let mut exchange = Exchange::start(START).unwrap();
        let genesis = Genesis::read(&genesis::path("localnet")).unwrap();
        let mut listing = Listing::of_genesis(genesis.market("BTC").unwrap(), &quote).unwrap();
        listing.params.min_tick_liquidity = 1_000_000;
        for _ in 0..MARKETS {
            exchange.list(&listing, &quote).unwrap();
        }
        let people = (0..8).map(|n| exchange.open(&format!("person {n}"), 60_000 * USD, true).unwrap()).collect();
        let keeper = exchange.open("keeper", 10 * USD, false).unwrap();
        Self { exchange, people, keeper, prices: [40_000.0; 2], random: seed, done: BTreeMap::new() }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn quote(&self, market: u16) -> Quote {
        let price = self.prices[usize::from(market) - 1];
        Quote { ema: (price * 1e8) as i64, ..Quote::of_usd(price) }
    }

    fn send(&mut self, name: &'static str, instruction: Instruction, who: Option<usize>) -> bool {
        let signers: Vec<_> = who.iter().map(|who| &self.people[*who].key).collect();
        let outcome =
            self.exchange.send(&[instruction], &signers).unwrap_or_else(|broken| panic!("{name}: {broken:#}"));
        let count = self.done.entry(name).or_default();
        match &outcome {
            Ok(_) => count.0 += 1,
            Err(refused) => {
                assert!(refused.error().is_some(), "{name}: {refused}");
                count.1 += 1;
            }
        }
        outcome.is_ok()
    }

    /// Time and prices go on; now and then they jump.
    fn pass(&mut self) {
        let secs = 1 + self.random(20) as i64;
        self.exchange.chain.set_time(self.exchange.chain.now().unix + secs);
        for market in 1..=MARKETS {
            let width = if self.random(40) == 0 { 0.06 } else { 0.001 };
            let moved = (self.random(2_001) as f64 / 1_000.0 - 1.0) * width;
            self.prices[usize::from(market) - 1] *= 1.0 + moved;
            let quote = self.quote(market);
            self.exchange.publish(market, &quote).unwrap();
            if self.random(4) != 0 {
                let price = self.exchange.feed(market).unwrap().address;
                self.send("refresh", Refresh { market, price }.instruction(), None);
            }
        }
    }

    fn trade(&mut self, who: usize, market: u16) {
        let side = if self.random(2) == 0 { Side::Buy } else { Side::Sell };
        let magnitude = self.random(12) + 26;
        let amount = (1u64 << magnitude) + self.random(1 << 10);
        let exact = if self.random(2) == 0 { Exact::Base(amount) } else { Exact::Quote(amount) };
        let (reduce_only, all_or_nothing) = (self.random(4) == 0, self.random(4) == 0);
        let order = Order { side, exact, limit: None, reduce_only, all_or_nothing };
        let (authority, account) = (self.people[who].key.pubkey(), self.people[who].account);
        let feed = self.exchange.feed(market).unwrap();
        let trade = Trade {
            authority,
            account,
            market,
            price: feed.address,
            side,
            exact,
            limit: None,
            reduce_only,
            all_or_nothing,
            // Everything that is initialised, as the engine has it.
            reach: Reach { ahead: 4, behind: 4 },
        };
        let instruction = trade.instruction(&self.exchange.chain).unwrap();
        let (sample, now) = (self.quote(market).sample(feed.published), self.exchange.chain.now());
        let mut natively = self.exchange.books.clone();
        let expected = operations::trade(&mut natively, market, &account, &sample, &order, now);
        let went = self.send("trade", instruction, Some(who));
        match expected {
            Ok(_) if went => compare(&natively, &self.exchange.books).unwrap(),
            Err(_) if !went => {}
            other => panic!("the engine says {other:?}, the program {went}"),
        }
    }

    fn range(&mut self, who: usize, market: u16) {
        let owner = self.people[who].key.pubkey();
        let account = self.people[who].account;
        let slot = self.random(8) as u8;
        match self.random(4) {
            0 | 1 => {
                let lower = self.random(110) as i32 * 2 - 124;
                let upper = (lower + 2 + self.random(30) as i32 * 2).min(252);
                let magnitude = 30 + self.random(14);
                let liquidity = (1u128 << magnitude) + u128::from(self.random(1 << 20));
                let price = self.exchange.feed(market).unwrap().address;
                let (min_sqrt_price, max_sqrt_price) = (MIN_SQRT_PRICE, MAX_SQRT_PRICE);
                let add =
                    AddRange { owner, account, market, price, lower, upper, liquidity, min_sqrt_price, max_sqrt_price };
                let instruction = add.instruction(&self.exchange.chain).unwrap();
                self.send("add_range", instruction, Some(who));
            }
            2 => {
                if let Ok(instruction) = (SettleRange { owner, account, slot }).instruction(&self.exchange.chain) {
                    self.send("settle_range", instruction, Some(who));
                }
            }
            _ => {
                if let Ok(instruction) = (RemoveRange { owner, account, slot }).instruction(&self.exchange.chain) {
                    self.send("remove_range", instruction, Some(who));
                }
            }
        }
    }

    fn money(&mut self, who: usize, market: u16) {
        let owner = self.people[who].key.pubkey();
        let account = self.people[who].account;
        let amount = 1 + self.random(20_000 * USD);
        match self.random(4) {
            0 => {
                let min_ratio_ppm = [0, 1_000_000][self.random(2) as usize];
                self.send("release", Release { owner, account, market, min_ratio_ppm }.instruction(), Some(who));
            }
            1 => {
                let (mint, destination) = (self.exchange.mint, self.people[who].tokens);
                let withdraw = Withdraw { owner, account, mint, destination, amount };
                let instruction = withdraw.instruction(&self.exchange.chain).unwrap();
                self.send("withdraw", instruction, Some(who));
            }
            2 => {
                let other = self.random(8) as usize;
                let other = self.people[other].account;
                self.send("settle", Settle { authority: owner, account: other, market }.instruction(), Some(who));
            }
            _ => {
                let poor = self.exchange.books.accounts[&account].usdc() < 20_000 * USD;
                if poor {
                    let trader = &self.people[who];
                    let funded = self.exchange.fund(trader, 50_000 * USD).unwrap();
                    assert!(funded.is_ok(), "{funded:?}");
                    self.done.entry("deposit").or_default().0 += 1;
                }
            }
        }
    }

    fn liquidate(&mut self, who: usize, market: u16) {
        let account = self.people[who].account;
        let instruction = BeginLiquidation { account }.instruction(&self.exchange.chain).unwrap();
        self.send("begin_liquidation", instruction, None);
        if self.exchange.books.accounts[&account].flagged_at == 0 {
            return;
        }
        for slot in 0..8 {
            if let Ok(instruction) = (UnwindRange { account, slot }).instruction(&self.exchange.chain) {
                self.send("unwind_range", instruction, None);
            }
        }
        for market in [market, 3 - market] {
            let feed = self.exchange.feed(market).unwrap();
            let keeper = self.keeper.account;
            let (price, reach, max_base) = (feed.address, Reach { ahead: 4, behind: 4 }, u64::MAX);
            let step = LiquidateOnCurve { keeper, account, market, price, max_base, reach };
            let Ok(instruction) = step.instruction(&self.exchange.chain) else { continue };
            let (sample, now) = (self.quote(market).sample(feed.published), self.exchange.chain.now());
            let mut natively = self.exchange.books.clone();
            let expected = operations::liquidate_on_curve(
                &mut natively,
                market,
                &account,
                StepRequest { keeper: &keeper, max_base: u64::MAX },
                &sample,
                now,
            );
            let went = self.send("liquidate_on_curve", instruction, None);
            assert_eq!(expected.is_ok(), went, "{expected:?}");
            if went {
                compare(&natively, &self.exchange.books).unwrap();
            }
        }
        if self.exchange.books.accounts[&account].positions.iter().all(|position| position.base == 0) {
            let instruction = Resolve { account, market }.instruction(&self.exchange.chain).unwrap();
            self.send("resolve", instruction, None);
        }
    }

    fn step(&mut self) {
        let (who, market) = (self.random(8) as usize, 1 + self.random(2) as u16);
        match self.random(16) {
            0..=3 => self.pass(),
            4..=8 => self.trade(who, market),
            9..=11 => self.range(who, market),
            12..=13 => self.money(who, market),
            _ => {
                let account = self.people[who].account;
                let now = self.exchange.chain.now();
                let unhealthy = native::health(&self.exchange.books, &account, now).is_ok_and(|h| h.is_unhealthy());
                let flagged = self.exchange.books.accounts[&account].flagged_at != 0;
                // Healthy accounts are tried now and then too: they must be refused.
                if unhealthy || flagged || self.random(10) == 0 {
                    self.liquidate(who, market);
                }
            }
        }
    }
}

#[test]
fn nothing_is_lost_and_the_program_is_the_engine() {
    let steps = if std::env::var_os("KEEL_LONG").is_some() { 100_000 } else { 6_000 };
    let mut crowd = Crowd::new(7);
    for _ in 0..steps {
        crowd.step();
    }
    let went = |name: &str| crowd.done.get(name).map_or(0, |(went, _)| *went);
    for name in ["refresh", "trade", "add_range", "settle_range", "remove_range", "settle", "withdraw", "release"] {
        assert!(went(name) > 10, "{name}: {:?}", crowd.done);
    }
    for name in ["begin_liquidation", "unwind_range", "liquidate_on_curve", "deposit"] {
        assert!(went(name) > 0, "{name}: {:?}", crowd.done);
    }
}
