//! The pool taking over what an auction has left, and its reserve.

use keel_embedded::exchange::Trader;
use keel_embedded::token;
use keel_engine::Error::{AccountForeign, SelfLiquidation};
use keel_engine::state::{Pool, Strategy};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{Backstop, BalanceReserve, CreatePool, ExecuteDeposit, Rebalance, RequestDeposit};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::Case;
use super::liquidation::not_liquidated;
use crate::cast::Cast;
use crate::lists::Reads;
use crate::trial::Expected;
use crate::world::{BTC, SOL, World, dollars};

/// Plateau and auction, in seconds.
const RUN_OUT: i64 = 66;

/// A pool of 200,000 USD that takes over in both markets and quotes in SOL.
pub fn stand_ready(cast: &mut Cast) {
    let world = &mut cast.world;
    let admin = world.exchange.admin.pubkey();
    world.send(CreatePool { admin }.instruction());
    let provider = world.open("pool provider", dollars(250_000), false);
    come_in(world, &provider, dollars(200_000));
    let mut pool: Pool = world.exchange.state(&address::pool()).unwrap();
    for (slot, market) in [BTC, SOL].into_iter().enumerate() {
        pool.strategies[slot] = Strategy {
            market,
            quotes: 1,
            backstops: 1,
            width_ticks: 60,
            weight_ppm: 300_000,
            leverage_ppm: 1_000_000,
            exposure_cap_usd: 200_000,
            backstop_cap_usd: 200_000,
            backstop_loss_cap_usd: 20_000,
            ..pool.strategies[slot]
        };
    }
    world.exchange.chain.put_data(&address::pool(), &PROGRAM_ID, encode(&pool)).unwrap();
    world.tick();
    let rebalance = Rebalance { keeper: cast.keeper.account, market: SOL, price: world.price_account(SOL) };
    let instruction = rebalance.instruction(&world.exchange.chain);
    world.send_built(instruction);
}

/// A deposit into the pool that is executed.
fn come_in(world: &mut World, provider: &Trader, amount: u64) {
    let owner = provider.key.pubkey();
    let shares_account = Pubkey::new_from_array([77; 32]);
    token::create_account(&mut world.exchange.chain, &shares_account, &address::share_mint(), &owner, 0).unwrap();
    let request =
        RequestDeposit { owner, account: provider.account, shares_account, amount, min_shares: 0, tip: 1_000_000 };
    let instruction = request.instruction(&world.exchange.chain);
    world.send_built(instruction);
    for _ in 0..5 {
        world.tick();
    }
    let execute = ExecuteDeposit { keeper: owner, number: 0 }.instruction(&world.exchange.chain);
    world.send_built(execute);
}

/// Of an account that nobody has taken over until the auction ran out.
pub(super) fn backstop(cast: &mut Cast) -> Case {
    stand_ready(cast);
    let since = cast.world.unix() - cast.world.account(&cast.auctioned).flagged_at;
    if since < RUN_OUT {
        cast.world.wait(RUN_OUT - since);
    }
    let backstop =
        Backstop { keeper: cast.keeper.account, account: cast.auctioned.account, market: BTC, max_base: u64::MAX };
    Case::new("backstop", backstop.instruction(&cast.world.exchange.chain).unwrap())
        .subject("pool_account")
        .reads(Reads::HealthAndArraysToRead)
        .twice("keeper_account", "account", Some(SelfLiquidation))
        .twice("keeper_account", "pool_account", Some(SelfLiquidation))
        .twice("pool_account", "account", Some(SelfLiquidation))
        .rule("keeper_account", |_, _| Expected::Served, "any account may be paid, except the two that trade")
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
        .rule("account", |world, other| not_liquidated(world, other, true), "anybody is taken over who may be")
}

pub(super) fn balance_reserve(cast: &mut Cast) -> Case {
    stand_ready(cast);
    Case::new("balance_reserve", BalanceReserve.instruction(&cast.world.exchange.chain).unwrap())
        .subject("pool_account")
        .reads(Reads::Health)
        .rule("pool_account", |_, _| AccountForeign.into(), "the pool has one margin account")
}
