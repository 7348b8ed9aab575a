//! The same bytecode in a validator's bank: from `initialize` to a withdrawal, with the SDK's instructions and the token
//! program that the bank brings.

mod cluster;

use cluster::{Cluster, dollars};
use keel_engine::Error;
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::params::Params;
use keel_engine::ranges::liquidity_for_quote;
use keel_engine::state::{Bank, MarginAccount, Market, Mode};
use keel_engine::units::{Price, SqrtPrice};
use keel_sdk::address;
use keel_sdk::instructions::{
    AddBank, AddRange, CreateMarket, CreateTickArray, Deposit, Initialize, Launch, OpenAccount, OpenRanges, Refresh,
    Release, RemoveRange, Settle, Trade, Withdraw,
};
use keel_sdk::path::Reach;
use keel_sdk::pyth::RECEIVER;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

const BTC: u16 = 1;
const WIDTH: i32 = 100;

/// Somebody with tokens, a margin account and a deposit.
struct Trader {
    key: Keypair,
    account: Pubkey,
    tokens: Pubkey,
}

async fn open(cluster: &mut Cluster, deposit: u64) -> Trader {
    let key = cluster.rich_key().await;
    let owner = key.pubkey();
    let open = OpenAccount { owner, sub_account: 0, isolated_market: 0 };
    let trader = Trader { account: open.address(), tokens: cluster.token_account(&owner, deposit), key };
    cluster.send(&[open.instruction()], &[&trader.key]).await;
    cluster.look_at(&[trader.account]).await;
    let deposit = Deposit {
        authority: owner,
        account: trader.account,
        mint: cluster.mint,
        source: trader.tokens,
        amount: deposit,
    };
    cluster.send(&[deposit.instruction(&cluster.seen).unwrap()], &[&trader.key]).await;
    trader
}

fn trade(cluster: &Cluster, trader: &Trader, side: Side, base: u64) -> Trade {
    Trade {
        authority: trader.key.pubkey(),
        account: trader.account,
        market: BTC,
        price: cluster.price,
        side,
        exact: Exact::Base(base),
        limit: None,
        reduce_only: false,
        all_or_nothing: true,
        reach: Reach::default(),
    }
}

fn withdraw(cluster: &Cluster, trader: &Trader, amount: u64) -> Withdraw {
    Withdraw {
        owner: trader.key.pubkey(),
        account: trader.account,
        mint: cluster.mint,
        destination: trader.tokens,
        amount,
    }
}

async fn set_up(cluster: &mut Cluster) {
    let admin = cluster.authority.insecure_clone();
    // Nobody but the upgrade authority is first.
    let attacker = cluster.rich_key().await;
    let steal = Initialize { admin: attacker.pubkey(), guardian: attacker.pubkey() }.instruction();
    cluster.refused(&[steal], &[&attacker], Error::NotUpgradeAuthority).await;
    let initialize = Initialize { admin: admin.pubkey(), guardian: Pubkey::default() };
    cluster.send(&[initialize.instruction()], &[&admin]).await;
    cluster.send(&[AddBank::of_usdc(admin.pubkey(), cluster.mint).instruction()], &[&admin]).await;
    cluster.publish(20_000).await;
    let create = CreateMarket {
        admin: admin.pubkey(),
        number: BTC,
        price: cluster.price,
        mode: Mode::Floating,
        price_owner: RECEIVER,
        feed_id: cluster::FEED,
        name: *b"BTC\0\0\0\0\0\0\0\0\0\0\0\0\0",
        launch_price: Price::default(),
        params: Params { min_tick_liquidity: 1_000_000_000, ..Params::DEFAULT },
    };
    cluster.send(&[create.instruction()], &[&admin]).await;
    for index in [-1, 0] {
        let create = CreateTickArray { payer: admin.pubkey(), market: BTC, index };
        cluster.send(&[create.instruction()], &[&admin]).await;
    }
    let launch = Launch { admin: admin.pubkey(), mints: vec![cluster.mint] };
    cluster.send(&[launch.instruction()], &[&admin]).await;
}

async fn provide(cluster: &mut Cluster, provider: &Trader) {
    let owner = provider.key.pubkey();
    let open = OpenRanges { owner, account: provider.account };
    cluster.send(&[open.instruction()], &[&provider.key]).await;
    cluster.look().await;
    let market: Market = cluster.state(&address::market(BTC)).await;
    let edge = |tick| sqrt_price_at_tick(tick).unwrap();
    let range = AddRange {
        owner,
        account: provider.account,
        market: BTC,
        price: cluster.price,
        lower: -WIDTH,
        upper: WIDTH,
        liquidity: liquidity_for_quote(dollars(500_000), edge(-WIDTH), edge(WIDTH), market.peg).unwrap(),
        min_sqrt_price: SqrtPrice::from_bits(0),
        max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
    };
    cluster.look_at(&[provider.account, address::ranges(&provider.account)]).await;
    let add = range.instruction(&cluster.seen).unwrap();
    cluster.publish(20_000).await;
    cluster.send(&[add], &[&provider.key]).await;
}

#[tokio::test]
async fn from_initialize_to_a_withdrawal() {
    let mut cluster = Cluster::start().await;
    set_up(&mut cluster).await;
    let provider = open(&mut cluster, dollars(100_000)).await;
    let trader = open(&mut cluster, dollars(10_000)).await;
    provide(&mut cluster, &provider).await;

    // In and out again, with a price that moved in between.
    cluster.publish(20_000).await;
    cluster.look_at(&[trader.account]).await;
    let buy = trade(&cluster, &trader, Side::Buy, 1_000_000_000).instruction(&cluster.seen).unwrap();
    let units = cluster.send(&[buy], &[&trader.key]).await;
    println!("a trade takes {units} units in a real bank");
    let held: MarginAccount = cluster.state(&trader.account).await;
    assert_eq!(held.position(BTC).unwrap().base, 1_000_000_000);
    cluster.pass(40).await;
    cluster.publish(20_300).await;
    let refresh = Refresh { market: BTC, price: cluster.price }.instruction();
    cluster.send(&[refresh], &[]).await;
    cluster.pass(10).await;
    cluster.publish(20_300).await;
    cluster.look_at(&[trader.account]).await;
    let sell = trade(&cluster, &trader, Side::Sell, 1_000_000_000).instruction(&cluster.seen).unwrap();
    cluster.send(&[sell], &[&trader.key]).await;
    let profit: MarginAccount = cluster.state(&trader.account).await;
    let claim = profit.position(BTC).unwrap();
    assert!(claim.base == 0 && claim.unmatured > dollars(200), "{claim:?}");

    // The provider lost what the trader won, and pays it into the pot.
    cluster.look_at(&[provider.account, address::ranges(&provider.account)]).await;
    let remove = RemoveRange { owner: provider.key.pubkey(), account: provider.account, slot: 0 };
    let remove = remove.instruction(&cluster.seen).unwrap();
    cluster.send(&[remove], &[&provider.key]).await;
    let settle = Settle { authority: provider.key.pubkey(), account: provider.account, market: BTC };
    cluster.send(&[settle.instruction()], &[&provider.key]).await;
    let release = Release { owner: trader.key.pubkey(), account: trader.account, market: BTC, min_ratio_ppm: 0 };
    cluster.refused(&[release.instruction()], &[&trader.key], Error::NothingToRelease).await;

    // What is not spoken for can be taken out, and not an atom more.
    cluster.look_at(&[trader.account]).await;
    let capital = profit.usdc();
    let more = withdraw(&cluster, &trader, capital + 1).instruction(&cluster.seen).unwrap();
    cluster.refused(&[more], &[&trader.key], Error::InsufficientCapital).await;
    let all = withdraw(&cluster, &trader, capital).instruction(&cluster.seen).unwrap();
    cluster.send(&[all], &[&trader.key]).await;
    assert_eq!(cluster.balance(&trader.tokens).await, capital);

    let bank: Bank = cluster.state(&address::bank(&cluster.mint)).await;
    let market: Market = cluster.state(&address::market(BTC)).await;
    let left: MarginAccount = cluster.state(&provider.account).await;
    let owned = left.usdc() + market.pot + market.insurance + market.treasury;
    let vault = address::vault(&cluster.mint);
    assert_eq!((bank.booked, cluster.balance(&vault).await), (owned, owned));
    assert_eq!(owned + capital, dollars(110_000));
}
