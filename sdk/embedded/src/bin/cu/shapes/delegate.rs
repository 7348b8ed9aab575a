//! What an owner allows others, trades that a delegate signs, and trades that a builder brought.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::delegate::{MAY_TRADE, Terms};
use keel_sdk::instructions::{ApproveBuilder, OpenAccount, RevokeBuilder, SetDelegate, Trade, TradeWithBuilder};
use keel_sdk::path::Reach;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

/// What a builder is allowed.
const MAX_FEE_PPM: u32 = 1_000;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    delegate(bench, stage)?;
    builder(bench, stage)
}

fn somebody(exchange: &mut Exchange, repetition: u64) -> Result<Keypair> {
    let somebody = key(&format!("somebody {repetition}"));
    exchange.chain.endow(&somebody.pubkey())?;
    Ok(somebody)
}

fn set_delegate(trader: &Trader, delegate: Pubkey) -> SetDelegate {
    let terms = Terms {
        delegate: delegate.to_bytes(),
        permissions: MAY_TRADE,
        expiry: i64::MAX,
        notional: 1_000 * MILLION,
        markets: [FIRST, 0, 0, 0],
    };
    SetDelegate { owner: trader.key.pubkey(), account: trader.account, terms }
}

fn trade(exchange: &Exchange, trader: &Trader, authority: Pubkey, repetition: u64) -> Result<Trade> {
    Ok(Trade {
        authority,
        account: trader.account,
        market: FIRST,
        price: exchange.feed(FIRST)?.address,
        side: Side::Buy,
        exact: Exact::Base(CONTRACT / 2 + repetition * CONTRACT / 1_000),
        limit: None,
        reduce_only: false,
        all_or_nothing: false,
        reach: Reach::default(),
    })
}

fn delegate(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "set_delegate", "", |exchange, repetition| {
        let trader = exchange.open("newcomer", 0, false)?;
        let delegate = somebody(exchange, repetition)?;
        Ok(Prepared::new(set_delegate(&trader, delegate.pubkey()).instruction(), &[&trader.key]))
    })?;
    bench.shape(
        stage,
        "trade",
        "1 position, 0 ticks crossed, signed by a delegate with a limit",
        |exchange, repetition| {
            let trader = stage::holder(exchange, 1, 10 * MILLION)?;
            let delegate = somebody(exchange, repetition)?;
            exchange.send(&[set_delegate(&trader, delegate.pubkey()).instruction()], &[&trader.key])??;
            stage::advance(exchange, 3, repetition)?;
            let trade = trade(exchange, &trader, delegate.pubkey(), repetition)?;
            Ok(Prepared::new(trade.instruction(&exchange.chain)?, &[&delegate]))
        },
    )
}

fn builder(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "approve_builder", "", |exchange, repetition| {
        let trader = exchange.open("newcomer", 0, false)?;
        let builder = somebody(exchange, repetition)?;
        Ok(Prepared::new(approve(&trader, builder.pubkey()).instruction(), &[&trader.key]))
    })?;
    bench.shape(stage, "revoke_builder", "", |exchange, repetition| {
        let trader = exchange.open("newcomer", 0, false)?;
        let builder = somebody(exchange, repetition)?.pubkey();
        exchange.send(&[approve(&trader, builder).instruction()], &[&trader.key])??;
        let (owner, account) = (trader.key.pubkey(), trader.account);
        Ok(Prepared::new(RevokeBuilder { owner, account, builder }.instruction(), &[&trader.key]))
    })?;
    for (shape, brought_before) in [("1 position, the builder's first", false), ("1 position", true)] {
        bench.shape(stage, "trade_with_builder", shape, |exchange, repetition| {
            let trader = stage::holder(exchange, 1, 10 * MILLION)?;
            let builder = somebody(exchange, repetition)?;
            let open = OpenAccount { owner: builder.pubkey(), sub_account: 0, isolated_market: FIRST };
            exchange.send(&[open.instruction()], &[&builder])??;
            exchange.send(&[approve(&trader, builder.pubkey()).instruction()], &[&trader.key])??;
            let brought = |exchange: &Exchange| {
                let trade = trade(exchange, &trader, trader.key.pubkey(), repetition)?;
                let (builder, builder_account) = (builder.pubkey(), open.address());
                let brought = TradeWithBuilder { trade, builder, builder_account, fee_ppm: MAX_FEE_PPM };
                anyhow::Ok(brought.instruction(&exchange.chain)?)
            };
            stage::advance(exchange, 3, repetition)?;
            if brought_before {
                exchange.send(&[brought(exchange)?], &[&trader.key])??;
                stage::advance(exchange, 3, repetition)?;
            }
            Ok(Prepared::new(brought(exchange)?, &[&trader.key]))
        })?;
    }
    Ok(())
}

fn approve(trader: &Trader, builder: Pubkey) -> ApproveBuilder {
    ApproveBuilder { owner: trader.key.pubkey(), account: trader.account, builder, max_fee_ppm: MAX_FEE_PPM }
}
