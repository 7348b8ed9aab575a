//! The pool: coming in and leaving, what it is worth and what a coalition owns of it.

use keel_engine::Result;
use keel_engine::pool::redemptions::{MIN_TIP, REDEMPTION};
use keel_engine::pool::shares::{VIRTUAL_QUOTE, VIRTUAL_SHARES, worth_floor};
use keel_engine::pool::{Nav, nav};
use keel_engine::state::{Pool, USDC};
use keel_simulator::pool::PoolAct;
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, Books, Done, Executor};
use solana_pubkey::Pubkey;

use crate::money::Usd;
use crate::story::Story;

/// Seconds after which every mark has followed, at default parameters, and one.
const MARKS: u64 = 4;

/// What the pool is worth by an exchange's books.
pub(crate) fn value_of(books: &Books, now: keel_engine::Now) -> Nav {
    let pool = books.pool.expect("there is a pool");
    let address = Pubkey::from(pool.account);
    let reserve = books.exchange.map_or(0, |exchange| exchange.pool_reserve);
    let value = books.view(|view| nav(reserve, &books.accounts[&address], books.ranges.get(&address), view, now));
    value.unwrap_or_else(|error| panic!("the pool cannot be valued: {error}"))
}

impl Story {
    /// The pool.
    pub fn pool(&self) -> &Pool {
        self.simulator.books().pool.as_ref().expect("there is a pool")
    }

    /// What the pool is worth, high and low.
    pub fn value(&self) -> Nav {
        value_of(self.simulator.books(), self.now())
    }

    /// What a share is worth to who leaves, with the virtual ones beside: dollars.
    pub fn share_price(&self) -> f64 {
        (self.value().low as f64 + VIRTUAL_QUOTE as f64) / (self.pool().shares as f64 + VIRTUAL_SHARES as f64)
    }

    /// Shares that somebody holds.
    pub fn shares(&self, name: &str) -> u64 {
        let owner = Pubkey::from(self.account(name).owner);
        self.simulator.books().shares.held.get(&owner).copied().unwrap_or(0)
    }

    /// Asks to come into the pool with dollars. Returns the request's number.
    pub fn ask_in(&mut self, name: &str, amount: Usd) -> Result<u64> {
        let (who, amount) = (self.who(name), amount.0.unsigned_abs());
        self.requested(PoolAct::RequestDeposit { who, amount, min_shares: 0, tip: 0 })
    }

    /// Brings the first deposit in, or one of a number. Returns its shares, and what went back.
    pub fn bring_in(&mut self, number: Option<u64>, by: &str) -> Result<(u64, Usd)> {
        let by = self.who(by);
        match self.play(Action::Pool(PoolAct::ExecuteDeposit { number, by }))? {
            Done::DepositExecuted { shares, returned } => Ok((shares, returned.into())),
            other => panic!("a deposit that did {other:?}"),
        }
    }

    /// Comes into the pool as soon as the rules let him. Returns the shares.
    #[track_caller]
    pub fn join(&mut self, name: &str, amount: Usd) -> u64 {
        let number = self.ask_in(name, amount).unwrap_or_else(|error| panic!("{name} cannot ask: {error}"));
        self.wait(MARKS);
        let (shares, returned) =
            self.bring_in(Some(number), name).unwrap_or_else(|error| panic!("{name} cannot come in: {error}"));
        assert_eq!(returned, Usd::ZERO, "{name} gets it back");
        shares
    }

    /// Asks to leave with shares, or with all of them. Returns the request's number.
    pub fn ask_out(&mut self, name: &str, shares: Option<u64>) -> Result<u64> {
        let who = self.who(name);
        self.requested(PoolAct::RequestRedeem { who, shares, tip: MIN_TIP })
    }

    fn requested(&mut self, act: PoolAct) -> Result<u64> {
        match self.play(Action::Pool(act))? {
            Done::Requested { request } => Ok(request),
            other => panic!("a request that did {other:?}"),
        }
    }

    /// Pays the first who leaves: what he got, and shares that still wait.
    pub fn pay_out(&mut self, by: &str) -> Result<(Usd, u64)> {
        let by = self.who(by);
        match self.play(Action::Pool(PoolAct::ExecuteRedeem { number: None, by }))? {
            Done::Redeemed { paid, rest, .. } => Ok((paid.into(), rest)),
            other => panic!("a redemption that did {other:?}"),
        }
    }

    /// Takes a request to leave back.
    pub fn cancel_redeem(&mut self, name: &str, number: u64) -> Result<()> {
        let who = self.who(name);
        self.play(Action::Pool(PoolAct::CancelRedeem { who, number: Some(number) })).map(drop)
    }

    /// The pool takes over what an auction has left. Returns the base that the account gained.
    pub fn backstop(&mut self, name: &str, by: &str, max_base: u64) -> Result<i64> {
        let (who, market, by) = (self.who(name), self.here, self.who(by));
        match self.play(Action::Backstop { who, market, by, max_base })? {
            Done::TakenOver { base, .. } => Ok(base),
            other => panic!("a take-over that did {other:?}"),
        }
    }

    /// Deposits dollars, if that goes.
    pub fn try_deposit(&mut self, name: &str, amount: Usd) -> Result<()> {
        let (who, amount) = (self.who(name), amount.0.unsigned_abs());
        self.play(Action::Deposit { who, bank: USDC, amount }).map(drop)
    }

    /// Moves capital to another account, if that goes.
    pub fn try_transfer(&mut self, name: &str, to: &str, amount: Usd) -> Result<()> {
        let (who, to, amount) = (self.who(name), self.who(to), amount.0.unsigned_abs());
        self.play(Action::Transfer { who, to, bank: USDC, amount }).map(drop)
    }

    /// Sends tokens to the bank's vault past the program.
    #[track_caller]
    pub fn donate(&mut self, by: &str, amount: Usd) {
        let (by, amount) = (self.who(by), amount.0.unsigned_abs());
        let _sent = self.play(Action::Donate { by, amount }).unwrap();
    }

    /// Leaves the pool with everything: asks, sleeps through the cooldown with keepers at work, and is paid. Returns what
    /// he got.
    #[track_caller]
    pub fn leave(&mut self, name: &str) -> Usd {
        let _asked = self.ask_out(name, None).unwrap_or_else(|error| panic!("{name} cannot ask: {error}"));
        let cooldown = u64::from(self.pool().cooldown_secs);
        self.rest(cooldown);
        let (paid, rest) = self.pay_out(name).unwrap_or_else(|error| panic!("{name} cannot leave: {error}"));
        assert_eq!(rest, 0, "{name} is paid in part only");
        paid
    }

    /// A long time in which nothing happens but that everybody settles: at its end prices are the latest.
    #[track_caller]
    pub fn rest(&mut self, secs: u64) {
        // The mark's average follows the premium while somebody looks.
        self.sleep(secs.saturating_sub(20));
        self.wait(secs.min(20));
    }

    /// Rolls the pool's range in the market, somebody being paid. Returns its liquidity, the base by which the position was
    /// reduced, and the tip.
    pub fn roll(&mut self, by: &str) -> Result<(u128, i64, Usd)> {
        let (market, by) = (self.here, self.who(by));
        match self.play(Action::Strategy(StrategyAct::Rebalance { market, by }))? {
            Done::Rebalanced { liquidity, base, tip, .. } => Ok((liquidity, base, tip.into())),
            other => panic!("a rebalancing that did {other:?}"),
        }
    }

    /// Turns what the pool has earned in the market into capital.
    pub fn collect_pool(&mut self) -> Result<Done> {
        let market = self.here;
        self.play(Action::Strategy(StrategyAct::Collect { market }))
    }

    /// What people own of the pool, at its low value, with what waits to come in.
    pub(crate) fn in_pool(books: &Books, now: keel_engine::Now, members: &[(Pubkey, Pubkey)]) -> Usd {
        let Some(pool) = books.pool else { return Usd::ZERO };
        let is_theirs = |account: [u8; 32]| members.iter().any(|(address, _)| address.to_bytes() == account);
        let mut owners: Vec<&Pubkey> = members.iter().map(|(_, owner)| owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let held: u64 = owners.iter().filter_map(|owner| books.shares.held.get(owner)).sum();
        let theirs = || books.requests.values().filter(|request| is_theirs(request.account));
        let leaving: u64 = theirs().filter(|request| request.kind == REDEMPTION).map(|request| request.amount).sum();
        let coming: u64 = theirs().filter(|request| request.kind != REDEMPTION).map(|request| request.amount).sum();
        let worth = worth_floor(held + leaving, &value_of(books, now), pool.shares);
        Usd::from(worth.unwrap_or_else(|error| panic!("shares cannot be valued: {error}"))) + coming.into()
    }
}
