//! Other collateral than USDC, liens and their operations, each a transaction.

use bytemuck::Zeroable;
use keel_engine::collateral::{self, Purchase, Sold, Updated};
use keel_engine::exchange_params::set_bank_defaults;
use keel_engine::lien;
use keel_engine::margin::Health;
use keel_engine::oracle::Sample;
use keel_engine::state::{Bank, Ticket};
use keel_engine::tickets::{self, Payout, Request};
use keel_engine::units::ONE;
use keel_engine::vault::{deposit, transfer, withdraw};
use keel_engine::{Result, views};

use super::{Sim, USD};

/// One whole token of six decimals, at which whole USD are exact in binary.
pub const TOKEN: u64 = 1_000_000;
/// A purchase of whatever is for sale.
pub const ALL: Purchase = Purchase { most: u64::MAX, limit: None };

/// A bank of a token with six decimals that counts for 80%, without a price yet, whose ramp is over and which lets
/// everything out.
pub fn other_bank() -> Bank {
    let mut bank = Bank::zeroed();
    set_bank_defaults(&mut bank);
    Bank {
        decimals: 6,
        open: 1,
        cap_usd: 1_000_000_000,
        haircut_ppm: 800_000,
        weight_from_ppm: 800_000,
        ramp_secs: 86_400,
        outflow_floor_usd: 10_000_000,
        rate: ONE,
        ..bank
    }
}

impl Sim {
    /// Adds a bank of other collateral and prices it at so many USD. Returns its number.
    pub fn add_bank(&mut self, bank: Bank, usd: i64) -> usize {
        let number = self.banks.len() + 1;
        self.banks.push(Bank { index: u8::try_from(number).unwrap(), ..bank });
        self.price_bank(number, usd);
        number
    }

    pub fn bank(&self, number: usize) -> &Bank {
        &self.banks[number - 1]
    }

    pub fn bank_mut(&mut self, number: usize) -> &mut Bank {
        &mut self.banks[number - 1]
    }

    /// One update of a bank's price, in 1e-8 USD, published now.
    pub fn refresh_bank(&mut self, number: usize, price: i64) -> Result<Updated> {
        let sample = self.sample(price, 0);
        self.refresh_bank_with(number, &sample, None)
    }

    pub fn refresh_bank_with(&mut self, number: usize, price: &Sample, rate: Option<&Sample>) -> Result<Updated> {
        let (price, rate) = (*price, rate.copied());
        self.run(|sim| {
            let now = sim.now;
            collateral::refresh(sim.bank_mut(number), &price, rate.as_ref(), now)
        })
    }

    /// Three samples of a price in USD, a second apart, with every market at the price it has.
    pub fn price_bank(&mut self, number: usize, usd: i64) {
        for _ in 0..3 {
            self.wait(1);
            self.touch_all();
            assert!(self.refresh_bank(number, usd * 100_000_000).unwrap().price);
        }
    }

    pub fn deposit_in(&mut self, number: usize, actor: usize, amount: u64) -> Result<()> {
        self.run(|sim| deposit(&mut sim.actors[actor].account, &mut sim.banks[number - 1], amount, sim.now))
    }

    pub fn withdraw_from(&mut self, number: usize, actor: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let (mut account, mut bank) = (sim.actors[actor].account, *sim.bank(number));
            let ranges = Some(&sim.actors[actor].ranges);
            sim.with_view(|view| withdraw(&mut account, &mut bank, ranges, view, amount, sim.now))?;
            sim.actors[actor].account = account;
            *sim.bank_mut(number) = bank;
            Ok(())
        })
    }

    pub fn transfer_in(&mut self, number: usize, from: usize, to: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let (mut giver, mut receiver) = (sim.actors[from].account, sim.actors[to].account);
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[from].ranges), view);
                transfer(&mut giver, &mut receiver, sim.bank(number), seen, amount, sim.now)
            })?;
            (sim.actors[from].account, sim.actors[to].account) = (giver, receiver);
            Ok(())
        })
    }

    /// Queues a withdrawal of other collateral.
    pub fn queue_in(&mut self, number: usize, actor: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let (mut account, mut bank, mut ticket) = (sim.actors[actor].account, *sim.bank(number), Ticket::zeroed());
            let request = Request { account: [0; 32], destination: [1; 32], payer: [2; 32], amount, bump: 3 };
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                tickets::queue(&mut ticket, &request, &mut account, &mut bank, seen, sim.now)
            })?;
            sim.actors[actor].account = account;
            *sim.bank_mut(number) = bank;
            sim.tickets.push((actor, ticket));
            Ok(())
        })
    }

    /// Pays the first in a bank's queue.
    pub fn pay_next_in(&mut self, number: usize) -> Result<Payout> {
        self.run(|sim| {
            let mut bank = *sim.bank(number);
            let first = |(_, ticket): &(usize, Ticket)| ticket.bank == bank.index && ticket.number == bank.queue_head;
            let place = sim.tickets.iter().position(first).unwrap();
            let (actor, mut ticket) = sim.tickets[place];
            let mut account = sim.actors[actor].account;
            let payout = sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                tickets::pay(&mut ticket, &mut account, &mut bank, seen, true, sim.now)
            })?;
            sim.actors[actor].account = account;
            *sim.bank_mut(number) = bank;
            sim.tickets[place].1 = ticket;
            if payout.is_ended() {
                sim.tickets.remove(place);
            }
            Ok(payout)
        })
    }

    pub fn buy(&mut self, number: usize, actor: usize, buyer: usize, purchase: Purchase) -> Result<Sold> {
        self.run(|sim| {
            let (mut account, mut by) = (sim.actors[actor].account, sim.actors[buyer].account);
            let ranges = Some(&sim.actors[actor].ranges);
            let bank = sim.bank(number);
            let sold = sim.with_view(|view| {
                collateral::buy(&mut account, ranges, &mut by, bank, &view.with_bank(bank), &purchase, sim.now)
            })?;
            (sim.actors[actor].account, sim.actors[buyer].account) = (account, by);
            Ok(sold)
        })
    }

    /// The discount at which an actor's collateral is for sale, in parts per million.
    pub fn discount(&self, number: usize, actor: usize) -> Result<u64> {
        let (account, ranges) = (self.account(actor), Some(&self.actors[actor].ranges));
        let told = self.with_view(|view| {
            collateral::discount_of(account, ranges, self.bank(number), &view.with_bank(self.bank(number)), self.now)
        })?;
        Ok(((u128::from(told.1.bits) * 1_000_000) >> 48) as u64)
    }

    /// Moves capital of an actor to the holder of its lien; bank 0 is that of USDC.
    pub fn seize(&mut self, number: usize, actor: usize, to: usize, amount: u64) -> Result<()> {
        self.run(|sim| {
            let (mut account, mut holder) = (sim.actors[actor].account, sim.actors[to].account);
            let bank = if number == 0 { &sim.bank } else { sim.bank(number) };
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                lien::seize(&mut account, &mut holder, bank, seen, amount, sim.now)
            })?;
            (sim.actors[actor].account, sim.actors[to].account) = (account, holder);
            Ok(())
        })
    }

    /// What other collateral of an actor counts in maintenance and for new risk, at the prices as they stand.
    pub fn counted(&self, actor: usize) -> (u64, u64) {
        let account = self.account(actor);
        self.with_view(|view| {
            let marks = keel_engine::oracle::MarkUse::Any;
            let maintenance = collateral::maintenance_floor(account, view, marks, self.now).unwrap();
            (maintenance, collateral::initial_floor(account, view, marks, self.now).unwrap())
        })
    }

    /// Health as a liquidation sees it.
    pub fn liquidation_health(&self, actor: usize) -> Result<Health> {
        let ranges = Some(&self.actors[actor].ranges);
        self.with_view(|view| keel_engine::margin::health_for_liquidation(self.account(actor), ranges, view, self.now))
    }

    pub fn health_view(&self, actor: usize) -> views::health::HealthView {
        let ranges = Some(&self.actors[actor].ranges);
        self.with_view(|view| views::health::health(self.account(actor), ranges, view, self.now)).unwrap()
    }
}

/// So many whole USD in quote atoms.
pub const fn usd(amount: u64) -> u64 {
    amount * USD
}
