//! The pool of the small exchange: an actor like any other, whose requests and shares are kept beside.

use bytemuck::Zeroable;
use keel_engine::pool::deposits::{self, Asked, DEPOSIT, Executed};
use keel_engine::pool::redemptions::{self, Cancelled, MIN_TIP, Paid, Payer, REDEMPTION};
use keel_engine::pool::{self, Nav, Parts};
use keel_engine::state::{Exchange, PoolRequest};
use keel_engine::{Error, Result};

use super::Sim;

const OWNER: [u8; 32] = [7; 32];

impl Sim {
    /// Makes the pool; its account is a new actor.
    pub fn create_pool(&mut self) -> usize {
        let actor = self.actor(0);
        let parts = Parts {
            pool: OWNER,
            bump: 1,
            account: [8; 32],
            account_bump: 2,
            share_mint: [9; 32],
            share_mint_bump: 3,
            share_vault: [10; 32],
            share_vault_bump: 4,
        };
        pool::create(&mut self.pool, &mut self.actors[actor].account, &parts);
        self.pool_actor = Some(actor);
        actor
    }

    fn pool_at(&self) -> usize {
        self.pool_actor.unwrap()
    }

    pub fn nav(&self) -> Result<Nav> {
        let own = &self.actors[self.pool_at()];
        let reserve = self.exchange.pool_reserve;
        self.with_view(|view| pool::nav(reserve, &own.account, Some(&own.ranges), view, self.now))
    }

    pub fn free(&self) -> Result<u64> {
        let own = &self.actors[self.pool_at()];
        self.with_view(|view| pool::free_capital(&own.account, Some(&own.ranges), view, self.now))
    }

    pub fn asked(actor: usize, amount: u64) -> Asked {
        Asked {
            account: [actor as u8; 32],
            shares_account: [1; 32],
            payer: [2; 32],
            amount,
            min_shares: 0,
            tip: MIN_TIP,
            bump: 5,
        }
    }

    /// Asks for a deposit; returns its number.
    pub fn ask_in(&mut self, actor: usize, amount: u64) -> Result<u64> {
        self.ask_in_for(actor, amount, 0)
    }

    pub fn ask_in_for(&mut self, actor: usize, amount: u64, min_shares: u64) -> Result<u64> {
        self.run(|sim| {
            let (mut account, mut pool, mut request) = (sim.actors[actor].account, sim.pool, PoolRequest::zeroed());
            let asked = Asked { min_shares, ..Self::asked(actor, amount) };
            sim.with_view(|view| {
                let seen = (Some(&sim.actors[actor].ranges), view);
                deposits::request(&mut request, &asked, &mut pool, &mut account, seen, sim.now)
            })?;
            (sim.actors[actor].account, sim.pool) = (account, pool);
            sim.requests.push((actor, request));
            Ok(request.number)
        })
    }

    /// Asks to leave with shares; returns the request's number.
    pub fn ask_out(&mut self, actor: usize, shares: u64) -> Result<u64> {
        self.run(|sim| {
            let mut request = PoolRequest::zeroed();
            let account = &mut sim.actors[actor].account;
            redemptions::request(&mut request, &Self::asked(actor, shares), &mut sim.pool, account, sim.now)?;
            sim.shares[actor] = sim.shares[actor].checked_sub(shares).ok_or(Error::InsufficientCapital)?;
            sim.requests.push((actor, request));
            Ok(request.number)
        })
    }

    fn request_at(&self, kind: u8, number: u64) -> Result<usize> {
        let found = self.requests.iter().position(|(_, request)| request.kind == kind && request.number == number);
        found.ok_or(Error::AccountMissing)
    }

    pub fn bring_in(&mut self, number: u64) -> Result<Executed> {
        self.bring_in_to(number, true)
    }

    pub fn bring_in_to(&mut self, number: u64, is_receivable: bool) -> Result<Executed> {
        self.run(|sim| {
            let place = sim.request_at(DEPOSIT, number)?;
            let (actor, mut request) = sim.requests[place];
            let (mut account, mut pool) = (sim.actors[actor].account, sim.pool);
            let own = sim.pool_at();
            let mut pool_account = sim.actors[own].account;
            let reserve = sim.exchange.pool_reserve;
            let executed = sim.with_view(|view| {
                let seen = (Some(&sim.actors[own].ranges), view);
                let whole = (&mut pool, &mut account, reserve, &mut pool_account);
                deposits::execute(&mut request, whole.0, whole.1, whole.2, whole.3, seen, is_receivable, sim.now)
            })?;
            assert_eq!(request.amount, 0);
            (sim.actors[actor].account, sim.actors[own].account, sim.pool) = (account, pool_account, pool);
            sim.shares[actor] += executed.shares;
            sim.requests.remove(place);
            Ok(executed)
        })
    }

    pub fn cancel_in(&mut self, number: u64, is_owner: bool) -> Result<u64> {
        self.run(|sim| {
            let place = sim.request_at(DEPOSIT, number)?;
            let (actor, mut request) = sim.requests[place];
            let account = &mut sim.actors[actor].account;
            let returned = deposits::cancel(&mut request, &mut sim.pool, account, is_owner, sim.now)?;
            sim.requests.remove(place);
            Ok(returned)
        })
    }

    /// Pays the first in the queue of those who leave.
    pub fn pay_out(&mut self) -> Result<Paid> {
        self.pay_out_to(self.pool.redeem_head, true)
    }

    pub fn pay_out_to(&mut self, number: u64, is_receivable: bool) -> Result<Paid> {
        self.run(|sim| {
            let place = sim.request_at(REDEMPTION, number)?;
            let (actor, mut request) = sim.requests[place];
            let (mut account, mut pool) = (sim.actors[actor].account, sim.pool);
            let own = sim.pool_at();
            let mut pool_account = sim.actors[own].account;
            let mut exchange: Exchange = sim.exchange;
            let paid = sim.with_view(|view| {
                let mut payer = Payer {
                    account: &mut pool_account,
                    ranges: Some(&sim.actors[own].ranges),
                    view,
                    exchange: &mut exchange,
                };
                redemptions::execute(&mut request, &mut pool, &mut account, &mut payer, is_receivable, sim.now)
            })?;
            (sim.actors[actor].account, sim.actors[own].account) = (account, pool_account);
            (sim.pool, sim.exchange) = (pool, exchange);
            sim.shares[actor] += paid.returned;
            sim.requests[place].1 = request;
            if paid.is_ended() {
                sim.requests.remove(place);
            }
            Ok(paid)
        })
    }

    pub fn cancel_out(&mut self, number: u64) -> Result<Cancelled> {
        self.run(|sim| {
            let place = sim.request_at(REDEMPTION, number)?;
            let (actor, mut request) = sim.requests[place];
            let account = &mut sim.actors[actor].account;
            let cancelled = redemptions::cancel(&mut request, &mut sim.pool, account, sim.now)?;
            sim.shares[actor] += cancelled.returned;
            sim.requests[place].1 = request;
            if cancelled.is_ended {
                sim.requests.remove(place);
            }
            Ok(cancelled)
        })
    }

    /// Asks, waits for the marks and brings in: returns the shares.
    pub fn join(&mut self, actor: usize, amount: u64) -> Result<u64> {
        let number = self.ask_in(actor, amount)?;
        self.rest(10);
        Ok(self.bring_in(number)?.shares)
    }

    /// Sums over the requests against what the pool counts.
    pub(super) fn check_pool(&self) {
        let waits = |kind: u8| self.requests.iter().filter(move |(_, request)| request.kind == kind);
        let sum = |kind: u8| waits(kind).map(|(_, request)| request.amount).sum::<u64>();
        assert_eq!(sum(DEPOSIT), self.pool.deposits_waiting, "deposits that wait");
        assert_eq!(sum(REDEMPTION), self.pool.shares_waiting, "shares that wait");
        let held = self.shares.iter().sum::<u64>();
        assert!(held + self.pool.shares_waiting <= self.pool.shares, "shares that are held");
        for actor in 0..self.actors.len() {
            let own = |kind: u8| waits(kind).filter(|(whose, request)| *whose == actor && request.amount != 0).count();
            let account = self.account(actor);
            assert_eq!(usize::from(account.pool_deposits), own(DEPOSIT), "deposits of an account");
            assert_eq!(usize::from(account.pool_redemptions), own(REDEMPTION), "redemptions of an account");
        }
    }
}
