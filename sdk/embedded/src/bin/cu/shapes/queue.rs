//! Withdrawals that wait, and transfers between an owner's accounts.

use anyhow::Result;
use keel_embedded::{Exchange, Trader};
use keel_sdk::instructions::{CancelWithdrawal, OpenAccount, PayWithdrawal, QueueWithdrawal, Transfer};
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, FIRST, MILLION};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "queue_withdrawal", "1 position", |exchange, repetition| {
        let trader = holder(exchange, repetition)?;
        Ok(Prepared::new(queue(exchange, &trader, repetition)?, &[&trader.key]))
    })?;
    let pay = |exchange: &mut Exchange, repetition: u64| {
        let trader = holder(exchange, repetition)?;
        send_queue(exchange, &trader, repetition)?;
        let pay = PayWithdrawal { mint: exchange.mint, number: 0 };
        Ok(Prepared::new(pay.instruction(&exchange.chain)?, &[]))
    };
    bench.shape(stage, "pay_withdrawal", "1 position, whole", pay)?;
    bench.shape_beside_token(stage, "pay_withdrawal", "1 position, beside the token program", pay)?;
    bench.shape(stage, "cancel_withdrawal", "the first in the queue", |exchange, repetition| {
        let trader = holder(exchange, repetition)?;
        send_queue(exchange, &trader, repetition)?;
        let cancel = CancelWithdrawal { authority: trader.key.pubkey(), mint: exchange.mint, number: 0 };
        Ok(Prepared::new(cancel.instruction(&exchange.chain)?, &[&trader.key]))
    })?;
    bench.shape(stage, "transfer", "1 position", |exchange, repetition| {
        let trader = holder(exchange, repetition)?;
        let owner = trader.key.pubkey();
        let open = OpenAccount { owner, sub_account: 1, isolated_market: 0 };
        exchange.send(&[open.instruction()], &[&trader.key])??;
        let (account, receiver, mint) = (trader.account, open.address(), exchange.mint);
        let transfer = Transfer { owner, account, receiver, mint, amount: 1_000_000 + repetition };
        Ok(Prepared::new(transfer.instruction(&exchange.chain)?, &[&trader.key]))
    })
}

/// Somebody with one position and a fresh mark behind it.
fn holder(exchange: &mut Exchange, repetition: u64) -> Result<Trader> {
    let trader = stage::holder(exchange, 1, MILLION)?;
    stage::advance(exchange, 3, repetition)?;
    stage::refresh(exchange, FIRST)?;
    Ok(trader)
}

fn queue(exchange: &Exchange, trader: &Trader, repetition: u64) -> Result<Instruction> {
    let queue = QueueWithdrawal {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: exchange.mint,
        destination: trader.tokens,
        amount: 1_000_000_000 + repetition,
    };
    Ok(queue.instruction(&exchange.chain)?)
}

fn send_queue(exchange: &mut Exchange, trader: &Trader, repetition: u64) -> Result<()> {
    let instruction = queue(exchange, trader, repetition)?;
    exchange.send(&[instruction], &[&trader.key])??;
    Ok(())
}
