//! What actors do, each a transaction.

use bytemuck::Zeroable;
use keel_engine::book::Book;
use keel_engine::closing::{self, ClosedPosition};
use keel_engine::curve::Exact;
use keel_engine::delegate::By;
use keel_engine::legs::{self, Fills};
use keel_engine::liquidation::{self, Deleveraged, Holder, Step, TakeOver, TakenOver};
use keel_engine::margin::{Health, InitialHealth, health, initial};
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::pledge::{Collected, collect};
use keel_engine::pool::{Backer, Moved, backstop, balance_reserve};
use keel_engine::pot::{self, Released, Settled};
use keel_engine::ranges::{self, Entitlement, RangeRequest, liquidity_for_quote};
use keel_engine::refresh::Refreshed;
use keel_engine::resolve::{Resolved, resolve};
use keel_engine::state::{Market, TickArray, Ticket};
use keel_engine::tickets::{Cancelled, Payout, Request};
use keel_engine::trade::{Fill, Order, trade};
use keel_engine::vault::{deposit, transfer, withdraw};
use keel_engine::view::Others;
use keel_engine::{Error, Result, Side, insurance, liquidity, tickets};

use super::{Actor, Sim, USD, order, range};

impl Sim {
    pub fn trade(&mut self, market: usize, actor: usize, order: Order) -> Result<Fill> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[actor];
                trade(book, account, Some(ranges), others, &order, now)
            })
        })
    }

    /// Trades in several markets, in that order.
    pub fn trade_legs(&mut self, actor: usize, legs: &[(usize, Order)]) -> Result<Fills> {
        self.trade_legs_by(By::Owner, actor, legs)
    }

    pub fn trade_legs_by(&mut self, by: By, actor: usize, legs: &[(usize, Order)]) -> Result<Fills> {
        self.run(|sim| {
            let Self { places, actors, now, .. } = sim;
            let (mut traded, mut others): (Vec<_>, Vec<_>) =
                places.iter_mut().enumerate().partition(|(place, _)| legs.iter().any(|(market, _)| market == place));
            // In the order of the legs, right or wrong.
            traded.sort_by_key(|(place, _)| legs.iter().position(|(market, _)| market == place));
            let mut arrays: Vec<(&mut Market, Vec<&mut TickArray>)> =
                traded.iter_mut().map(|(_, place)| (&mut place.market, place.arrays.iter_mut().collect())).collect();
            let mut books: Vec<Book> =
                arrays.iter_mut().map(|(market, arrays)| Book { market, arrays: arrays.as_mut_slice() }).collect();
            let markets: Vec<&Market> = others.iter_mut().map(|(_, place)| &place.market).collect();
            let orders: Vec<Order> = legs.iter().map(|(_, order)| *order).collect();
            let Actor { account, ranges } = &mut actors[actor];
            let others = Others { markets: &markets, arrays: &[], ..Others::default() };
            legs::trade_by(by, &mut books, account, Some(ranges), others, &orders, *now)
        })
    }

    /// Buys (positive) or sells (negative) that many base atoms.
    pub fn take(&mut self, market: usize, actor: usize, base: i64) -> Result<Fill> {
        let side = if base > 0 { Side::Buy } else { Side::Sell };
        self.trade(market, actor, order(side, Exact::Base(base.unsigned_abs())))
    }

    /// Closes a position, reduce-only.
    pub fn flatten(&mut self, market: usize, actor: usize) -> Result<Fill> {
        let base = self.position(market, actor).base;
        let side = if base > 0 { Side::Sell } else { Side::Buy };
        self.trade(market, actor, Order { reduce_only: true, ..order(side, Exact::Base(base.unsigned_abs())) })
    }

    pub fn add_range(&mut self, market: usize, actor: usize, request: RangeRequest) -> Result<usize> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[actor];
                liquidity::add(book, account, ranges, others, &request, now)
            })
        })
    }

    /// Adds a range in which a move from end to end takes `usd`: half of it to either side of its middle.
    pub fn provide(&mut self, market: usize, actor: usize, lower: i32, upper: i32, usd: u64) -> Result<usize> {
        let (low, high) = (sqrt_price_at_tick(lower).unwrap(), sqrt_price_at_tick(upper).unwrap());
        let liquidity = liquidity_for_quote(usd * USD, low, high, self.market(market).peg)?;
        self.add_range(market, actor, range(lower, upper, liquidity))
    }

    pub fn close(&mut self, market: usize, actor: usize, slot: usize) -> Result<Entitlement> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, _, now| {
                let Actor { account, ranges } = &mut actors[actor];
                ranges::close(book, account, ranges, slot, false, now)
            })
        })
    }

    pub fn fold(&mut self, market: usize, actor: usize, slot: usize) -> Result<Entitlement> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, _, _| {
                let Actor { account, ranges } = &mut actors[actor];
                ranges::settle(book, account, ranges, slot)
            })
        })
    }

    pub fn settle(&mut self, market: usize, actor: usize) -> Result<Settled> {
        self.run(|sim| {
            let now = sim.now;
            pot::settle(&mut sim.places[market].market, &mut sim.actors[actor].account, now)
        })
    }

    pub fn may_settle_other(&self, market: usize, actor: usize) -> Result<bool> {
        pot::may_settle_other(self.market(market), self.account(actor), self.now)
    }

    /// Settles somebody else's position, as the program lets anyone.
    pub fn settle_other(&mut self, market: usize, actor: usize) -> Result<Settled> {
        if !self.may_settle_other(market, actor)? {
            return Err(Error::NothingToSettle);
        }
        self.settle(market, actor)
    }

    pub fn release(&mut self, market: usize, actor: usize, min_ratio_ppm: u32) -> Result<Released> {
        self.run(|sim| {
            let now = sim.now;
            pot::release(&mut sim.places[market].market, &mut sim.actors[actor].account, min_ratio_ppm, now)
        })
    }

    pub fn deposit(&mut self, actor: usize, amount: u64) -> Result<()> {
        self.run(|sim| deposit(&mut sim.actors[actor].account, &mut sim.bank, amount, sim.now))
    }

    pub fn withdraw(&mut self, actor: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let now = sim.now;
            let mut account = sim.actors[actor].account;
            let mut bank = sim.bank;
            sim.with_view(|view| {
                withdraw(&mut account, &mut bank, Some(&sim.actors[actor].ranges), view, amount, now)
            })?;
            sim.actors[actor].account = account;
            sim.bank = bank;
            Ok(())
        })
    }

    /// Returns the ticket's number.
    pub fn queue(&mut self, actor: usize, amount: u64) -> Result<u64> {
        self.run(|sim| {
            let (mut account, mut bank, mut ticket) = (sim.actors[actor].account, sim.bank, Ticket::zeroed());
            let request = Request { account: [actor as u8; 32], destination: [1; 32], payer: [2; 32], amount, bump: 3 };
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                tickets::queue(&mut ticket, &request, &mut account, &mut bank, seen, sim.now)
            })?;
            (sim.actors[actor].account, sim.bank) = (account, bank);
            sim.tickets.push((actor, ticket));
            Ok(ticket.number)
        })
    }

    fn ticket(&self, number: u64) -> Result<usize> {
        self.tickets.iter().position(|(_, ticket)| ticket.number == number).ok_or(Error::AccountMissing)
    }

    /// Pays the ticket of that number, to a destination that can take tokens or not.
    pub fn pay(&mut self, number: u64, is_payable: bool) -> Result<Payout> {
        self.run(|sim| {
            let place = sim.ticket(number)?;
            let (actor, mut ticket) = sim.tickets[place];
            let (mut account, mut bank) = (sim.actors[actor].account, sim.bank);
            let payout = sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                tickets::pay(&mut ticket, &mut account, &mut bank, seen, is_payable, sim.now)
            })?;
            (sim.actors[actor].account, sim.bank) = (account, bank);
            sim.tickets[place].1 = ticket;
            if payout.is_ended() {
                sim.tickets.remove(place);
            }
            Ok(payout)
        })
    }

    /// Pays the first in the queue.
    pub fn pay_next(&mut self) -> Result<Payout> {
        self.pay(self.bank.queue_head, true)
    }

    pub fn cancel(&mut self, number: u64) -> Result<Cancelled> {
        self.run(|sim| {
            let place = sim.ticket(number)?;
            let (actor, ticket) = &mut sim.tickets[place];
            let cancelled = tickets::cancel(ticket, &mut sim.actors[*actor].account, &mut sim.bank)?;
            if cancelled.is_ended {
                sim.tickets.remove(place);
            }
            Ok(cancelled)
        })
    }

    pub fn transfer(&mut self, from: usize, to: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let (mut giver, mut receiver) = (sim.actors[from].account, sim.actors[to].account);
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[from].ranges), view);
                transfer(&mut giver, &mut receiver, &sim.bank, seen, amount, sim.now)
            })?;
            (sim.actors[from].account, sim.actors[to].account) = (giver, receiver);
            Ok(())
        })
    }

    pub fn begin(&mut self, actor: usize) -> Result<Health> {
        self.run(|sim| {
            let now = sim.now;
            let mut account = sim.actors[actor].account;
            let health =
                sim.with_view(|view| liquidation::begin(&mut account, Some(&sim.actors[actor].ranges), view, now))?;
            sim.actors[actor].account = account;
            Ok(health)
        })
    }

    pub fn cure(&mut self, actor: usize) -> Result<bool> {
        self.run(|sim| {
            let now = sim.now;
            let mut account = sim.actors[actor].account;
            let free =
                sim.with_view(|view| liquidation::cure(&mut account, Some(&sim.actors[actor].ranges), view, now))?;
            sim.actors[actor].account = account;
            Ok(free)
        })
    }

    pub fn unwind(&mut self, market: usize, actor: usize, slot: usize) -> Result<Entitlement> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[actor];
                liquidation::unwind(book, account, ranges, others, slot, now)
            })
        })
    }

    pub fn on_curve(&mut self, market: usize, actor: usize, keeper: usize, max_base: u64) -> Result<Step> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let mut pay = actors[keeper].account;
                let account = &mut actors[actor].account;
                let step = liquidation::on_curve(book, account, &mut pay, others, max_base, now)?;
                actors[keeper].account = pay;
                Ok(step)
            })
        })
    }

    pub fn take_over(&mut self, market: usize, actor: usize, by: usize, request: TakeOver) -> Result<TakenOver> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account: mut liquidator, ranges } = actors[by].clone();
                let account = &mut actors[actor].account;
                let taken =
                    liquidation::take_over(book, account, &mut liquidator, Some(&ranges), others, &request, now)?;
                actors[by].account = liquidator;
                Ok(taken)
            })
        })
    }

    /// Deleverages an actor against another, a third one being paid.
    pub fn deleverage(
        &mut self,
        market: usize,
        (actor, against, keeper): (usize, usize, usize),
        max_base: u64,
    ) -> Result<Deleveraged> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let (mut other, mut pay) = (actors[against].clone(), actors[keeper].account);
                let holder = Holder { account: &mut other.account, ranges: Some(&mut other.ranges) };
                let account = &mut actors[actor].account;
                let step = liquidation::deleverage(book, account, holder, &mut pay, others, max_base, now)?;
                actors[against] = other;
                actors[keeper].account = pay;
                Ok(step)
            })
        })
    }

    /// Moves what an actor's auction has left to the pool, whose margin account is an actor's, a third one being paid.
    pub fn backstop(
        &mut self,
        market: usize,
        (actor, pool, keeper): (usize, usize, usize),
        max_base: u64,
    ) -> Result<TakenOver> {
        self.run(|sim| {
            let mut state = sim.pool;
            let taken = sim.with_book(market, |book, actors, others, now| {
                let (Actor { account: mut backer, ranges }, mut pay) = (actors[pool].clone(), actors[keeper].account);
                let by = Backer { pool: &mut state, account: &mut backer, ranges: Some(&ranges) };
                let account = &mut actors[actor].account;
                let taken = backstop(book, account, by, &mut pay, others, max_base, now)?;
                actors[pool].account = backer;
                actors[keeper].account = pay;
                Ok(taken)
            })?;
            sim.pool = state;
            Ok(taken)
        })
    }

    /// Balances the reserve of the pool whose margin account is an actor's.
    pub fn balance_reserve(&mut self, pool: usize) -> Result<Moved> {
        self.run(|sim| {
            let (mut exchange, mut account) = (sim.exchange, sim.actors[pool].account);
            let ranges = Some(&sim.actors[pool].ranges);
            let moved =
                sim.with_view(|view| balance_reserve(&mut exchange, &sim.pool, &mut account, ranges, view, sim.now))?;
            (sim.exchange, sim.actors[pool].account) = (exchange, account);
            Ok(moved)
        })
    }

    pub fn resolve(&mut self, market: usize, actor: usize) -> Result<Resolved> {
        self.run(|sim| {
            let now = sim.now;
            let mut account = sim.actors[actor].account;
            let (below, rest) = sim.places.split_at_mut(market);
            let (here, above) = rest.split_first_mut().unwrap();
            let mut others: Vec<&mut Market> =
                below.iter_mut().chain(above.iter_mut()).map(|place| &mut place.market).collect();
            let resolved = resolve(&mut here.market, &mut others, &mut sim.exchange, &mut account, now)?;
            sim.actors[actor].account = account;
            Ok(resolved)
        })
    }

    /// Collects what an actor's position in `market` has pledged to the insurance of `creditor`.
    pub fn collect(&mut self, market: usize, creditor: usize, actor: usize) -> Result<Collected> {
        self.run(|sim| {
            let [here, there] = sim.places.get_disjoint_mut([market, creditor]).unwrap();
            collect(&mut here.market, &mut there.market, &mut sim.actors[actor].account)
        })
    }

    pub fn fund_market(&mut self, market: usize, amount: u64) -> Result<()> {
        self.run(|sim| insurance::fund_market(&mut sim.places[market].market, &mut sim.bank, amount, sim.now))
    }

    pub fn fund(&mut self, amount: u64) -> Result<()> {
        self.run(|sim| insurance::fund(&mut sim.exchange, &mut sim.bank, amount, sim.now))
    }

    /// Settles somebody else's range, as the program lets anyone.
    pub fn fold_other(&mut self, market: usize, actor: usize, slot: usize) -> Result<Entitlement> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, _, now| {
                let Actor { account, ranges } = &mut actors[actor];
                ranges::settle_other(book, account, ranges, slot, now)
            })
        })
    }

    pub fn close_market(&mut self, market: usize) -> Result<Refreshed> {
        let sample = self.sample(self.places[market].price, self.places[market].conf);
        self.run(|sim| {
            let now = sim.now;
            closing::close(&mut sim.places[market].market, Some(&sample), now)
        })
    }

    pub fn close_position(&mut self, market: usize, actor: usize) -> Result<ClosedPosition> {
        self.run(|sim| {
            let now = sim.now;
            closing::close_position(&mut sim.places[market].market, &mut sim.actors[actor].account, now)
        })
    }

    pub fn health(&self, actor: usize) -> Result<Health> {
        self.with_view(|view| health(self.account(actor), Some(&self.actors[actor].ranges), view, self.now))
    }

    pub fn initial(&self, actor: usize) -> Result<InitialHealth> {
        self.with_view(|view| initial(self.account(actor), Some(&self.actors[actor].ranges), view, &[], self.now))
    }
}
