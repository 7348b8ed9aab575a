//! Random transactions, as the program's handlers make and log them.

mod liquidation;

use std::collections::BTreeMap;

use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use bytemuck::{Pod, Zeroable};
use keel::events::{self as program, Folding};
use keel_engine::curve::{End, Exact};
use keel_engine::exchange_params::set_pool_defaults;
use keel_engine::params::Params;
use keel_engine::state::{MarginAccount, Mode, Ranges, Ticket};
use keel_engine::trade::{Fill, Order};
use keel_engine::{Side, pot};
use keel_sdk::events::Event;
use keel_sdk::replay::Replay;

use crate::exchange::{CONTRACT, Sim, USD, order, range};
use crate::math_reference::Random;

/// Accounts.
const ACTORS: usize = 6;
/// Whose the pool's margin account is.
const POOL: usize = ACTORS - 1;
/// The index at listing, in USD.
const LISTED: i64 = 50_000;

pub struct World {
    pub sim: Sim,
    random: Random,
    /// Events of the transaction that is being made.
    transaction: Vec<Event>,
    /// How often each kind was logged.
    pub seen: BTreeMap<&'static str, u64>,
    /// Gets everything.
    pub whole: Replay,
    /// Misses some.
    pub holes: Replay,
    /// Balances that the one with holes was not certain of when compared, over all steps.
    pub doubted: usize,
}

/// An actor's address.
pub fn address(actor: usize) -> Address {
    if actor == POOL {
        return keel_sdk::address::pool_account().to_bytes().into();
    }
    Address::new_from_array([actor as u8 + 1; 32])
}

fn owner(actor: usize) -> Address {
    Address::new_from_array([actor as u8 + 101; 32])
}

impl World {
    pub fn new(name: &str, params: Params, modes: [Mode; 2]) -> Self {
        let mut world = Self {
            sim: Sim::empty(),
            random: Random::new(name),
            transaction: Vec::new(),
            seen: BTreeMap::new(),
            whole: Replay::new(),
            holes: Replay::new(),
            doubted: 0,
        };
        // The engine's own tests recount everything.
        world.sim.checked = false;
        world.sim.exchange.insurance_day_cap_usd = 1_000;
        world.sim.exchange.pool_day_cap_usd = 1_000;
        set_pool_defaults(&mut world.sim.pool);
        for (strategy, market) in world.sim.pool.strategies.iter_mut().zip(1..=2) {
            let caps = (1 << 20, 1 << 16);
            (strategy.market, strategy.backstops) = (market, 1);
            (strategy.backstop_cap_usd, strategy.backstop_loss_cap_usd) = caps;
        }
        let nobody = Address::default();
        let sequence = program::next(&mut world.sim.exchange.sequence);
        world.log(program::ExchangeInitialized { sequence, admin: owner(99), guardian: nobody });
        let sequence = program::next(&mut world.sim.exchange.sequence);
        let pad = [0; 7];
        world.log(program::BankAdded { sequence, bank: nobody, mint: nobody, vault: nobody, change: 0, index: 0, pad });
        for mode in modes {
            let market = world.sim.list(params, mode, LISTED);
            let listed = program::MarketCreated {
                sequence: program::next(&mut world.sim.exchange.sequence),
                number: world.sim.market(market).index_number,
                ..program::MarketCreated::zeroed()
            };
            world.log(listed);
        }
        for actor in 0..ACTORS {
            world.sim.actor(0);
            world.open(actor);
            let usd = 1 << world.random.between(8, 20);
            world.deposit(actor, usd * USD);
        }
        world.send(true);
        world
    }

    /// Logs an event as the program does, and reads it as the SDK does.
    fn log<E: Discriminator + Pod>(&mut self, event: E) {
        let data = [E::DISCRIMINATOR, bytemuck::bytes_of(&event)].concat();
        let event = Event::decode(&data).expect("one of the program's");
        *self.seen.entry(event.kind().name).or_default() += 1;
        self.transaction.push(event);
    }

    /// Ends the transaction: both replays hear of it, or one does not.
    fn send(&mut self, is_kept: bool) {
        let events = std::mem::take(&mut self.transaction);
        assert_eq!(self.whole.feed(&events), []);
        let kept = match self.random.below(24) {
            _ if is_kept => events.len(),
            0 => 0,
            1 => self.random.below(events.len() as u64 + 1) as usize,
            _ => events.len(),
        };
        let (heard, missed) = events.split_at(kept);
        let _ = self.holes.feed(heard);
        // What is not counted leaves no gap: the end of the log says so.
        if missed.iter().any(|event| event.sequence().is_none()) {
            self.holes.cut();
        }
    }

    pub fn step(&mut self) {
        if self.random.below(8) != 0 {
            self.touch_all();
        }
        if self.random.below(16) == 0 {
            self.balance();
        }
        let (market, actor) = (self.random.below(2) as usize, self.random.below(ACTORS as u64) as usize);
        match self.random.below(104) {
            0..32 => self.trade(market, actor),
            32..36 => self.bring(market, actor),
            36..48 => self.add(market, actor),
            48..56 => self.fold(market, actor),
            56..64 => self.settle(market, actor),
            64..68 => self.release(market, actor),
            68..71 => {
                let amount = self.random.up_to_64(36);
                self.deposit(actor, amount);
            }
            71..75 => self.withdraw(actor),
            75..88 => self.liquidate(market),
            88..90 => self.reopen(actor),
            90..93 => self.ruin(market, actor),
            93..95 => self.fund(market),
            95..96 => self.collect(),
            96..99 => self.wait_in_line(actor),
            _ => self.time(market),
        }
        self.send(false);
    }

    fn open(&mut self, actor: usize) {
        let (account, owner) = (address(actor), owner(actor));
        self.log(program::AccountOpened { account, owner, sub_account: 0, isolated_market: 0, pad: [0; 4] });
        self.log(program::RangesOpened { account, ranges: Address::default() });
    }

    /// Closes an account that holds nothing, that actor's or the next one's, and opens it anew.
    fn reopen(&mut self, from: usize) {
        let mut actors = (0..ACTORS).map(|i| (from + i) % ACTORS);
        let Some(actor) = actors.find(|actor| self.sim.account(*actor).is_done()) else { return };
        let (account, owner) = (address(actor), owner(actor));
        self.log(program::RangesClosed { account, ranges: Address::default() });
        self.log(program::AccountClosed { account, owner });
        let actor_state = &mut self.sim.actors[actor];
        (actor_state.account, actor_state.ranges) = (MarginAccount::zeroed(), Ranges::zeroed());
        self.open(actor);
        self.deposit(actor, 10_000 * USD);
    }

    fn touch_all(&mut self) {
        for market in 0..self.sim.places.len() {
            let refreshed = self.sim.touch(market);
            let event = program::Refreshed::of(self.sim.market_mut(market), &refreshed);
            self.log(event);
        }
    }

    fn trade(&mut self, market: usize, actor: usize) {
        let position = self.sim.position(market, actor).base;
        let side = if self.random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let exact = match self.random.below(5) {
            0 => Exact::Base(position.unsigned_abs()),
            1 => Exact::Base(self.random.up_to_64(44)),
            2 => Exact::Quote(self.random.below(100_000) * USD / 10),
            // Up to the largest leverage.
            3 => Exact::Quote(self.sim.capital(actor) * self.random.between(1, 20) as u64),
            _ => Exact::Base(self.random.below(4 * CONTRACT)),
        };
        let order = Order { reduce_only: self.random.below(4) == 0, ..order(side, exact) };
        if let Ok(fill) = self.sim.trade(market, actor, order) {
            let (place, account) = (&mut self.sim.places[market], &self.sim.actors[actor].account);
            let event = program::Traded::of(&mut place.market, account, &address(actor), &fill);
            self.log(event);
        }
    }

    /// A trade that the next actor brought, whose account stands in for one that is isolated to the market.
    fn bring(&mut self, market: usize, actor: usize) {
        let (builder, base) = ((actor + 1) % ACTORS, 1 + self.random.up_to_64(33));
        self.sim.actors[builder].account.isolated_market = self.sim.market(market).index_number;
        let order = order(Side::Buy, Exact::Base(base));
        let traded = self.sim.trade_through(market, actor, order, builder, (10_000, 1_000));
        self.sim.actors[builder].account.isolated_market = 0;
        let Ok((fill, fee)) = traded else { return };
        let Sim { places, actors, .. } = &mut self.sim;
        let (place, whose) = (&mut places[market].market, address(actor));
        let traded = program::Traded::of(place, &actors[actor].account, &whose, &fill);
        let paid = program::BuilderPaid::of(place, &whose, (&actors[builder].account, &address(builder)), fee);
        self.log(traded);
        self.log(paid);
    }

    fn add(&mut self, market: usize, actor: usize) {
        let spacing = self.sim.market(market).params.tick_spacing as i32;
        let mut tick = || spacing * self.random.between(-60, 60) as i32;
        let (a, b) = (tick(), tick());
        let liquidity = self.random.up_to(52);
        if let Ok(slot) = self.sim.add_range(market, actor, range(a.min(b), a.max(b), liquidity)) {
            let (place, ranges) = (&mut self.sim.places[market], &self.sim.actors[actor].ranges);
            let added = &ranges.ranges[slot];
            let event = program::RangeAdded::of(&mut place.market, &address(actor), slot as u8, added);
            self.log(event);
        }
    }

    /// Settles or removes a range.
    fn fold(&mut self, market: usize, actor: usize) {
        let slot = self.random.below(3) as usize;
        let what = if self.random.below(3) == 0 { Folding::Settled } else { Folding::Removed };
        let folded = match what {
            Folding::Settled => self.sim.fold(market, actor, slot),
            _ => self.sim.close(market, actor, slot),
        };
        let Ok(folded) = folded else { return };
        let (place, account) = (&mut self.sim.places[market], &mut self.sim.actors[actor].account);
        if what == Folding::Removed {
            pot::drop_if_done(&mut place.market, account);
        }
        let event = program::RangeFolded::of(&mut place.market, account, &address(actor), slot as u8, what, &folded);
        self.log(event);
    }

    fn settle(&mut self, market: usize, actor: usize) {
        if let Ok(settled) = self.sim.settle(market, actor) {
            let (place, account) = (&mut self.sim.places[market], &mut self.sim.actors[actor].account);
            pot::drop_if_done(&mut place.market, account);
            let event = program::Settled::of(&mut place.market, account, &address(actor), &settled);
            self.log(event);
        }
    }

    fn release(&mut self, market: usize, actor: usize) {
        if let Ok(released) = self.sim.release(market, actor, 0) {
            let (place, account) = (&mut self.sim.places[market], &self.sim.actors[actor].account);
            let event = program::ClaimReleased::of(&mut place.market, account, &address(actor), &released);
            self.log(event);
        }
    }

    fn deposit(&mut self, actor: usize, amount: u64) {
        if self.sim.deposit(actor, amount).is_ok() {
            let _ = self.sim.cure(actor);
            let (bank, account) = (&mut self.sim.bank, &self.sim.actors[actor].account);
            let event = program::Deposited::of(account, bank, &address(actor), &owner(actor), amount);
            self.log(event);
        }
    }

    fn withdraw(&mut self, actor: usize) {
        let capital = self.sim.capital(actor);
        let amount = if self.random.below(2) == 0 { capital } else { self.random.below(capital.max(1)) };
        if self.sim.withdraw(actor, amount).is_ok() {
            let (bank, account) = (&mut self.sim.bank, &self.sim.actors[actor].account);
            let event = program::Withdrawn::of(account, bank, &address(actor), &owner(actor), amount);
            self.log(event);
        }
    }

    /// Queues, pays, cancels, or moves capital to another account; all belong to one owner here.
    fn wait_in_line(&mut self, actor: usize) {
        let head = self.sim.bank.queue_head;
        match self.random.below(8) {
            0 | 1 => {
                let amount = self.random.below(self.sim.capital(actor).max(1));
                if let Ok(number) = self.sim.queue(actor, amount) {
                    let ticket = self.ticket(number).expect("it was queued").1;
                    let (bank, account) = (&mut self.sim.bank, &self.sim.actors[actor].account);
                    let event = program::WithdrawalQueued {
                        account: address(actor),
                        ..program::WithdrawalQueued::of(&ticket, account, bank)
                    };
                    self.log(event);
                }
            }
            2..5 => {
                let Some((whose, before)) = self.ticket(head) else { return };
                let is_payable = self.random.below(4) != 0;
                if let Ok(payout) = self.sim.pay(head, is_payable) {
                    let ticket = Ticket { amount: payout.rest, ..before };
                    let (bank, account) = (&mut self.sim.bank, &self.sim.actors[whose].account);
                    let event = program::WithdrawalPaid {
                        account: address(whose),
                        ..program::WithdrawalPaid::of(&ticket, Some(account), bank, &payout)
                    };
                    self.log(event);
                }
            }
            5 | 6 => {
                let number = head + self.random.below(3);
                let Some((whose, ticket)) = self.ticket(number) else { return };
                if let Ok(cancelled) = self.sim.cancel(number) {
                    let _ = self.sim.cure(whose);
                    let (bank, account) = (&mut self.sim.bank, &self.sim.actors[whose].account);
                    let event = program::WithdrawalCancelled {
                        account: address(whose),
                        ..program::WithdrawalCancelled::of(&ticket, account, bank, &cancelled)
                    };
                    self.log(event);
                }
            }
            _ => {
                let to = (actor + 1) % ACTORS;
                let amount = self.random.below(self.sim.capital(actor).max(1));
                if self.sim.transfer(actor, to, amount).is_ok() {
                    let (giver, receiver) = (&self.sim.actors[actor].account, &self.sim.actors[to].account);
                    let (from, to) = ((giver, &address(actor)), (receiver, &address(to)));
                    let event = program::Transferred::of(from, to, &mut self.sim.bank, amount);
                    self.log(event);
                }
            }
        }
    }

    /// A ticket and whose it is.
    fn ticket(&self, number: u64) -> Option<(usize, Ticket)> {
        self.sim.tickets.iter().find(|(_, ticket)| ticket.number == number).copied()
    }

    /// Money comes into an insurance from outside.
    fn fund(&mut self, market: usize) {
        let amount = self.random.up_to_64(34);
        let is_exchange = self.random.below(2) == 0;
        let funded = if is_exchange { self.sim.fund(amount) } else { self.sim.fund_market(market, amount) };
        if funded.is_err() {
            return;
        }
        let event = program::TokensBooked::of(&mut self.sim.bank, &owner(0), amount);
        self.log(event);
        if is_exchange {
            let event = program::ExchangeInsured::funded(&mut self.sim.exchange, amount);
            self.log(event);
        } else {
            let event = program::MarketInsured::of(self.sim.market_mut(market), amount);
            self.log(event);
        }
    }

    /// An account without positions loses to another more than it has, and wins something in the other market. The
    /// curve is left out: a trade is booked between the two, and logged as theirs.
    fn ruin(&mut self, market: usize, loser: usize) {
        let winner = (loser + 1) % ACTORS;
        let positions = |actor: usize| self.sim.account(actor).positions;
        if positions(loser).iter().any(|position| position.base != 0)
            || [loser, winner].map(positions).iter().flatten().any(|position| position.pledged != 0)
        {
            return;
        }
        let loss = (self.sim.capital(loser) + self.random.below(500 * USD)) as i64;
        let gain = self.random.below(800 * USD) as i64;
        for (place, loss) in [(market, loss), (1 - market, -gain)] {
            for (actor, quote) in [(loser, -loss), (winner, loss)] {
                self.sim.hold(place, actor, 0, quote);
                let fill = Fill { base: 0, quote, fee: 0, steps: 0, crossings: 0, end: End::Filled, settled: None };
                let (place, account) = (&mut self.sim.places[place], &self.sim.actors[actor].account);
                let event = program::Traded::of(&mut place.market, account, &address(actor), &fill);
                self.log(event);
            }
        }
    }

    /// Time passes and the price moves.
    fn time(&mut self, market: usize) {
        match self.random.below(6) {
            0 => self.sim.wait(self.random.between(60, 2_000)),
            1 => self.sim.wait(self.random.between(5, 60)),
            _ => self.sim.wait(self.random.between(0, 3)),
        }
        let ppm = match self.random.below(6) {
            0 => self.random.between(-150_000, 150_000),
            1..3 => self.random.between(-30_000, 30_000),
            _ => self.random.between(-1_000, 1_000),
        };
        let place = &mut self.sim.places[market];
        let listed = LISTED * 100_000_000;
        place.price = (place.price + place.price / 1_000_000 * ppm).clamp(listed / 3, listed * 2);
        place.conf = place.price.unsigned_abs() / 20_000;
        self.touch_all();
    }
}
