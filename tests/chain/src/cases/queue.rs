//! Withdrawals that wait, and transfers.

use keel_embedded::exchange::Trader;
use keel_engine::Error::{AccountForeign, InsufficientCapital, NotSameOwner, SelfLiquidation, Unauthorized};
use keel_engine::state::{Bank, MarginAccount};
use keel_engine::tickets;
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{CancelWithdrawal, OpenAccount, PayWithdrawal, QueueWithdrawal, Transfer};
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::Case;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::refusal::WRONG_SEEDS;
use crate::trial::Expected;
use crate::world::{World, dollars};

fn queue(world: &World, trader: &Trader) -> Instruction {
    let queue = QueueWithdrawal {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: world.exchange.mint,
        destination: trader.tokens,
        amount: dollars(1_000),
    };
    queue.instruction(&world.exchange.chain).unwrap()
}

fn bank(cast: &Cast) -> Bank {
    cast.world.exchange.state(&address::bank(&cast.world.exchange.mint)).unwrap()
}

/// The busy trader waits, and somebody else behind. Returns the busy trader's number.
fn two_wait(cast: &mut Cast) -> u64 {
    let number = bank(cast).queue_tail;
    for trader in [&cast.busy, &cast.other] {
        let queue = queue(&cast.world, trader);
        cast.world.send(queue);
    }
    number
}

fn cancel(cast: &Cast, number: u64) -> Instruction {
    let cancel = CancelWithdrawal { authority: cast.busy.key.pubkey(), mint: cast.world.exchange.mint, number };
    cancel.instruction(&cast.world.exchange.chain).unwrap()
}

pub(super) fn queue_withdrawal(cast: &mut Cast) -> Case {
    let payer = cast.world.stranger("payer");
    Case::new("queue_withdrawal", queue(&cast.world, &cast.busy)).paid("owner", payer).reads(Reads::Health).rule(
        "bank",
        |_, _| WRONG_SEEDS.into(),
        "the bank's number is a seed, which the IDL cannot say",
    )
}

pub(super) fn pay_withdrawal(cast: &mut Cast) -> Case {
    let _first_or_later = two_wait(cast);
    let pay = PayWithdrawal { mint: cast.world.exchange.mint, number: bank(cast).queue_head };
    of_ticket("pay_withdrawal", pay.instruction(&cast.world.exchange.chain).unwrap())
        .reads(Reads::Health)
        .twice("vault", "destination", None)
        .twice("vault", "payer", None)
        .survives("destination")
        .rule("account", |_, _| AccountForeign.into(), "the ticket says whose it is")
}

/// One that was cancelled while another was in front.
pub(super) fn pay_withdrawal_that_skips(cast: &mut Cast) -> Case {
    let mint = cast.world.exchange.mint;
    for trader in [&cast.other, &cast.busy] {
        let queue = queue(&cast.world, trader);
        cast.world.send(queue);
    }
    let cancelled = cancel(cast, 1);
    cast.world.send(cancelled);
    let pay = |world: &World, number| PayWithdrawal { mint, number }.instruction(&world.exchange.chain).unwrap();
    let first = pay(&cast.world, 0);
    cast.world.send(first);
    of_ticket("pay_withdrawal", pay(&cast.world, 1))
        .reads(Reads::NothingNow)
        .twice("vault", "destination", None)
        .twice("vault", "payer", None)
        .unread("vault")
        .unread("destination")
}

pub(super) fn cancel_withdrawal(cast: &mut Cast) -> Case {
    let number = two_wait(cast);
    cancelling(cancel(cast, number)).reads(Reads::NothingNow)
}

/// Of a flagged account, with what its health needs.
pub(super) fn cancel_withdrawal_that_cures(cast: &mut Cast) -> Case {
    let number = two_wait(cast);
    let exchange = &mut cast.world.exchange;
    let mut state: MarginAccount = exchange.state(&cast.busy.account).unwrap();
    state.flagged_at = exchange.chain.now().unix;
    exchange.chain.put_data(&cast.busy.account, &PROGRAM_ID, encode(&state)).unwrap();
    // No event told of it.
    exchange.replay.cut();
    cancelling(cancel(cast, number)).reads(Reads::Health).optional().rule(
        "authority",
        |_, _| Expected::Served,
        "anybody may while the account is flagged",
    )
}

fn cancelling(instruction: Instruction) -> Case {
    of_ticket("cancel_withdrawal", instruction).twice("authority", "payer", None).rule(
        "account",
        |world, other| {
            let state: MarginAccount = world.exchange.state(other).unwrap();
            if tickets::may_cancel_other(&state) { AccountForeign.into() } else { Unauthorized.into() }
        },
        "who may is asked before whose it is",
    )
}

fn of_ticket(name: &'static str, instruction: Instruction) -> Case {
    Case::new(name, instruction).rule("ticket", |_, _| AccountForeign.into(), "somebody else has paid for another one")
}

pub(super) fn transfer(cast: &mut Cast) -> Case {
    let owner = cast.busy.key.pubkey();
    let open = OpenAccount { owner, sub_account: 1, isolated_market: 0 };
    if cast.world.exchange.chain.data(&open.address()).is_none() {
        cast.world.send(open.instruction());
    }
    let (account, receiver, mint) = (cast.busy.account, open.address(), cast.world.exchange.mint);
    let transfer = Transfer { owner, account, receiver, mint, amount: dollars(1_000) };
    Case::new("transfer", transfer.instruction(&cast.world.exchange.chain).unwrap())
        .reads(Reads::Health)
        .twice("account", "receiver", Some(SelfLiquidation))
        .rule("receiver", |_, _| NotSameOwner.into(), "only the owner's accounts get it")
        .rule("bank", |_, _| InsufficientCapital.into(), "another bank is another capital")
}
