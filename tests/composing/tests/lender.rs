//! A lender with a lien: what it asks before it lends, what the borrower may still do, and how it gets its money.

use keel_chain_tests::{BTC, World, dollars};
use keel_composing_tests::{Scene, read, written};
use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Outcome, token};
use keel_engine::curve::Exact;
use keel_engine::{Error, Side, lien};
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_sdk::instructions::{PlaceLien, Withdraw};
use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const LENDER: Pubkey = Pubkey::from_str_const("Lender1111111111111111111111111111111111111");
const DAY: i64 = 86_400;
const NOTICE: i64 = 3_600;

fn derive(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &LENDER).0
}

/// The lender with 100,000 USD, and Alice with 50,000 in margin and a long position of 100,000.
struct Stage {
    scene: Scene,
    lender: Pubkey,
    treasury: Pubkey,
    receiver: Pubkey,
    alice: Trader,
    loan: Pubkey,
    wallet: Pubkey,
}

impl Stage {
    fn new() -> Self {
        let mut scene = Scene::new();
        let program = program::another("lender").unwrap_or_else(|error| panic!("{error:#}"));
        scene.world.exchange.chain.add_program(LENDER, &program).unwrap();
        let (lender, treasury) = (derive(&[b"lender"]), derive(&[b"treasury"]));
        let receiver = address::margin_account(&lender, 0);
        let payer = scene.world.stranger("payer");
        let open = vec![
            AccountMeta::new(payer, true),
            read(lender),
            read(scene.usdc),
            written(treasury),
            written(receiver),
            read(PROGRAM_ID),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ];
        scene.send(&[Instruction { program_id: LENDER, accounts: open, data: vec![0] }]);
        token::set_balance(&mut scene.world.exchange.chain, &treasury, dollars(100_000)).unwrap();
        let alice = scene.trader("alice", 50_000);
        scene.world.trade(&alice, BTC, Side::Buy, dollars(100_000));
        let loan = derive(&[b"loan", alice.account.as_ref()]);
        let wallet = scene.wallet("alice's USDC", scene.usdc, &key("alice"), 0);
        Self { scene, lender, treasury, receiver, alice, loan, wallet }
    }

    fn world(&mut self) -> &mut World {
        &mut self.scene.world
    }

    fn borrow(&self, amount: u64) -> Instruction {
        let accounts = vec![
            AccountMeta::new(self.alice.key.pubkey(), true),
            written(self.alice.account),
            written(self.loan),
            read(self.lender),
            written(self.treasury),
            written(self.wallet),
            read(PROGRAM_ID),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
            read(address::market(BTC)),
        ];
        Instruction { program_id: LENDER, accounts, data: [vec![1], amount.to_le_bytes().to_vec()].concat() }
    }

    fn repay(&self) -> Instruction {
        let alice = self.alice.key.pubkey();
        let accounts = vec![
            AccountMeta::new_readonly(alice, true),
            written(self.wallet),
            written(alice),
            written(self.loan),
            written(self.alice.account),
            read(self.lender),
            written(self.treasury),
            read(PROGRAM_ID),
            read(TOKEN_PROGRAM),
        ];
        Instruction { program_id: LENDER, accounts, data: vec![2] }
    }

    fn call(&self) -> Instruction {
        let accounts = vec![read(self.loan), written(self.alice.account), read(self.lender), read(PROGRAM_ID)];
        Instruction { program_id: LENDER, accounts, data: vec![3] }
    }

    fn reduce(&self, side: u8, base: u64) -> Instruction {
        let trade = self.scene.world.order(&self.alice, BTC, Side::Sell, Exact::Base(1));
        let remaining = self.scene.world.built(&trade).accounts.split_off(4);
        let mut accounts = vec![
            read(self.loan),
            written(self.alice.account),
            written(address::market(BTC)),
            read(self.scene.world.price_account(BTC)),
            read(self.lender),
            read(PROGRAM_ID),
        ];
        accounts.extend(remaining);
        Instruction { program_id: LENDER, accounts, data: [vec![4, side], base.to_le_bytes().to_vec()].concat() }
    }

    fn seize(&self) -> Instruction {
        let accounts = vec![
            written(self.alice.key.pubkey()),
            written(self.loan),
            written(self.alice.account),
            written(self.receiver),
            written(address::bank(&self.scene.usdc)),
            written(address::vault(&self.scene.usdc)),
            read(self.lender),
            written(self.treasury),
            read(PROGRAM_ID),
            read(TOKEN_PROGRAM),
            read(address::market(BTC)),
        ];
        Instruction { program_id: LENDER, accounts, data: vec![5] }
    }

    fn withdraw(&self, amount: u64) -> Instruction {
        let withdraw = Withdraw {
            owner: self.alice.key.pubkey(),
            account: self.alice.account,
            mint: self.scene.usdc,
            destination: self.wallet,
            amount,
        };
        withdraw.instruction(&self.scene.world.exchange.chain).unwrap()
    }

    fn is_open(&self) -> bool {
        self.scene.world.exchange.chain.data(&self.loan).is_some_and(|data| !data.is_empty())
    }
}

#[track_caller]
fn assert_code(outcome: &Outcome, code: u32) {
    let name = outcome.as_ref().expect_err("not refused").name();
    assert!(name.contains(&format!("Custom({code})")), "{name}");
}

#[test]
fn a_loan_is_made_under_a_lien_and_repaid() {
    let mut stage = Stage::new();
    // Equity is a little under 50,000: half of it at most, with a hundredth on top.
    assert_code(&stage.scene.try_send(&[stage.borrow(dollars(25_000))]), 7_103);
    let borrow = stage.borrow(dollars(20_000));
    stage.scene.send(&[borrow]);
    assert_eq!(stage.scene.balance(&stage.wallet), dollars(20_000));
    let account = stage.scene.world.account(&stage.alice);
    assert_eq!((account.lien_holder, account.lien_floor), (stage.lender.to_bytes(), dollars(30_300)));
    // She goes on trading, and takes out what is above the floor and no more.
    let alice = Trader::named("alice");
    stage.world().trade(&alice, BTC, Side::Buy, dollars(1_000));
    let too_much = stage.withdraw(dollars(20_500));
    assert_eq!(stage.scene.try_send(&[too_much]).unwrap_err().error(), Some(Error::LienFloor));
    let some = stage.withdraw(dollars(10_000));
    stage.scene.send(&[some]);
    // One loan for an account.
    assert!(stage.scene.try_send(&[stage.borrow(dollars(1))]).is_err());
    let repay = stage.repay();
    stage.scene.send(&[repay]);
    assert_eq!(stage.scene.balance(&stage.treasury), dollars(100_200));
    assert!(!lien::is_held(&stage.scene.world.account(&stage.alice)) && !stage.is_open());
    let rest = stage.withdraw(dollars(20_000));
    stage.scene.send(&[rest]);
}

#[test]
fn what_is_not_sure_is_not_lent_against() {
    let mut stage = Stage::new();
    stage.world().sleep(60);
    let stale = stage.borrow(dollars(1_000));
    assert_code(&stage.scene.world.try_send(&[stale]), 7_102);
    stage.world().tick();
    // The health needs the market.
    let mut blind = stage.borrow(dollars(1_000));
    blind.accounts.truncate(9);
    assert_eq!(stage.scene.try_send(&[blind]).unwrap_err().error(), Some(Error::MarketMissing));
    // Another's lien is there first.
    let terms = lien::Terms { holder: [7; 32], floor: 1, notice_secs: 0 };
    let place = PlaceLien { owner: stage.alice.key.pubkey(), account: stage.alice.account, terms };
    stage.scene.send(&[place.instruction()]);
    assert_eq!(stage.scene.try_send(&[stage.borrow(dollars(1_000))]).unwrap_err().error(), Some(Error::LienHeld));
    // Without the owner's signature, or against somebody else's account.
    let mut unsigned = stage.borrow(dollars(1_000));
    unsigned.accounts[0].is_signer = false;
    assert!(stage.scene.try_send(&[unsigned]).unwrap_err().name().contains("MissingRequiredSignature"));
    let mallory = stage.scene.trader("mallory", 1_000);
    let mut foreign = stage.borrow(dollars(1_000));
    foreign.accounts[0].pubkey = mallory.key.pubkey();
    assert_eq!(stage.scene.try_send(&[foreign]).unwrap_err().error(), Some(Error::Unauthorized));
}

#[test]
fn a_default_is_called_reduced_and_seized() {
    let mut stage = Stage::new();
    let borrow = stage.borrow(dollars(20_000));
    stage.scene.send(&[borrow]);
    assert_code(&stage.scene.try_send(&[stage.call()]), 7_104);
    stage.scene.wait(DAY, 300);
    let early = stage.seize();
    assert_eq!(stage.scene.try_send(&[early]).unwrap_err().error(), Some(Error::LienNotDue));
    let call = stage.call();
    stage.scene.send(&[call]);
    assert_eq!(stage.scene.try_send(&[stage.call()]).unwrap_err().error(), Some(Error::LienCalled));
    stage.scene.wait(NOTICE - 60, 60);
    assert_eq!(stage.scene.try_send(&[stage.reduce(1, 1_000_000_000)]).unwrap_err().error(), Some(Error::LienNotDue));
    stage.scene.wait(60, 20);
    // Nothing but smaller.
    assert_eq!(stage.scene.try_send(&[stage.reduce(0, 1_000_000_000)]).unwrap_err().error(), Some(Error::ReduceOnly));
    let half = stage.reduce(1, stage.scene.world.base(&stage.alice, BTC).unsigned_abs() / 2);
    stage.scene.send(&[half]);
    assert!(stage.scene.world.base(&stage.alice, BTC) > 0);
    let all = stage.reduce(1, u64::MAX >> 2);
    stage.scene.send(&[all]);
    assert_eq!(stage.scene.world.base(&stage.alice, BTC), 0);
    let before = stage.scene.world.account(&stage.alice).usdc();
    let seize = stage.seize();
    stage.scene.send(&[seize]);
    assert_eq!(before - stage.scene.world.account(&stage.alice).usdc(), dollars(20_200));
    assert_eq!(stage.scene.balance(&stage.treasury), dollars(100_200));
    assert!(!lien::is_held(&stage.scene.world.account(&stage.alice)) && !stage.is_open());
    // What is left is hers.
    let rest = stage.withdraw(dollars(25_000));
    stage.scene.send(&[rest]);
}
