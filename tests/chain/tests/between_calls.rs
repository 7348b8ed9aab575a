//! What a caller does to accounts of its own between two calls of the exchange: gives them away, closes them, makes others
//! in their place, and feeds what the exchange has closed.

use std::collections::BTreeMap;

use keel_chain_tests::cases;
use keel_chain_tests::hostile::{self, HOSTILE, Own, Step, script};
use keel_chain_tests::readdress::accounts;
use keel_chain_tests::refusal::{Refusal, WRONG_TYPE, assert_all_refused, assert_refused, told};
use keel_chain_tests::{BTC, Cast, World, dollars};
use keel_embedded::chain::key;
use keel_embedded::token;
use keel_engine::Error;
use keel_engine::state::{Bank, MarginAccount};
use keel_sdk::address::{self, PROGRAM_ID, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_sdk::instructions::{
    CloseAccount, Deposit, OpenAccount, OpenRanges, PayWithdrawal, QueueWithdrawal, Refresh, Withdraw,
};
use keel_sdk::pyth::RECEIVER;
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// Bytes of a token account.
const TOKENS_LEN: u64 = 165;

/// The system program gives an account to a program.
fn assign(account: Pubkey, owner: &Pubkey) -> Instruction {
    let data = [&1u32.to_le_bytes()[..], owner.as_ref()].concat();
    Instruction { program_id: SYSTEM_PROGRAM, accounts: vec![AccountMeta::new(account, true)], data }
}

/// The system program makes an account of the token program.
fn make_tokens(payer: Pubkey, account: Pubkey, lamports: u64) -> Instruction {
    let numbers = [lamports.to_le_bytes(), TOKENS_LEN.to_le_bytes()].concat();
    let data = [&0u32.to_le_bytes()[..], &numbers, TOKEN_PROGRAM.as_ref()].concat();
    let accounts = vec![AccountMeta::new(payer, true), AccountMeta::new(account, true)];
    Instruction { program_id: SYSTEM_PROGRAM, accounts, data }
}

/// The token program makes a token account of it: `InitializeAccount3`.
fn initialize_tokens(account: Pubkey, mint: Pubkey, owner: &Pubkey) -> Instruction {
    let data = [&[18], owner.as_ref()].concat();
    let accounts = vec![AccountMeta::new(account, false), AccountMeta::new_readonly(mint, false)];
    Instruction { program_id: TOKEN_PROGRAM, accounts, data }
}

/// The token program closes it: `CloseAccount`.
fn close_tokens(account: Pubkey, owner: Pubkey) -> Instruction {
    let accounts =
        vec![AccountMeta::new(account, false), AccountMeta::new(owner, false), AccountMeta::new_readonly(owner, true)];
    Instruction { program_id: TOKEN_PROGRAM, accounts, data: vec![9] }
}

/// A step in a call of its own: the runtime looks at what changed where a call begins and where it ends.
fn apart(step: Step) -> Step {
    Step::Call(script(&[step], &[]))
}

/// An address of the program with tokens and an open margin account.
struct Stage {
    cast: Cast,
    own: [Own; 2],
    owner: Pubkey,
    account: Pubkey,
    tokens: Pubkey,
}

impl Stage {
    fn new() -> Self {
        let mut cast = Cast::new();
        hostile::deploy(&mut cast.world);
        let own = [Own::new(0), Own::new(1)];
        let (owner, tokens) = (own[0].address, key("tokens of the program").pubkey());
        let (chain, mint) = (&mut cast.world.exchange.chain, cast.world.exchange.mint);
        chain.endow(&owner).unwrap();
        token::create_account(chain, &tokens, &mint, &owner, dollars(10_000)).unwrap();
        let mut stage = Self { cast, own, owner, account: address::margin_account(&owner, 0), tokens };
        let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 }.instruction();
        let open = stage.script(&[Step::Call(open)]);
        stage.cast.world.send(open);
        let deposit = stage.script(&[Step::Call(stage.deposit())]);
        stage.cast.world.send(deposit);
        stage
    }

    fn script(&self, play: &[Step]) -> Instruction {
        script(play, &self.own)
    }

    fn deposit(&self) -> Instruction {
        let (authority, account, mint) = (self.owner, self.account, self.cast.world.exchange.mint);
        let deposit = Deposit { authority, account, mint, source: self.tokens, amount: dollars(1_000) };
        deposit.instruction(&self.cast.world.exchange.chain).unwrap()
    }

    fn withdraw(&self) -> Instruction {
        let (owner, account, mint) = (self.owner, self.account, self.cast.world.exchange.mint);
        let withdraw = Withdraw { owner, account, mint, destination: self.tokens, amount: dollars(500) };
        withdraw.instruction(&self.cast.world.exchange.chain).unwrap()
    }

    fn usdc(&self) -> u64 {
        self.cast.world.exchange.state::<MarginAccount>(&self.account).unwrap().usdc()
    }
}

/// An account of the hostile program's own.
fn of_its_own(world: &mut World, name: &str, lamports: u64, data: Vec<u8>) -> Pubkey {
    let address = key(name).pubkey();
    let chain = &mut world.exchange.chain;
    let lamports = chain.rent(data.len()) + lamports;
    chain.put(&address, Account { lamports, data, owner: HOSTILE, ..Account::default() }).unwrap();
    address
}

/// Whose an account is the margin account says, and not who owns the owner.
#[test]
fn an_owner_that_is_given_away_is_the_owner_still() {
    let mut stage = Stage::new();
    let purse = of_its_own(&mut stage.cast.world, "purse", 0, Vec::new());
    let (deposit, withdraw) = (Step::Call(stage.deposit()), Step::Call(stage.withdraw()));
    let given = Step::Call(assign(stage.owner, &HOSTILE));
    let robbed = apart(Step::Move(stage.owner, purse, 1_000_000));
    let plain = stage.script(&[deposit.clone(), withdraw.clone()]);
    let expected = stage.cast.world.aside(|world| {
        world.send(plain);
        accounts(&world.exchange.chain)
    });
    let play = stage.script(&[deposit, given, robbed, withdraw]);
    stage.cast.world.send(play);
    let chain = &stage.cast.world.exchange.chain;
    assert!(accounts(chain) == expected);
    assert_eq!(chain.account(&stage.owner).unwrap().owner, HOSTILE);
    // It gets rents back, and pays for nothing any more: the system program moves its own accounts' lamports only.
    let open = OpenRanges { owner: stage.owner, account: stage.account }.instruction();
    let open = stage.script(&[Step::Call(open)]);
    assert_refused(&mut stage.cast.world, &open, Refusal::Named("ExternalAccountLamportSpend"));
    let close = CloseAccount { owner: stage.owner, account: stage.account }.instruction();
    let mut all = stage.withdraw();
    all.data[1..9].copy_from_slice(&stage.usdc().to_le_bytes());
    let play = stage.script(&[Step::Call(all), Step::Call(close)]);
    stage.cast.world.send(play);
}

/// A withdrawal that waits is paid to the token account that was named, or comes back: whatever its owner makes of that
/// account in the meantime.
#[test]
fn a_destination_that_becomes_something_else_is_not_paid() {
    let mut stage = Stage::new();
    let (owner, destination, mint) = (stage.owner, stage.own[1].address, stage.cast.world.exchange.mint);
    let lamports = stage.cast.world.exchange.chain.rent(TOKENS_LEN as usize);
    let make = |mint| {
        let made = make_tokens(owner, destination, lamports);
        [Step::Call(made), Step::Call(initialize_tokens(destination, mint, &owner))]
    };
    let made = stage.script(&make(mint));
    stage.cast.world.send(made);
    let (account, amount) = (stage.account, dollars(100));
    let queue = QueueWithdrawal { owner, account, mint, destination, amount };
    let queue = queue.instruction(&stage.cast.world.exchange.chain).unwrap();
    let pay = stage.cast.world.aside(|world| {
        world.send(script(&[Step::Call(queue.clone())], &stage.own));
        let bank: Bank = world.exchange.state(&address::bank(&mint)).unwrap();
        PayWithdrawal { mint, number: bank.queue_head }.instruction(&world.exchange.chain).unwrap()
    });
    let (queue, pay) = (Step::Call(queue), Step::Call(pay));
    let close = Step::Call(close_tokens(destination, owner));
    let [made, of_another] = make(stage.cast.second.mint);
    let before = stage.usdc();
    let paid = [queue.clone(), pay.clone()];
    let gone = [queue.clone(), close.clone(), pay.clone()];
    let other = [queue, close, made, of_another, pay];
    for (play, left) in [(&paid[..], before - amount), (&gone[..], before), (&other[..], before)] {
        let play = stage.script(play);
        let found = stage.cast.world.aside(|world| {
            world.send(play);
            world.exchange.state::<MarginAccount>(&account).unwrap().usdc()
        });
        assert_eq!(found, left);
    }
}

/// Whatever closes an account in the middle of a caller's instruction leaves nothing that lamports could bring back.
#[test]
fn what_was_closed_is_nothing_however_much_it_is_fed() {
    let (mut closed, mut why) = (0, BTreeMap::new());
    cases::each(|cast, case| {
        let world = &mut cast.world;
        let rent = world.exchange.chain.rent(0);
        let purse = of_its_own(world, "purse", 100 * rent, Vec::new());
        let call = Step::Call(case.instruction.clone());
        let is_there = |world: &World, address: &Pubkey| {
            world.exchange.chain.account(address).is_some_and(|account| account.owner == PROGRAM_ID)
        };
        let ours = case.instruction.accounts.iter().map(|meta| meta.pubkey).filter(|at| is_there(world, at));
        let ours: Vec<Pubkey> = ours.collect();
        let direct = case.instruction.clone();
        let gone: Vec<Pubkey> = world.aside(|world| {
            world.send(direct);
            ours.into_iter().filter(|address| !is_there(world, address)).collect()
        });
        for address in gone {
            let feed = apart(Step::Move(purse, address, rent));
            let fed = script(&[call.clone(), feed.clone()], &[]);
            world.aside(|world| {
                world.send(fed);
                let left = world.exchange.chain.account(&address).unwrap();
                assert_eq!((left.owner, left.lamports), (SYSTEM_PROGRAM, rent), "{}", case.name);
                assert!(left.data.is_empty(), "{}", case.name);
            });
            let again = script(&[call.clone(), feed, call.clone()], &[]);
            let before = accounts(&world.exchange.chain);
            let outcome = world.send_unaudited(&[again]);
            assert!(outcome.is_err() && accounts(&world.exchange.chain) == before, "{}", case.name);
            *why.entry(told(&outcome)).or_insert(0) += 1;
            closed += 1;
        }
    });
    println!("{closed} accounts closed, none of them used again: {why:?}");
    assert!(closed > 20, "{closed}");
}

/// A margin account that was closed and fed is opened again as if it had never been.
#[test]
fn what_was_closed_and_fed_is_opened_anew() {
    let mut stage = Stage::new();
    let purse = of_its_own(&mut stage.cast.world, "purse", dollars(1_000), Vec::new());
    let mut all = stage.withdraw();
    all.data[1..9].copy_from_slice(&stage.usdc().to_le_bytes());
    let close = CloseAccount { owner: stage.owner, account: stage.account }.instruction();
    let open = OpenAccount { owner: stage.owner, sub_account: 0, isolated_market: 0 }.instruction();
    let [all, close, open, deposit] = [all, close, open, stage.deposit()].map(Step::Call);
    let feed = apart(Step::Move(purse, stage.account, stage.cast.world.exchange.chain.rent(0)));
    let plain = [all.clone(), close.clone(), open.clone(), deposit.clone()];
    let fed = [all, close, feed, open, deposit];
    let [expected, found] = [&plain[..], &fed[..]].map(|play| {
        let play = stage.script(play);
        stage.cast.world.aside(|world| {
            world.send(play);
            accounts(&world.exchange.chain)
        })
    });
    assert!(found == expected && found.contains_key(&stage.account));
}

/// An account can be given to any program, and nobody but that program can put anything into it.
#[test]
fn what_is_given_to_a_program_is_empty() {
    let mut stage = Stage::new();
    let world = &mut stage.cast.world;
    world.publish();
    let price = world.exchange.chain.account(&world.price_account(BTC)).unwrap().data;
    let margin = world.exchange.chain.account(&stage.cast.busy.account).unwrap().data;
    let copied = of_its_own(world, "price", 0, price.clone());
    let zeros = of_its_own(world, "zeros", 0, vec![0; price.len()]);
    let blank = of_its_own(world, "blank", 0, vec![0; margin.len()]);
    let refresh = |price| Step::Call(Refresh { market: BTC, price }.instruction());
    let own_price = [refresh(copied)];
    let given = [Step::Assign(copied, RECEIVER), refresh(copied)];
    let empty = [Step::Assign(zeros, RECEIVER), refresh(zeros)];
    let filled = [apart(Step::Assign(zeros, RECEIVER)), Step::Write(zeros, 0, price), refresh(zeros)];
    let mut deposit = keel_chain_tests::raw::with_data(&stage.deposit(), stage.deposit().data);
    let place = deposit.accounts.iter().position(|meta| meta.pubkey == stage.account).unwrap();
    deposit.accounts[place].pubkey = blank;
    let made = [Step::Assign(blank, PROGRAM_ID), Step::Call(deposit.clone())];
    let forged = [apart(Step::Assign(blank, PROGRAM_ID)), Step::Write(blank, 0, margin), Step::Call(deposit)];
    let plays: [(&[Step], Refusal); 6] = [
        (&own_price, Error::OraclePriceOwner.into()),
        (&given, Refusal::Named("ModifiedProgramId")),
        (&empty, Error::OraclePriceAccount.into()),
        (&filled, Refusal::Named("ExternalAccountDataModified")),
        (&made, WRONG_TYPE),
        (&forged, Refusal::Named("ExternalAccountDataModified")),
    ];
    for (number, (play, expected)) in plays.into_iter().enumerate() {
        let play = stage.script(play);
        assert_all_refused(&mut stage.cast.world, &[play], expected, &format!("play {number}"));
    }
    // The true price goes through.
    let price = stage.cast.world.price_account(BTC);
    let play = stage.script(&[refresh(price)]);
    stage.cast.world.send(play);
}
