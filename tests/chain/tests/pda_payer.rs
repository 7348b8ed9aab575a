//! An address at which a program keeps its state owns a margin account: it signs for it, and somebody else pays.

use keel_chain_tests::cases::order::limit;
use keel_chain_tests::cases::pool::open_pool;
use keel_chain_tests::hostile::{self, HOSTILE, Own, relayed};
use keel_chain_tests::{BTC, World, dollars};
use keel_embedded::chain::key;
use keel_embedded::{Outcome, token};
use keel_engine::pool::deposits::CANCELLABLE_AFTER_SECS;
use keel_engine::pool::redemptions::MIN_TIP;
use keel_engine::state::Bank;
use keel_engine::units::Price;
use keel_sdk::address;
use keel_sdk::instructions::{
    ApproveBuilder, CancelDeposit, CancelOrder, CancelRedeem, CancelWithdrawal, CloseAccount, CloseRanges, Deposit,
    ExecuteDeposit, OpenAccount, OpenRanges, PlaceOrder, QueueWithdrawal, RequestDeposit, RequestRedeem, RevokeBuilder,
    Withdraw,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// An exchange with a program's address that has data, and a wallet that pays.
struct Stage {
    world: World,
    own: Own,
    payer: Pubkey,
    tokens: Pubkey,
    shares: Pubkey,
    account: Pubkey,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::with_liquidity();
        hostile::deploy(&mut world);
        open_pool(&mut world, &[]);
        let own = Own::new(7);
        let payer = world.stranger("payer");
        let [tokens, shares] = ["tokens", "shares"].map(|name| key(&format!("the program's {name}")).pubkey());
        let chain = &mut world.exchange.chain;
        chain.put_data(&own.address, &HOSTILE, vec![7; 64]).unwrap();
        token::create_account(chain, &tokens, &world.exchange.mint, &own.address, dollars(100_000)).unwrap();
        token::create_account(chain, &shares, &address::share_mint(), &own.address, 0).unwrap();
        let account = address::margin_account(&own.address, 0);
        Self { world, own, payer, tokens, shares, account }
    }

    /// The program signs, from inside.
    fn try_sign(&mut self, instruction: &Instruction) -> Outcome {
        self.world.try_send(&[relayed(instruction, 1, &[self.own])])
    }

    #[track_caller]
    fn sign(&mut self, instruction: &Instruction) {
        let outcome = self.try_sign(instruction);
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }

    fn lamports(&self, of: &Pubkey) -> u64 {
        self.world.exchange.chain.account(of).map_or(0, |account| account.lamports)
    }

    /// What somebody has more after an act.
    fn gain(&mut self, of: &Pubkey, instruction: &Instruction) -> i64 {
        let before = self.lamports(of);
        self.sign(instruction);
        self.lamports(of).cast_signed() - before.cast_signed()
    }

    /// Something that the payer pays for, and gets back in whole when it is taken back.
    #[track_caller]
    fn there_and_back(&mut self, ask: &Instruction, wait: i64, back: impl FnOnce(&Self) -> Instruction) {
        let (payer, owner) = (self.payer, self.own.address);
        let before = (self.lamports(&payer), self.lamports(&owner));
        self.sign(ask);
        assert!(self.lamports(&payer) < before.0);
        self.world.wait(wait);
        let back = back(self);
        self.sign(&back);
        assert_eq!((self.lamports(&payer), self.lamports(&owner)), before);
    }
}

#[test]
fn an_address_with_data_owns_and_a_wallet_pays() {
    let mut stage = Stage::new();
    let (owner, payer, account) = (stage.own.address, stage.payer, stage.account);
    let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 };
    // The system program takes nothing from an address with data.
    let refused = stage.try_sign(&open.instruction()).unwrap_err();
    assert!(refused.error().is_none() && stage.lamports(&account) == 0, "{refused}");
    stage.sign(&open.paid_by(payer));
    stage.sign(&OpenRanges { owner, account }.paid_by(payer));
    let mint = stage.world.exchange.mint;
    let deposit = Deposit { authority: owner, account, mint, source: stage.tokens, amount: dollars(50_000) };
    stage.sign(&deposit.instruction(&stage.world.exchange.chain).unwrap());

    let builder = key("builder").pubkey();
    stage.sign(&ApproveBuilder { owner, account, builder, max_fee_ppm: 10 }.paid_by(payer));
    let rent = stage.lamports(&address::approval(&account, &builder)).cast_signed();
    let revoke = RevokeBuilder { owner, account, builder }.instruction();
    assert_eq!(stage.gain(&owner, &revoke), rent, "what the owner closes is the owner's");

    let order = PlaceOrder { authority: owner, account, market: BTC, number: 5, terms: limit(Price::MIN) };
    stage.there_and_back(&order.paid_by(payer), 1, |stage| {
        CancelOrder { authority: owner, account, number: 5 }.instruction(&stage.world.exchange.chain).unwrap()
    });

    let bank: Bank = stage.world.exchange.state(&address::bank(&mint)).unwrap();
    let queue = QueueWithdrawal { owner, account, mint, destination: stage.tokens, amount: dollars(1_000) };
    let queue = queue.paid_by(&stage.world.exchange.chain, payer).unwrap();
    stage.there_and_back(&queue, 1, |stage| {
        let cancel = CancelWithdrawal { authority: owner, mint, number: bank.queue_tail };
        cancel.instruction(&stage.world.exchange.chain).unwrap()
    });

    let shares_account = stage.shares;
    let enter = RequestDeposit { owner, account, shares_account, amount: dollars(10_000), min_shares: 0, tip: MIN_TIP };
    let ask = enter.paid_by(&stage.world.exchange.chain, payer).unwrap();
    stage.there_and_back(&ask, CANCELLABLE_AFTER_SECS, |stage| {
        CancelDeposit { authority: owner, number: 0 }.instruction(&stage.world.exchange.chain).unwrap()
    });
    let ask = enter.paid_by(&stage.world.exchange.chain, payer).unwrap();
    stage.sign(&ask);
    stage.world.wait(10);
    let execute = ExecuteDeposit { keeper: payer, number: 1 }.instruction(&stage.world.exchange.chain).unwrap();
    stage.world.send(execute);
    let amount = token::balance(&stage.world.exchange.chain, &shares_account).unwrap();
    let leave = RequestRedeem { owner, account, shares_account, amount, tip: MIN_TIP };
    let leave = leave.paid_by(&stage.world.exchange.chain, payer).unwrap();
    stage.there_and_back(&leave, 1, |stage| {
        let cancel = CancelRedeem { owner, shares_account, number: 0 };
        cancel.instruction(&stage.world.exchange.chain).unwrap()
    });

    let free = dollars(40_000);
    let withdraw = Withdraw { owner, account, mint, destination: stage.tokens, amount: free };
    stage.sign(&withdraw.instruction(&stage.world.exchange.chain).unwrap());
    let rent = stage.lamports(&address::ranges(&account)).cast_signed();
    assert_eq!(stage.gain(&owner, &CloseRanges { owner, account }.instruction()), rent);
    let rent = stage.lamports(&account).cast_signed();
    assert_eq!(stage.gain(&owner, &CloseAccount { owner, account }.instruction()), rent);
}

/// Whoever is to pay signs for it.
#[test]
fn nobody_pays_without_a_word() {
    let mut stage = Stage::new();
    let open = OpenAccount { owner: stage.own.address, sub_account: 0, isolated_market: 0 };
    let mut unsigned = open.paid_by(stage.payer);
    let place = unsigned.accounts.iter().position(|meta| meta.pubkey == stage.payer).unwrap();
    unsigned.accounts[place].is_signer = false;
    assert!(stage.try_sign(&unsigned).is_err());
    stage.sign(&open.paid_by(stage.payer));
}
