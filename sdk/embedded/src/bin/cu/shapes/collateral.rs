//! Collateral other than USDC: what each kind of it adds to a health check, its prices, its sale, and bringing it in.

use anyhow::{Context, Result, ensure};
use keel_embedded::chain::key;
use keel_embedded::{Collateral, Exchange, Trader, token};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::exchange_params::BankParams;
use keel_engine::oracle::Sample;
use keel_sdk::instructions::{BuyCollateral, Deposit, DepositAndTrade, Trade, ViewHealth, Withdraw};
use keel_sdk::path::Reach;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::keeper::{UNHEALTHY, flag};
use crate::bench::{Bench, Prepared};
use crate::stage::{self, CONTRACT, FIRST, MILLION};

/// Kinds of it beside USDC: as many as the exchange takes.
const KINDS: usize = 3;
/// The last one can be exchanged.
const RATED: usize = KINDS - 1;
/// A price of 150 USD, and a rate of 1.2.
const PRICE: i64 = 15_000_000_000;
const RATE: i64 = 120_000_000;
/// Atoms of a whole token.
const TOKEN: u64 = 1_000_000_000;
const DAY: i64 = 86_400;

pub fn measure(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    let stage = &with_collateral(stage)?;
    refreshes(bench, stage)?;
    health_checks(bench, stage)?;
    deposit_and_trade(bench, stage)?;
    buy(bench, stage)
}

fn kind(number: usize) -> Collateral {
    Collateral::named(&format!("collateral {number}"), number == RATED)
}

/// The stage with three kinds of other collateral at nine tenths of their value.
fn with_collateral(stage: &Exchange) -> Result<Exchange> {
    let mut exchange = stage.fork();
    for number in 0..KINDS {
        kind(number).list(&mut exchange, 9)?;
    }
    for number in 0..KINDS {
        let params = BankParams {
            haircut_ppm: 900_000,
            cap_usd: 1_000_000_000,
            ramp_secs: 86_400,
            size_slope_ppm_per_million_usd: 1_000,
            ..BankParams::of(&kind(number).bank(&exchange)?)
        };
        kind(number).change(&mut exchange, params)?;
    }
    stage::advance(&mut exchange, DAY, 0)?;
    for _ in 0..3 {
        stage::advance(&mut exchange, 30, 0)?;
        stage::refresh(&mut exchange, FIRST)?;
        refresh_banks(&mut exchange, KINDS)?;
    }
    Ok(exchange)
}

fn sample(price: i64, unix: i64) -> Sample {
    Sample { price, conf: 1_000_000, exponent: -8, publish_time: unix, ema_price: price }
}

/// Publishes the price of a kind now.
fn publish(exchange: &mut Exchange, number: usize) -> Result<()> {
    let unix = exchange.chain.now().unix;
    kind(number).publish(&mut exchange.chain, &sample(PRICE, unix), Some(&sample(RATE, unix)))
}

/// Brings the prices of the first kinds up to date.
fn refresh_banks(exchange: &mut Exchange, kinds: usize) -> Result<()> {
    for number in 0..kinds {
        publish(exchange, number)?;
        exchange.send(&[kind(number).refresh().instruction()], &[])??;
    }
    Ok(())
}

/// A token account of a kind with some tokens in it.
fn wallet(exchange: &mut Exchange, trader: &Trader, number: usize, amount: u64) -> Result<Pubkey> {
    let tokens = key(&format!("tokens {number} of {}", trader.account)).pubkey();
    let owner = trader.key.pubkey();
    token::create_account(&mut exchange.chain, &tokens, &kind(number).mint, &owner, amount)?;
    Ok(tokens)
}

/// Deposits of the first kinds into an account.
fn bring(exchange: &mut Exchange, trader: &Trader, kinds: usize, amount: u64) -> Result<()> {
    for number in 0..kinds {
        let source = wallet(exchange, trader, number, amount)?;
        let (authority, account, mint) = (trader.key.pubkey(), trader.account, kind(number).mint);
        let deposit = Deposit { authority, account, mint, source, amount };
        exchange.send(&[deposit.instruction(&exchange.chain)?], &[&trader.key])??;
    }
    Ok(())
}

/// Somebody with a position and the first kinds of collateral, all prices fresh but that of the first market.
fn holder(exchange: &mut Exchange, kinds: usize, repetition: u64) -> Result<Trader> {
    let trader = stage::holder(exchange, 1, 10 * MILLION)?;
    bring(exchange, &trader, kinds, 1_000 * TOKEN)?;
    stage::advance(exchange, 3, repetition)?;
    refresh_banks(exchange, kinds)?;
    Ok(trader)
}

fn refreshes(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for (shape, number) in [("a fresh price", 0), ("a fresh price and exchange rate", RATED)] {
        bench.shape(stage, "refresh_bank", shape, |exchange, repetition| {
            stage::advance(exchange, 3, repetition)?;
            publish(exchange, number)?;
            Ok(Prepared::new(kind(number).refresh().instruction(), &[]))
        })?;
    }
    Ok(())
}

fn health_checks(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for kinds in 1..=KINDS {
        let also = format!("{kinds} further collateral{}", if kinds == 1 { "" } else { "s" });
        bench.shape(stage, "trade", &format!("1 position, 0 ticks crossed, {also}"), |exchange, repetition| {
            let trader = holder(exchange, kinds, repetition)?;
            let exact = Exact::Base(CONTRACT / 2 + repetition * CONTRACT / 1_000);
            Ok(Prepared::new(stage::order(exchange, &trader, FIRST, Side::Buy, exact)?, &[&trader.key]))
        })?;
        bench.shape(stage, "view_health", &format!("1 position, 0 ranges, {also}"), |exchange, repetition| {
            let trader = holder(exchange, kinds, repetition)?;
            Ok(Prepared::new(ViewHealth { account: trader.account }.instruction(&exchange.chain)?, &[]))
        })?;
        let shape = format!("1 position, {also}, beside the token program");
        bench.shape_beside_token(stage, "withdraw", &shape, |exchange, repetition| {
            let trader = holder(exchange, kinds, repetition)?;
            stage::refresh(exchange, FIRST)?;
            let withdraw = Withdraw {
                owner: trader.key.pubkey(),
                account: trader.account,
                mint: exchange.mint,
                destination: trader.tokens,
                amount: 1_000_000 + repetition,
            };
            Ok(Prepared::new(withdraw.instruction(&exchange.chain)?, &[&trader.key]))
        })?;
    }
    Ok(())
}

fn deposit_and_trade(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    let prepare = |exchange: &mut Exchange, repetition: u64| {
        let trader = exchange.open("newcomer", 0, false)?;
        let source = wallet(exchange, &trader, 0, 1_000 * TOKEN)?;
        stage::advance(exchange, 3, repetition)?;
        refresh_banks(exchange, 1)?;
        let trade = Trade {
            authority: trader.key.pubkey(),
            account: trader.account,
            market: FIRST,
            price: exchange.feed(FIRST)?.address,
            side: Side::Sell,
            exact: Exact::Base(CONTRACT / 2 + repetition * CONTRACT / 1_000),
            limit: None,
            reduce_only: false,
            all_or_nothing: true,
            reach: Reach::default(),
        };
        let both = DepositAndTrade { trade, mint: kind(0).mint, source, deposit: 1_000 * TOKEN };
        Ok(Prepared::new(both.instruction(&exchange.chain)?, &[&trader.key]))
    };
    bench.shape(stage, "deposit_and_trade", "opens the first position, whole", prepare)?;
    let shape = "opens the first position, beside the token program";
    bench.shape_beside_token(stage, "deposit_and_trade", shape, prepare)
}

/// Whoever owns nothing but other collateral falls, and is flagged.
fn buy(bench: &mut Bench, stage: &Exchange) -> Result<()> {
    for kinds in [1, KINDS] {
        let also = format!("{kinds} kind{}", if kinds == 1 { "" } else { "s" });
        bench.shape(
            stage,
            "buy_collateral",
            &format!("of a flagged account with {also}"),
            |exchange, repetition| {
                let buyer = exchange.open("buyer", 10 * MILLION, false)?;
                let debtor = exchange.open("debtor", 0, false)?;
                // A quarter of a million dollars of it, however many kinds.
                let amount = 1_850 * TOKEN / u64::try_from(kinds)?;
                bring(exchange, &debtor, kinds, amount)?;
                stage::advance(exchange, 3, repetition)?;
                refresh_banks(exchange, kinds)?;
                stage::buy(exchange, &debtor, FIRST, 105 * CONTRACT)?;
                stage::mark_at(exchange, UNHEALTHY - repetition as f64 * 1e-5)?;
                refresh_banks(exchange, kinds)?;
                flag(exchange, &debtor)?;
                let buy = BuyCollateral {
                    owner: buyer.key.pubkey(),
                    buyer: buyer.account,
                    account: debtor.account,
                    mint: kind(0).mint,
                    most: u64::MAX,
                    limit: None,
                };
                let bank = kind(0).bank(exchange).context("the first kind")?;
                ensure!(bank.sample_count == 3, "the price is a median");
                Ok(Prepared::new(buy.instruction(&exchange.chain)?, &[&buyer.key]))
            },
        )?;
    }
    Ok(())
}
