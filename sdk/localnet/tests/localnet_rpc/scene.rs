//! The network that the tests of this file share, and what they send to it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use keel_client::{Client, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::{MAX_SQRT_PRICE, MIN_SQRT_PRICE, sqrt_price_at_tick};
use keel_engine::ranges::liquidity_for_quote;
use keel_localnet::{Localnet, Options};
use keel_sdk::address::token_account;
use keel_sdk::instructions::{AddRange, Deposit, OpenAccount, OpenRanges, Trade};
use keel_sdk::path::Reach;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;

/// Number of BTC.
pub const BTC: u16 = 1;
/// A thousand USDC.
pub const THOUSAND: u64 = 1_000_000_000;
/// Ticks from the middle of the range that is provided to its ends.
const WIDTH: i32 = 100;

/// The network of this process. It ends with it.
pub fn network() -> &'static Localnet {
    static NETWORK: OnceLock<Localnet> = OnceLock::new();
    NETWORK.get_or_init(|| {
        let began = Instant::now();
        let network = Localnet::start(&Options::new().unwrap()).unwrap();
        let took = began.elapsed();
        println!("ready in {took:?}");
        assert!(took < Duration::from_secs(15), "it took {took:?}");
        network
    })
}

/// The clock and BTC's price are one thing for all tests: whoever turns them, or relies on them, holds this.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn rpc() -> RpcClient {
    RpcClient::new_with_commitment(network().rpc_url(), CommitmentConfig::processed())
}

pub fn client() -> Client {
    Client::new(network().rpc_url()).unwrap().with_commitment(CommitmentConfig::confirmed())
}

/// BTC's price account.
pub fn btc_price() -> Pubkey {
    network().prices()[0].account
}

/// Waits until something is there, for ten seconds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("in ten seconds there was no {what}");
}

/// Opens an owner's next margin account and deposits.
pub fn open(client: &Client, owner: &Keypair, sub_account: u16, amount: u64) -> Pubkey {
    let key = owner.pubkey();
    let mint = network().mint();
    let open = OpenAccount { owner: key, sub_account, isolated_market: 0 };
    let account = open.address();
    client.send(&[open.instruction()], &[owner], &SendOptions::default()).unwrap();
    let source = token_account(&key, &mint);
    let deposit = Deposit { authority: key, account, mint, source, amount };
    let deposit = client.gather(|accounts| deposit.instruction(accounts)).unwrap();
    client.send(&[deposit], &[owner], &SendOptions::default()).unwrap();
    account
}

/// A range around BTC's price, once for all tests.
pub fn liquidity(client: &Client) {
    static ADDED: OnceLock<()> = OnceLock::new();
    ADDED.get_or_init(|| {
        let owner = &network().keys.lp;
        let account = open(client, owner, 0, 5_000 * THOUSAND);
        let owner_key = owner.pubkey();
        let open = OpenRanges { owner: owner_key, account };
        client.send(&[open.instruction()], &[owner], &SendOptions::default()).unwrap();
        let market = client.market(BTC).unwrap();
        let spacing = market.params.tick_spacing.cast_signed();
        let (lower, upper) = (-WIDTH * spacing, WIDTH * spacing);
        let ends = (sqrt_price_at_tick(lower).unwrap(), sqrt_price_at_tick(upper).unwrap());
        let range = AddRange {
            owner: owner_key,
            account,
            market: BTC,
            price: btc_price(),
            lower,
            upper,
            liquidity: liquidity_for_quote(10_000 * THOUSAND, ends.0, ends.1, market.peg).unwrap(),
            min_sqrt_price: MIN_SQRT_PRICE,
            max_sqrt_price: MAX_SQRT_PRICE,
        };
        let range = client.gather(|accounts| range.instruction(accounts)).unwrap();
        client.send(&[range], &[owner], &SendOptions::default()).unwrap();
    });
}

/// A trade in BTC for so much quote.
pub fn trade(authority: &Keypair, account: Pubkey, side: Side, quote: u64) -> Trade {
    Trade {
        authority: authority.pubkey(),
        account,
        market: BTC,
        price: btc_price(),
        side,
        exact: Exact::Quote(quote),
        limit: None,
        reduce_only: false,
        all_or_nothing: false,
        reach: Reach::default(),
    }
}
