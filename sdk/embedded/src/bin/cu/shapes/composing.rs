//! What other programs build upon: trades within a bound, deltas, accounts that pass on, and liens.

use anyhow::Result;
use keel_embedded::chain::key;
use keel_embedded::{Exchange, Trader};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::lien::Terms;
use keel_sdk::instructions::{
    CallLien, GiveAccount, PlaceLien, ReleaseLien, Seize, Trade, TradeExact, TradeTo, ViewDelta,
};
use keel_sdk::path::Reach;
use solana_signer::Signer;

use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    exact(bench, stage)?;
    delta(bench, stage)?;
    give(bench, stage)?;
    liens(bench, stage)
}

fn exact(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "trade_exact", "1 position, 0 ticks crossed", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, 10 * MILLION)?;
        stage::advance(exchange, 3, repetition)?;
        let trade = Trade {
            authority: trader.key.pubkey(),
            account: trader.account,
            market: FIRST,
            price: exchange.feed(FIRST)?.address,
            side: Side::Buy,
            exact: Exact::Base(CONTRACT / 2 + repetition * CONTRACT / 1_000),
            limit: None,
            reduce_only: false,
            all_or_nothing: true,
            reach: Reach::default(),
        };
        let exact = TradeExact { trade, bound: MILLION };
        Ok(Prepared::new(exact.instruction(&exchange.chain)?, &[&trader.key]))
    })?;
    bench.shape(stage, "trade_to", "1 position, 0 ticks crossed", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, 10 * MILLION)?;
        stage::advance(exchange, 3, repetition)?;
        let to = TradeTo {
            authority: trader.key.pubkey(),
            account: trader.account,
            market: FIRST,
            price: exchange.feed(FIRST)?.address,
            target: i64::try_from(CONTRACT * 6 / 10 + repetition * CONTRACT / 1_000)?,
            tolerance: 1_000,
            limit: None,
            reach: Reach::default(),
        };
        Ok(Prepared::new(to.instruction(&exchange.chain)?, &[&trader.key]))
    })
}

fn delta(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for ranges in [0, 8] {
        bench.shape(stage, "view_delta", &format!("1 position, {ranges} ranges"), |exchange, _| {
            let trader = stage::holder(exchange, 1, MILLION)?;
            for range in 0..ranges {
                let width = 10 + 2 * range;
                stage::add_range(exchange, &trader, FIRST, (-width, width), stage::shallow())?;
            }
            let view = ViewDelta { account: trader.account, market: FIRST };
            Ok(Prepared::new(view.instruction(&exchange.chain)?, &[]))
        })?;
    }
    Ok(())
}

fn give(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "give_account", "1 position", |exchange, repetition| {
        let trader = stage::holder(exchange, 1, MILLION)?;
        let new_owner = key(&format!("heir {repetition}")).pubkey();
        let give = GiveAccount { owner: trader.key.pubkey(), account: trader.account, new_owner };
        Ok(Prepared::new(give.instruction(), &[&trader.key]))
    })
}

/// The debtor's lien for a lender with a margin account; a second later its notice has run out, if it was given.
fn under_lien(exchange: &mut Exchange, is_called: bool) -> Result<(Trader, Trader)> {
    let debtor = stage::holder(exchange, 1, 10 * MILLION)?;
    let lender = exchange.open("lender", 0, false)?;
    exchange.send(&[place(&debtor, &lender).instruction()], &[&debtor.key])??;
    if is_called {
        let call = CallLien { holder: lender.key.pubkey(), account: debtor.account, notice: true };
        exchange.send(&[call.instruction()], &[&lender.key])??;
    }
    Ok((debtor, lender))
}

fn place(debtor: &Trader, lender: &Trader) -> PlaceLien {
    let terms = Terms { holder: lender.key.pubkey().to_bytes(), floor: MILLION, notice_secs: 1 };
    PlaceLien { owner: debtor.key.pubkey(), account: debtor.account, terms }
}

fn liens(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    bench.shape(stage, "place_lien", "", |exchange, _| {
        let debtor = stage::holder(exchange, 1, 10 * MILLION)?;
        Ok(Prepared::new(place(&debtor, &Trader::named("lender")).instruction(), &[&debtor.key]))
    })?;
    bench.shape(stage, "call_lien", "", |exchange, _| {
        let (debtor, lender) = under_lien(exchange, false)?;
        let call = CallLien { holder: lender.key.pubkey(), account: debtor.account, notice: true };
        Ok(Prepared::new(call.instruction(), &[&lender.key]))
    })?;
    bench.shape(stage, "release_lien", "", |exchange, _| {
        let (debtor, lender) = under_lien(exchange, false)?;
        let release = ReleaseLien { holder: lender.key.pubkey(), account: debtor.account };
        Ok(Prepared::new(release.instruction(), &[&lender.key]))
    })?;
    bench.shape(stage, "seize", "1 position", |exchange, repetition| {
        let (debtor, lender) = under_lien(exchange, true)?;
        stage::advance(exchange, 3, repetition)?;
        stage::refresh(exchange, FIRST)?;
        let seize = Seize {
            holder: lender.key.pubkey(),
            account: debtor.account,
            receiver: lender.account,
            mint: exchange.mint,
            amount: MILLION / 2 + repetition,
        };
        Ok(Prepared::new(seize.instruction(&exchange.chain)?, &[&lender.key]))
    })
}
