//! The pool on the chain: where lamports and shares go, and what tokens past the program do.

use keel_chain_tests::cases::pool::{
    COOLDOWN_SECS, asking_in, asking_out, bringing_in, open_pool, paying_out, shares_of,
};
use keel_chain_tests::refusal::{ALREADY_IN_USE, Refusal, assert_all_refused, assert_refused};
use keel_chain_tests::{World, dollars};
use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::Error;
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::{Pool, PoolRequest};
use keel_sdk::address;
use keel_sdk::instructions::{CancelDeposit, CancelRedeem, CloseAccount, CreatePool, RequestDeposit, RequestRedeem};
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The system program: not that many lamports.
const NOT_ENOUGH_LAMPORTS: Refusal = Refusal::Code(1);

struct Stage {
    world: World,
    lp: Trader,
    keeper: Trader,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::with_liquidity();
        let lp = world.open("lp", dollars(100_000), false);
        let keeper = world.open("keeper", dollars(0), false);
        open_pool(&mut world, &[&lp, &keeper]);
        world.tick();
        Self { world, lp, keeper }
    }

    fn pool(&self) -> Pool {
        self.world.exchange.state(&address::pool()).unwrap()
    }

    fn lamports(&self, address: &Pubkey) -> u64 {
        self.world.exchange.chain.account(address).map_or(0, |account| account.lamports)
    }

    /// Lamports of the LP, the keeper, and a request.
    fn purse(&self, kind: u8, number: u64) -> [u64; 3] {
        let request = address::pool_request(kind, number);
        [self.lp.key.pubkey(), self.keeper.key.pubkey(), request].map(|address| self.lamports(&address))
    }

    fn rent(&self) -> u64 {
        self.world.exchange.chain.rent(8 + size_of::<PoolRequest>())
    }

    fn shares(&self) -> u64 {
        token::balance(&self.world.exchange.chain, &shares_of(&self.lp)).unwrap()
    }

    fn ask_in(&mut self, usd: u64) -> u64 {
        let number = self.pool().deposits;
        let ask = asking_in(&self.world, &self.lp, dollars(usd));
        self.world.send(ask);
        number
    }

    fn ask_out(&mut self, usd: u64) -> u64 {
        let number = self.pool().redeem_tail;
        let ask = asking_out(&self.world, &self.lp, dollars(usd));
        self.world.send(ask);
        number
    }

    /// The LP has put so many dollars into the pool.
    fn join(&mut self, usd: u64) {
        let number = self.ask_in(usd);
        self.world.sleep(1);
        let execute = bringing_in(&self.world, &self.keeper, number);
        self.world.send(execute);
    }

    fn pay_out(&mut self, number: u64) {
        let execute = paying_out(&self.world, &self.keeper, number);
        self.world.send(execute);
    }
}

#[test]
fn rent_and_tip_come_from_who_asks_and_go_where_they_belong() {
    let mut stage = Stage::new();
    let rent = stage.rent();
    let [lp, keeper, none] = stage.purse(0, 0);
    assert_eq!(none, 0);
    let number = stage.ask_in(10_000);
    assert_eq!(stage.purse(0, number), [lp - rent - MIN_TIP, keeper, rent + MIN_TIP]);
    stage.world.sleep(1);
    let execute = bringing_in(&stage.world, &stage.keeper, number);
    stage.world.send(execute);
    assert_eq!((stage.purse(0, number), stage.shares()), ([lp - MIN_TIP, keeper + MIN_TIP, 0], dollars(10_000)));
    // What is taken back comes back in full.
    let number = stage.ask_in(1_000);
    stage.world.sleep(CANCELLABLE_AFTER_SECS);
    let cancel = CancelDeposit { authority: stage.lp.key.pubkey(), number };
    stage.world.send_built(cancel.instruction(&stage.world.exchange.chain));
    assert_eq!(stage.purse(0, number), [lp - MIN_TIP, keeper + MIN_TIP, 0]);
    // A redemption earns its tip as well; one that is cancelled behind another keeps what its turn costs.
    let (first, second) = (stage.ask_out(4_000), stage.ask_out(6_000));
    assert_eq!(stage.shares(), 0);
    let cancel = CancelRedeem { owner: stage.lp.key.pubkey(), shares_account: shares_of(&stage.lp), number: second };
    stage.world.send_built(cancel.instruction(&stage.world.exchange.chain));
    assert_eq!((stage.shares(), stage.purse(1, second)[2]), (dollars(6_000), rent + MIN_TIP));
    stage.world.sleep(COOLDOWN_SECS.into());
    stage.pay_out(first);
    stage.pay_out(second);
    assert_eq!(stage.purse(1, second), [lp - 3 * MIN_TIP, keeper + 3 * MIN_TIP, 0]);
    assert_eq!((stage.pool().shares, stage.pool().shares_waiting), (dollars(6_000), 0));
    assert_eq!(stage.world.account(&stage.lp).usdc(), dollars(94_000));
}

#[test]
fn a_tip_is_what_the_payer_has() {
    let mut stage = Stage::new();
    stage.join(1_000);
    let has = stage.purse(0, 0)[0];
    let (owner, account, shares_account) = (stage.lp.key.pubkey(), stage.lp.account, shares_of(&stage.lp));
    for (tip, deposit, redeem) in [
        (0, None, Some(Refusal::Keel(Error::RequestTooSmall))),
        (1, None, Some(Refusal::Keel(Error::RequestTooSmall))),
        (MIN_TIP - 1, None, Some(Refusal::Keel(Error::RequestTooSmall))),
        (MIN_TIP, None, None),
        (has, Some(NOT_ENOUGH_LAMPORTS), Some(NOT_ENOUGH_LAMPORTS)),
        (u64::MAX - 1, Some(NOT_ENOUGH_LAMPORTS), Some(NOT_ENOUGH_LAMPORTS)),
        (u64::MAX, Some(NOT_ENOUGH_LAMPORTS), Some(NOT_ENOUGH_LAMPORTS)),
    ] {
        let request = RequestDeposit { owner, account, shares_account, amount: dollars(100), min_shares: 0, tip };
        let request = request.instruction(&stage.world.exchange.chain).unwrap();
        let leave = RequestRedeem { owner, account, shares_account, amount: 1, tip };
        let leave = leave.instruction(&stage.world.exchange.chain).unwrap();
        for (instruction, expected) in [(request, deposit), (leave, redeem)] {
            match expected {
                Some(refusal) => {
                    assert_all_refused(&mut stage.world, &[instruction], refusal, &format!("a tip of {tip}"));
                }
                None => drop(stage.world.send(instruction)),
            }
        }
    }
}

#[test]
fn there_is_one_pool() {
    let mut stage = Stage::new();
    let again = CreatePool { admin: stage.world.exchange.admin.pubkey() }.instruction();
    assert_all_refused(&mut stage.world, &[again], ALREADY_IN_USE, "a second pool");
}

#[test]
fn an_account_that_waits_is_not_closed() {
    let mut stage = Stage::new();
    stage.join(100_000);
    let number = stage.ask_out(100_000);
    let close = CloseAccount { owner: stage.lp.key.pubkey(), account: stage.lp.account }.instruction();
    assert_refused(&mut stage.world, &close, Error::RequestsOpen);
    stage.world.sleep(COOLDOWN_SECS.into());
    stage.pay_out(number);
    assert_refused(&mut stage.world, &close, Error::AccountNotEmpty);
}

/// Shares sent to the vault and shares burnt are gifts to nobody: the others' shares are worth what they were.
#[test]
fn tokens_past_the_program_change_no_price() {
    let mut stage = Stage::new();
    stage.join(10_000);
    let value = |stage: &Stage| {
        let view: keel_sdk::views::PoolView = {
            let ask = keel_sdk::instructions::ViewPool.instruction(&stage.world.exchange.chain).unwrap();
            stage.world.exchange.chain.view(ask).unwrap()
        };
        (view.nav_high, view.nav_low, view.shares, view.price_high, view.price_low)
    };
    let before = value(&stage);
    let lp = stage.lp.key.pubkey();
    stage.world.send(token::transfer(&shares_of(&stage.lp), &address::share_vault(), &lp, dollars(1_000)));
    let vault = address::vault(&stage.world.exchange.mint);
    token::credit(&mut stage.world.exchange.chain, &stage.lp.tokens, dollars(5_000)).unwrap();
    stage.world.send(token::transfer(&stage.lp.tokens, &vault, &lp, dollars(5_000)));
    assert_eq!(value(&stage), before);
    // What waits is told by requests, not by tokens.
    let number = stage.ask_out(9_000);
    stage.world.sleep(COOLDOWN_SECS.into());
    stage.pay_out(number);
    assert_eq!((stage.pool().shares, stage.shares()), (dollars(1_000), 0));
    assert_eq!(token::balance(&stage.world.exchange.chain, &address::share_vault()).unwrap(), dollars(1_000));
    stage.world.exchange.audit().unwrap();
}

/// Somebody whose token account is gone when his time is over gets his shares in another one, and nobody waits for it.
#[test]
fn shares_that_cannot_go_back_wait_outside_of_the_queue() {
    let mut stage = Stage::new();
    stage.join(10_000);
    let (first, second) = (stage.ask_out(4_000), stage.ask_out(6_000));
    stage.world.exchange.chain.put(&shares_of(&stage.lp), Account::default()).unwrap();
    stage.world.sleep((2 * COOLDOWN_SECS).into());
    for number in [first, second] {
        stage.pay_out(number);
    }
    let pool = stage.pool();
    assert_eq!((pool.redeem_head, pool.shares_waiting), (second + 1, dollars(10_000)));
    let (owner, other) = (stage.lp.key.pubkey(), key("other shares").pubkey());
    token::create_account(&mut stage.world.exchange.chain, &other, &address::share_mint(), &owner, 0).unwrap();
    for number in [first, second] {
        let cancel = CancelRedeem { owner, shares_account: other, number };
        stage.world.send_built(cancel.instruction(&stage.world.exchange.chain));
    }
    assert_eq!(token::balance(&stage.world.exchange.chain, &other).unwrap(), dollars(10_000));
    assert_eq!((stage.pool().shares_waiting, stage.purse(1, first)[2]), (0, 0));
}
