//! Anything in any order: thousands of random instructions by a crowd, on the compiled program, with every equality
//! recomputed after each transaction. Whatever is refused is refused by name.

use std::collections::BTreeMap;

use keel_chain_tests::sort::assert_canonical;
use keel_chain_tests::{BTC, SOL, World, dollars};
use keel_embedded::Reason;
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{Deposit, RemoveRange, Resolve, Settle, SettleRange, UnwindRange, Withdraw};
use keel_sdk::path::Reach;
use keel_simulator::Quote;
use solana_instruction::Instruction;
use solana_signer::Signer;

const STEPS: usize = 2_500;
const ACTORS: usize = 8;

/// A linear congruential generator: the same run every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

struct Play {
    world: World,
    actors: Vec<Trader>,
    prices: BTreeMap<u16, f64>,
    random: Random,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut world = World::with_liquidity();
        let actors = (0..ACTORS).map(|index| {
            let trader = world.open(&format!("actor {index}"), dollars(20_000 + 5_000 * index as u64), true);
            keel_embedded::token::credit(&mut world.exchange.chain, &trader.tokens, dollars(50_000)).unwrap();
            trader
        });
        let actors = actors.collect();
        let prices = [(BTC, 20_000.0), (SOL, 150.0)].into();
        Self { world, actors, prices, random: Random(seed) }
    }

    /// Prices wander, and now and then they jump.
    fn pass_time(&mut self) {
        for (market, price) in &mut self.prices {
            let spread = if self.random.below(12) == 0 { 1_000 } else { 40 };
            let step = self.random.below(2 * spread + 1) as f64 - spread as f64;
            *price *= 1.0 + step / 20_000.0;
            self.world.quote(*market, Quote::of_usd(*price));
        }
        let secs = 1 + self.random.below(12) as i64;
        self.world.sleep(secs);
        self.world.publish();
        for market in [BTC, SOL] {
            let refresh = self.world.refresh(market);
            self.world.send(refresh);
        }
    }

    /// A random instruction, where there is one to be built.
    fn next(&mut self) -> Option<(&'static str, Instruction)> {
        let (who, victim) = (self.random.below(ACTORS as u64) as usize, self.random.below(ACTORS as u64) as usize);
        let market = if self.random.below(3) == 0 { SOL } else { BTC };
        let amount = dollars(1) << self.random.below(20);
        let amount = amount + self.random.below(1_000);
        let (low, width) = (self.random.below(60) as i32 * 2 - 70, self.random.below(30) as i32 * 2 + 2);
        let slot = self.random.below(8) as u8;
        let pick = self.random.below(36);
        let flags = self.random.below(8);
        let (world, trader, other) = (&self.world, &self.actors[who], &self.actors[victim]);
        let chain = &world.exchange.chain;
        let (owner, account) = (trader.key.pubkey(), trader.account);
        let mint = world.exchange.mint;
        let built = match pick {
            0..=9 => {
                let side = if pick.is_multiple_of(2) { Side::Buy } else { Side::Sell };
                let exact =
                    if flags & 1 == 0 { Exact::Base(world.base_for(market, amount)) } else { Exact::Quote(amount) };
                let mut order = world.order(trader, market, side, exact);
                order.reduce_only = flags & 6 == 6;
                order.reach = Reach::ahead(1 + usize::from(flags > 4));
                ("trade", order.instruction(chain))
            }
            10..=11 => ("add_range", world.range(trader, market, low, low + width, amount).instruction(chain)),
            12 => ("remove_range", RemoveRange { owner, account, slot }.instruction(chain)),
            13 => ("settle_range", SettleRange { authority: owner, account, slot }.instruction(chain)),
            14 => ("settle", Ok(world.settle(trader, market))),
            15 => {
                let settle = Settle { authority: owner, account: other.account, market };
                ("settle another", Ok(settle.instruction()))
            }
            16 => ("release", Ok(world.release(trader, market))),
            17 => {
                let deposit = Deposit { authority: owner, account, mint, source: trader.tokens, amount: amount / 64 };
                ("deposit", deposit.instruction(chain))
            }
            18 => {
                let withdraw = Withdraw { owner, account, mint, destination: trader.tokens, amount: amount / 16 };
                ("withdraw", withdraw.instruction(chain))
            }
            19..=24 => ("begin_liquidation", Ok(world.begin_liquidation(&other.account))),
            25..=27 => ("unwind_range", UnwindRange { account: other.account, slot }.instruction(chain)),
            28..=33 => {
                world.account(other).position(market).ok().filter(|position| position.base != 0)?;
                ("liquidate_on_curve", Ok(world.liquidate(trader, &other.account, market)))
            }
            _ => ("resolve", Resolve { account: other.account, market }.instruction(chain)),
        };
        Some((built.0, built.1.ok()?))
    }
}

/// Plays a run; returns how often each instruction went through.
fn play(seed: u64) -> BTreeMap<&'static str, u32> {
    let mut play = Play::new(seed);
    let mut done = BTreeMap::new();
    for step in 0..STEPS {
        if play.random.below(4) == 0 {
            play.pass_time();
        }
        let Some((name, instruction)) = play.next() else { continue };
        match play.world.try_send(&[instruction]) {
            Ok(_) => *done.entry(name).or_insert(0) += 1,
            Err(refused) => match refused.reason {
                // The token program's own: more than the source holds.
                Reason::Chain(text) => {
                    assert!(name == "deposit" && text.ends_with("Custom(1))"), "{step} {name}: {text}")
                }
                Reason::Keel(error) => {
                    assert!(!matches!(error, Error::MathOverflow | Error::Unbalanced), "{step} {name}: {error}");
                }
            },
        }
    }
    assert_canonical(&play.world.exchange.chain, "after everything");
    done
}

#[test]
fn any_order_of_anything() {
    let mut total = BTreeMap::new();
    for seed in [1, 2] {
        for (name, count) in play(seed) {
            *total.entry(name).or_insert(0) += count;
        }
    }
    println!("{total:?}");
    let often = ["trade", "add_range", "remove_range", "settle_range", "settle", "release", "deposit", "withdraw"];
    assert!(often.iter().all(|name| total.get(name).is_some_and(|count| *count > 20)), "{total:?}");
    let seldom = ["begin_liquidation", "liquidate_on_curve"];
    assert!(seldom.iter().all(|name| total.contains_key(name)), "{total:?}");
}
