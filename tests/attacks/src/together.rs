//! Several instructions in one transaction, each with the price update of the attacker's choice.

use keel_embedded::chain::key;
use keel_engine::curve::Exact;
use keel_engine::{Result, Side};
use keel_sdk::instructions::{AddRange, Refresh, RemoveRange, Trade};
use keel_sdk::path::Reach;
use keel_sdk::pyth::{PriceUpdate, Verification};
use keel_simulator::setup::number;
use keel_simulator::{Action, Executor, Quote, RangeAt};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::story::{Story, atoms, order};

/// One part of a transaction.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// What follows brings a fully verified update of this price, published so many seconds ago.
    Post {
        /// USD.
        usd: f64,
        /// Seconds.
        secs_ago: i64,
    },
    /// `refresh`.
    Refresh,
    /// Buys contracts.
    Buy(&'static str, f64),
    /// Sells contracts.
    Sell(&'static str, f64),
    /// Adds a range between two distances in basis points, that many dollars deep.
    Provide(&'static str, i32, i32, u64),
    /// Removes the first range.
    Remove(&'static str),
}

impl Story {
    /// Sends all of it as one signed transaction: all happens, or nothing. Whatever the last update was, publishers go on
    /// with the price that they last stated in the story.
    #[track_caller]
    pub fn together(&mut self, moves: &[Move]) -> Result<()> {
        let (instructions, signers) = self.build(moves);
        let signers: Vec<&Keypair> = signers.iter().collect();
        let outcome = self.player.exchange.send(&instructions, &signers);
        let outcome = outcome.unwrap_or_else(|broken| panic!("{moves:?}: {broken:#}"));
        let result = match outcome {
            Ok(_) => Ok(()),
            Err(refused) => Err(refused.error().unwrap_or_else(|| panic!("{moves:?}: {refused}"))),
        };
        assert_eq!(self.together_on_the_engine(moves), result, "{moves:?}");
        self.compare();
        result
    }

    /// The same on the engine.
    fn together_on_the_engine(&mut self, moves: &[Move]) -> Result<()> {
        let mut after = self.simulator.clone();
        for part in moves {
            let action = self.action(part);
            let _done = after.play(&action)?;
        }
        let (market, quote) = (self.here, self.quotes[self.here]);
        let _published = after.play(&Action::Price { market, quote, published: None })?;
        self.simulator = after;
        Ok(())
    }

    fn action(&self, part: &Move) -> Action {
        let market = self.here;
        let trade = |name: &str, side, contracts| {
            let order = order(side, Exact::Base(atoms(contracts)), false);
            Action::Trade { who: self.who(name), market, order }
        };
        match *part {
            Move::Post { usd, secs_ago } => {
                let published = Some(self.at.cast_signed() - secs_ago);
                Action::Price { market, quote: Quote::of_usd(usd), published }
            }
            Move::Refresh => Action::Refresh { market },
            Move::Buy(name, contracts) => trade(name, Side::Buy, contracts),
            Move::Sell(name, contracts) => trade(name, Side::Sell, contracts),
            Move::Provide(name, lower, upper, dollars) => {
                Action::AddRange { who: self.who(name), market, request: self.range(lower, upper, dollars) }
            }
            Move::Remove(name) => Action::RemoveRange { who: self.who(name), market, range: RangeAt::First },
        }
    }

    /// Each instruction is built as a client sees the chain after those before it; one that is refused there is the last.
    fn build(&mut self, moves: &[Move]) -> (Vec<Instruction>, Vec<Keypair>) {
        let market = number(self.here);
        let now = self.player.now();
        let mut price = self.player.exchange.publish_sample(market, &self.quotes[self.here].sample(now.unix)).unwrap();
        let mut seen = self.player.exchange.fork();
        let (mut all, mut signers) = (Vec::new(), Vec::<Keypair>::new());
        for part in moves {
            let trade = |name: &str, side, contracts: f64| Trade {
                authority: key(name).pubkey(),
                account: self.address(name),
                market,
                price,
                side,
                exact: Exact::Base(atoms(contracts)),
                limit: None,
                reduce_only: false,
                all_or_nothing: false,
                reach: Reach { ahead: 4, behind: 1 },
            };
            let (built, signer) = match *part {
                Move::Post { usd, secs_ago } => {
                    self.posted += 1;
                    price = key(&format!("update {}", self.posted)).pubkey();
                    let update = self.update(Quote::of_usd(usd), now.unix - secs_ago);
                    self.player.exchange.put_update(&price, &update).unwrap();
                    seen.put_update(&price, &update).unwrap();
                    continue;
                }
                Move::Refresh => (Refresh { market, price }.instruction(), None),
                Move::Buy(name, contracts) => {
                    (trade(name, Side::Buy, contracts).instruction(&seen.chain).unwrap(), Some(name))
                }
                Move::Sell(name, contracts) => {
                    (trade(name, Side::Sell, contracts).instruction(&seen.chain).unwrap(), Some(name))
                }
                Move::Provide(name, lower, upper, dollars) => {
                    let request = self.range(lower, upper, dollars);
                    let add = AddRange {
                        owner: key(name).pubkey(),
                        account: self.address(name),
                        market,
                        price,
                        lower,
                        upper,
                        liquidity: request.liquidity,
                        min_sqrt_price: request.min_sqrt_price,
                        max_sqrt_price: request.max_sqrt_price,
                    };
                    (add.instruction(&seen.chain).unwrap(), Some(name))
                }
                Move::Remove(name) => {
                    let remove = RemoveRange { owner: key(name).pubkey(), account: self.address(name), slot: 0 };
                    (remove.instruction(&seen.chain).unwrap(), Some(name))
                }
            };
            let signer = signer.map(key);
            let refused = seen.chain.send(std::slice::from_ref(&built), &signer.iter().collect::<Vec<_>>()).is_err();
            all.push(built);
            signers.extend(signer.filter(|signer| !signers.iter().any(|known| known.pubkey() == signer.pubkey())));
            if refused {
                break;
            }
        }
        (all, signers)
    }

    /// A fully verified update of the market's feed.
    fn update(&self, quote: Quote, publish_time: i64) -> PriceUpdate {
        PriceUpdate {
            write_authority: [7; 32],
            verification: Verification::Full,
            feed_id: self.player.exchange.feed(number(self.here)).unwrap().id,
            price: quote.price,
            conf: quote.conf,
            exponent: quote.exponent,
            publish_time,
            prev_publish_time: publish_time - 1,
            ema_price: quote.ema,
            ema_conf: quote.conf,
            posted_slot: self.player.now().slot,
        }
    }
}
