//! Opening, closing, deposits and withdrawals.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::{Exchange, Trader, token};
use keel_sdk::instructions::{CloseAccount, CloseRanges, Deposit, OpenAccount, OpenRanges, Withdraw};
use solana_signer::Signer;

use super::positions;
use crate::bench::{Bench, Prepared};
use crate::stage::{self, FIRST, MARKETS, MILLION};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    deposit(bench, stage)?;
    withdraw(bench, stage)?;
    open(bench, stage)?;
    close(bench, stage)
}

fn deposit(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    let prepare = |exchange: &mut Exchange, repetition: u64| {
        let trader = exchange.open("saver", MILLION, false)?;
        token::credit(&mut exchange.chain, &trader.tokens, MILLION)?;
        let deposit = Deposit {
            authority: trader.key.pubkey(),
            account: trader.account,
            mint: exchange.mint,
            source: trader.tokens,
            amount: 1_000_000 + repetition,
        };
        Ok(Prepared::new(deposit.instruction(&exchange.chain)?, &[&trader.key]))
    };
    bench.shape(stage, "deposit", "whole", prepare)?;
    bench.shape_beside_token(stage, "deposit", "beside the token program", prepare)
}

fn withdrawal(exchange: &Exchange, trader: &Trader, repetition: u64) -> Result<Prepared> {
    let withdraw = Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: exchange.mint,
        destination: trader.tokens,
        amount: 1_000_000 + repetition,
    };
    Ok(Prepared::new(withdraw.instruction(&exchange.chain)?, &[&trader.key]))
}

fn withdraw(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    let prepare = |exchange: &mut Exchange, repetition: u64| {
        let trader = exchange.open("saver", MILLION, false)?;
        withdrawal(exchange, &trader, repetition)
    };
    bench.shape(stage, "withdraw", "no position, whole", prepare)?;
    bench.shape_beside_token(stage, "withdraw", "no position, beside the token program", prepare)?;
    for markets in [1, 4, MARKETS] {
        let shape = format!("{}, beside the token program", positions(markets));
        bench.shape_beside_token(stage, "withdraw", &shape, |exchange, repetition| {
            let trader = stage::holder(exchange, markets, MILLION)?;
            stage::advance(exchange, 3, repetition)?;
            stage::refresh(exchange, FIRST)?;
            withdrawal(exchange, &trader, repetition)
        })?;
    }
    Ok(())
}

fn open(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "open_account", "", |exchange, repetition| {
        let owner = key(&format!("newcomer {repetition}"));
        exchange.chain.endow(&owner.pubkey())?;
        let open = OpenAccount { owner: owner.pubkey(), sub_account: 0, isolated_market: 0 };
        Ok(Prepared::new(open.instruction(), &[&owner]))
    })?;
    bench.shape(stage, "open_ranges", "", |exchange, repetition| {
        let trader = exchange.open(&format!("newcomer {repetition}"), 0, false)?;
        let open = OpenRanges { owner: trader.key.pubkey(), account: trader.account };
        Ok(Prepared::new(open.instruction(), &[&trader.key]))
    })
}

fn close(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "close_ranges", "", |exchange, repetition| {
        let trader = exchange.open(&format!("newcomer {repetition}"), 0, true)?;
        let close = CloseRanges { owner: trader.key.pubkey(), account: trader.account };
        Ok(Prepared::new(close.instruction(), &[&trader.key]))
    })?;
    bench.shape(stage, "close_account", "", |exchange, repetition| {
        let trader = exchange.open(&format!("newcomer {repetition}"), 0, false)?;
        let close = CloseAccount { owner: trader.key.pubkey(), account: trader.account };
        Ok(Prepared::new(close.instruction(), &[&trader.key]))
    })
}
