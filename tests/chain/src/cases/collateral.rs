//! Collateral other than USDC.

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::Error::{
    BankMissing, MarketMissing, NotForSale, OraclePriceOwner, OracleWrongFeed, RangesAccountMissing, SelfLiquidation,
    Unauthorized, WrongBank, ZeroAmount,
};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::state::SAMPLES;
use keel_sdk::address;
use keel_sdk::instructions::{BuyCollateral, Deposit, DepositAndTrade, Trade, ViewHealth};
use keel_sdk::path::Reach;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::keeper::{has_other_positions, state};
use crate::cast::Cast;
use crate::lists::Reads;
use crate::purse::sample;
use crate::trial::Expected;
use crate::world::{BTC, World, dollars};

/// A dollar.
const PRICE: i64 = 100_000_000;

pub(super) fn refresh_bank(cast: &mut Cast) -> Case {
    publish(cast);
    Case::new("refresh_bank", cast.second.refresh().instruction()).reads(Reads::NothingNow).rule(
        "bank",
        of_another_bank,
        "a bank takes the price of its own feed, and USDC's has none",
    )
}

/// Of collateral with an exchange rate.
pub(super) fn refresh_bank_with_rate(cast: &mut Cast) -> Case {
    publish(cast);
    Case::new("refresh_bank", cast.rated.refresh().instruction()).reads(Reads::Rate).rule(
        "bank",
        of_another_bank,
        "a bank takes the price of its own feed, and USDC's has none",
    )
}

fn of_another_bank(world: &World, other: &Pubkey) -> Expected {
    if is_of_usdc(world, other) { OraclePriceOwner.into() } else { OracleWrongFeed.into() }
}

fn is_of_usdc(world: &World, bank: &Pubkey) -> bool {
    *bank == address::bank(&world.exchange.mint)
}

/// Publishes the prices of both kinds now.
fn publish(cast: &mut Cast) {
    let update = sample(PRICE, cast.world.unix());
    let (second, rated) = (cast.second, cast.rated);
    let chain = &mut cast.world.exchange.chain;
    second.publish(chain, &update, None).unwrap();
    rated.publish(chain, &update, Some(&update)).unwrap();
}

/// Gives an account that many of the second kind's tokens.
fn bring(cast: &mut Cast, trader: &Trader, amount: u64) {
    let is_busy = trader.account == cast.busy.account;
    let own = key(&format!("second tokens for {}", trader.account)).pubkey();
    let source = if is_busy { cast.second_tokens } else { own };
    let (authority, mint) = (trader.key.pubkey(), cast.second.mint);
    let chain = &mut cast.world.exchange.chain;
    if chain.data(&source).is_none() {
        token::create_account(chain, &source, &mint, &authority, 0).unwrap();
    }
    token::credit(chain, &source, amount).unwrap();
    let deposit = Deposit { authority, account: trader.account, mint, source, amount };
    cast.world.send_built(deposit.instruction(&cast.world.exchange.chain));
}

pub(super) fn buy_collateral(cast: &mut Cast) -> Case {
    // Nobody has picked a price that is the median of three.
    for _ in 0..SAMPLES {
        cast.world.tick();
        publish(cast);
        cast.world.send(cast.second.refresh().instruction());
    }
    bring(cast, &Trader::named("auctioned"), dollars(50));
    let buy = BuyCollateral {
        owner: cast.keeper.key.pubkey(),
        buyer: cast.keeper.account,
        account: cast.auctioned.account,
        mint: cast.second.mint,
        most: dollars(20),
        limit: None,
    };
    Case::new("buy_collateral", buy.instruction(&cast.world.exchange.chain).unwrap())
        .reads(Reads::Health)
        .twice("buyer", "account", Some(SelfLiquidation))
        .rule("owner", |_, _| Unauthorized.into(), "the owner of the account that buys signs")
        .rule(
            "account",
            |world, other| {
                let account = state(world, other);
                if account.ranges != 0 {
                    RangesAccountMissing.into()
                } else if has_other_positions(&account) {
                    MarketMissing.into()
                } else if account.flagged_at == 0 {
                    NotForSale.into()
                } else {
                    ZeroAmount.into()
                }
            },
            "anybody's collateral is for sale who is flagged, and nobody else who is there has any",
        )
        .rule(
            "bank",
            |world, other| if is_of_usdc(world, other) { WrongBank.into() } else { BankMissing.into() },
            "USDC is not for sale, and the bank of what is held is looked at",
        )
}

pub(super) fn deposit_and_trade(cast: &mut Cast) -> Case {
    bring(cast, &Trader::named("busy"), dollars(10));
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(BTC, dollars(1_000));
    let trade = world.order(&cast.busy, BTC, Side::Buy, Exact::Base(base));
    let both = DepositAndTrade { trade, mint: cast.second.mint, source: cast.second_tokens, deposit: dollars(1_000) };
    Case::new("deposit_and_trade", both.instruction(&world.exchange.chain).unwrap())
        .reads(Reads::HealthAndArrays)
        .spare([address::tick_array(BTC, 1)])
        .twice("vault", "source", None)
}

/// Of an account with ranges, positions and collateral.
pub(super) fn view_health_of_collateral(cast: &mut Cast) -> Case {
    bring(cast, &Trader::named("busy"), dollars(10));
    let view = ViewHealth { account: cast.busy.account };
    Case::new("view_health", view.instruction(&cast.world.exchange.chain).unwrap()).reads(Reads::Health).rule(
        "account",
        |_, _| keel_engine::Error::AccountForeign.into(),
        "the companion is this account's",
    )
}

/// By an account that has nothing but capital, of two kinds, and needs the first alone.
pub(super) fn trade_with_collateral(cast: &mut Cast) -> Case {
    bring(cast, &Trader::named("keeper"), dollars(10));
    let world = &mut cast.world;
    world.publish();
    let base = world.base_for(BTC, dollars(100));
    let order = world.order(&cast.keeper, BTC, Side::Buy, Exact::Base(base));
    let order = Trade { reach: Reach { ahead: 1, behind: 0 }, ..order };
    Case::new("trade", world.built(&order))
        .reads(Reads::HealthAndArrays)
        .spare([address::tick_array(BTC, 1), address::bank(&cast.second.mint)])
}
