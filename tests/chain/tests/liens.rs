//! Liens and accounts that pass on, on the compiled program, through the builders: a lender's whole story.

use keel_chain_tests::purse::{Purse, SOLS};
use keel_chain_tests::refusal::assert_refused;
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::exchange::Trader;
use keel_engine::curve::Exact;
use keel_engine::lien::Terms;
use keel_engine::state::MarginAccount;
use keel_engine::{Error, Side};
use keel_sdk::instructions::{
    CallLien, GiveAccount, PlaceLien, Release, ReleaseLien, RemoveRange, Seize, Settle, Trade, Withdraw,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const NOTICE: u32 = 600;

/// A debtor with a long position and a range, whose account keeps 20,000 USD for a lender.
struct Loan {
    purse: Purse,
    debtor: Trader,
    lender: Trader,
}

impl Loan {
    fn new() -> Self {
        let mut purse = Purse::ripe();
        let debtor = purse.world.open("debtor", dollars(30_000), true);
        let lender = purse.world.open("lender", 0, false);
        let sol = purse.sol;
        purse.deposit(&debtor, &sol, 100 * SOLS);
        purse.world.provide(&debtor, BTC, -40, 40, dollars(10_000));
        purse.world.trade(&debtor, BTC, Side::Buy, dollars(40_000));
        let mut loan = Self { purse, debtor, lender };
        let place = loan.placing(dollars(20_000), NOTICE);
        loan.world().send(place);
        loan
    }

    fn world(&mut self) -> &mut World {
        &mut self.purse.world
    }

    fn placing(&self, floor: u64, notice_secs: u32) -> Instruction {
        let terms = Terms { holder: self.lender.key.pubkey().to_bytes(), floor, notice_secs };
        PlaceLien { owner: self.debtor.key.pubkey(), account: self.debtor.account, terms }.instruction()
    }

    fn calling(&self, notice: bool) -> Instruction {
        CallLien { holder: self.lender.key.pubkey(), account: self.debtor.account, notice }.instruction()
    }

    /// A trade in the debtor's account, whoever signs it.
    fn trading(&self, authority: Pubkey, side: Side, quote: u64) -> Instruction {
        let world = &self.purse.world;
        let base = world.base_for(BTC, quote);
        let order = Trade { authority, ..world.order(&self.debtor, BTC, side, Exact::Base(base)) };
        world.built(&order)
    }

    fn seizing(&self, mint: Pubkey, amount: u64) -> Instruction {
        let (holder, account, receiver) = (self.lender.key.pubkey(), self.debtor.account, self.lender.account);
        Seize { holder, account, receiver, mint, amount }.instruction(&self.purse.world.exchange.chain).unwrap()
    }

    fn withdrawing(&self, owner: &Trader, amount: u64) -> Instruction {
        let withdraw = Withdraw {
            owner: owner.key.pubkey(),
            account: self.debtor.account,
            mint: self.purse.world.exchange.mint,
            destination: owner.tokens,
            amount,
        };
        withdraw.instruction(&self.purse.world.exchange.chain).unwrap()
    }

    fn state(&self) -> MarginAccount {
        self.purse.world.account(&self.debtor)
    }

    /// Notice given, and its time over.
    fn called() -> Self {
        let mut loan = Self::new();
        let call = loan.calling(true);
        loan.world().send(call);
        loan.purse.pass(i64::from(NOTICE));
        loan
    }
}

#[test]
fn below_the_floor_the_owner_neither_withdraws_nor_adds_risk() {
    let mut loan = Loan::new();
    let free = loan.purse.health(&loan.debtor).initial_equity - i64::try_from(dollars(20_000)).unwrap();
    let free = u64::try_from(free).unwrap();
    let debtor = Trader::named("debtor");
    let too_much = loan.withdrawing(&debtor, free + dollars(10));
    assert_refused(loan.world(), &too_much, Error::LienFloor);
    let some = loan.withdrawing(&debtor, free - dollars(10));
    loan.world().send(some);
    // Fees alone break the floor now.
    loan.world().publish();
    let risk = loan.trading(debtor.key.pubkey(), Side::Buy, dollars(30_000));
    assert_refused(loan.world(), &risk, Error::LienFloor);
    let less = loan.trading(debtor.key.pubkey(), Side::Sell, dollars(10_000));
    loan.world().send(less);
}

#[test]
fn a_lien_grows_stronger_only_and_ends_by_its_holder() {
    let mut loan = Loan::new();
    for weaker in [loan.placing(dollars(19_999), NOTICE), loan.placing(dollars(20_000), NOTICE + 1)] {
        assert_refused(loan.world(), &weaker, Error::LienHeld);
    }
    let stronger = loan.placing(dollars(20_001), NOTICE - 1);
    loan.world().send(stronger);
    let debtor = Trader::named("debtor");
    let by_owner = ReleaseLien { holder: debtor.key.pubkey(), account: debtor.account }.instruction();
    assert_refused(loan.world(), &by_owner, Error::NotLienHolder);
    let by_holder = ReleaseLien { holder: loan.lender.key.pubkey(), account: debtor.account }.instruction();
    loan.world().send(by_holder.clone());
    assert_refused(loan.world(), &by_holder, Error::NoLien);
    let all = loan.withdrawing(&debtor, dollars(20_000));
    loan.world().send(all);
}

#[test]
fn notice_is_given_taken_back_and_runs_out() {
    let mut loan = Loan::new();
    let lender = loan.lender.key.pubkey();
    let (call, back) = (loan.calling(true), loan.calling(false));
    assert_refused(loan.world(), &back, Error::LienNotDue);
    let by_owner = CallLien { holder: loan.debtor.key.pubkey(), account: loan.debtor.account, notice: true };
    assert_refused(loan.world(), &by_owner.instruction(), Error::NotLienHolder);
    loan.world().send(call.clone());
    assert_refused(loan.world(), &call, Error::LienCalled);
    loan.world().send(back);
    loan.world().send(call);
    loan.purse.pass(i64::from(NOTICE) - 10);
    let usdc = loan.purse.world.exchange.mint;
    loan.world().publish();
    for early in [loan.trading(lender, Side::Sell, dollars(1_000)), loan.seizing(usdc, 1)] {
        assert_refused(loan.world(), &early, Error::LienNotDue);
    }
    loan.purse.pass(10);
    loan.world().publish();
    let due = loan.trading(lender, Side::Sell, dollars(1_000));
    loan.world().send(due);
}

/// The holder makes the account smaller, and no more.
#[test]
fn the_holder_closes_by_force() {
    let mut loan = Loan::called();
    let (lender, account) = (loan.lender.key.pubkey(), loan.debtor.account);
    loan.world().publish();
    let more = loan.trading(lender, Side::Buy, dollars(1_000));
    assert_refused(loan.world(), &more, Error::DelegateNotAllowed);
    let range = loan.purse.world.range(&loan.debtor, BTC, -60, 60, dollars(1_000));
    let range = keel_sdk::instructions::AddRange { owner: lender, ..range };
    let range = range.instruction(&loan.purse.world.exchange.chain).unwrap();
    assert_refused(loan.world(), &range, Error::DelegateNotAllowed);
    let turn = loan.trading(lender, Side::Sell, dollars(60_000));
    assert_refused(loan.world(), &turn, Error::DelegateNotAllowed);
    let stranger = loan.world().stranger("stranger");
    let nobodys = loan.trading(stranger, Side::Sell, dollars(1_000));
    assert_refused(loan.world(), &nobodys, Error::Unauthorized);
    let out = Withdraw {
        owner: lender,
        account,
        mint: loan.purse.world.exchange.mint,
        destination: loan.lender.tokens,
        amount: 1,
    };
    let out = out.instruction(&loan.purse.world.exchange.chain).unwrap();
    assert_refused(loan.world(), &out, Error::Unauthorized);

    let unwind = RemoveRange { owner: lender, account, slot: 0 };
    let unwind = unwind.instruction(&loan.purse.world.exchange.chain).unwrap();
    loan.world().send(unwind);
    loan.world().publish();
    let base = loan.purse.world.base(&loan.debtor, BTC);
    assert!(base > 0);
    let exact = Exact::Base(base.unsigned_abs());
    let close = Trade { authority: lender, ..loan.purse.world.order(&loan.debtor, BTC, Side::Sell, exact) };
    let close = loan.purse.world.built(&close);
    loan.world().send(close);
    assert_eq!(loan.purse.world.base(&loan.debtor, BTC), 0);
    let haircut = Release { owner: lender, account, market: BTC, min_ratio_ppm: 999_999 }.instruction();
    if loan.state().position(BTC).is_ok() {
        assert_refused(loan.world(), &haircut, Error::DelegateNotAllowed);
        let settle = Settle { authority: lender, account, market: BTC }.instruction();
        loan.world().send(settle);
    }
}

/// Up to the floor, in what the account has, and as far as it stays backed.
#[test]
fn the_holder_takes_what_the_lien_keeps() {
    let mut loan = Loan::called();
    let (usdc, sol) = (loan.purse.world.exchange.mint, loan.purse.sol.mint);
    let held = loan.state().usdc();
    let beyond = loan.seizing(usdc, dollars(20_000) + 1);
    assert_refused(loan.world(), &beyond, Error::LienFloor);
    let nothing = loan.seizing(usdc, 0);
    assert_refused(loan.world(), &nothing, Error::ZeroAmount);
    let by_another = {
        let (holder, account) = (loan.debtor.key.pubkey(), loan.debtor.account);
        let seize = Seize { holder, account, receiver: loan.lender.account, mint: usdc, amount: 1 };
        seize.instruction(&loan.purse.world.exchange.chain).unwrap()
    };
    assert_refused(loan.world(), &by_another, Error::NotLienHolder);

    let first = loan.seizing(usdc, dollars(15_000));
    loan.world().send(first);
    assert_eq!((loan.state().usdc(), loan.state().lien_floor), (held - dollars(15_000), dollars(5_000)));
    assert_eq!(loan.purse.world.account(&loan.lender).usdc(), dollars(15_000));

    // Other collateral counts against the floor at its price, without a haircut: 33 of it at 149.85 are 4,945 USD.
    let second = loan.seizing(sol, 33 * SOLS);
    loan.world().send(second);
    assert_eq!(loan.purse.world.account(&loan.lender).capital, [dollars(15_000), 33 * SOLS, 0, 0]);
    let rest = loan.state().lien_floor;
    assert!(rest > dollars(54) && rest < dollars(56), "{rest}");
    let last = loan.seizing(usdc, rest);
    loan.world().send(last);
    let state = loan.state();
    assert_eq!((state.lien_holder, state.lien_floor, state.lien_called_at), ([0; 32], 0, 0), "the lien has ended");
}

/// With everything in it, its lien too; whoever could act for the old owner cannot for the new one.
#[test]
fn an_account_passes_on() {
    let mut loan = Loan::new();
    let heir = loan.world().open("heir", 0, false);
    let debtor = Trader::named("debtor");
    let give = |owner: &Trader, new_owner: Pubkey| {
        GiveAccount { owner: owner.key.pubkey(), account: debtor.account, new_owner }.instruction()
    };
    assert_refused(loan.world(), &give(&heir, heir.key.pubkey()), Error::Unauthorized);
    assert_refused(loan.world(), &give(&debtor, Pubkey::default()), Error::InvalidParameter);
    let before = loan.state();
    loan.world().send(give(&debtor, heir.key.pubkey()));
    let after = loan.state();
    assert_eq!(after, MarginAccount { owner: heir.key.pubkey().to_bytes(), ..before });
    let by_old = loan.withdrawing(&debtor, dollars(1));
    assert_refused(loan.world(), &by_old, Error::Unauthorized);
    let by_new = loan.withdrawing(&heir, dollars(1));
    loan.world().send(by_new);
    loan.world().publish();
    let trade = loan.trading(heir.key.pubkey(), Side::Sell, dollars(1_000));
    loan.world().send(trade);
    // The lien lies on it still.
    let all = loan.withdrawing(&heir, dollars(25_000));
    assert_refused(loan.world(), &all, Error::LienFloor);
    let told = &loan.purse.world.exchange.replay.accounts()[&debtor.account];
    assert_eq!(told.owner, Some(heir.key.pubkey()), "and the events say whose it is");
}
