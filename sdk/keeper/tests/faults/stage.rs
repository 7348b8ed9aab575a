//! One real local network for all tests, whose keepers take turns: liquidity in one market, and a trader who places orders.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use keel_client::{Client, SendOptions};
use keel_engine::Side;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::orders::{Kind, Terms};
use keel_engine::ranges::liquidity_for_base;
use keel_engine::state::PlacedOrder;
use keel_engine::units::{Price, SqrtPrice};
use keel_localnet::{Localnet, Options};
use keel_sdk::address;
use keel_sdk::instructions::{AddRange, CancelOrder, Deposit, OpenAccount, OpenRanges, PlaceOrder};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// BTC of the usual genesis.
const MARKET: u16 = 1;
/// What is due of an order, in base atoms: a hundredth of a contract.
pub const SLICE: u64 = 10_000_000;
/// Slots by which a network is old enough for a lie of a few hundred.
const LONG: u64 = 170;

/// The network and who acts on it.
pub struct Stage {
    /// The network.
    pub network: Localnet,
    client: Client,
    orders: AtomicU64,
    open: Mutex<BTreeSet<u64>>,
}

/// The stage while no other test's keeper executes orders.
pub struct Turn {
    stage: &'static Stage,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Turn {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        self.stage
    }
}

/// The stage, for a test that is in nobody's way.
pub fn beside() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(Stage::set)
}

/// The stage for this test's orders alone.
pub fn stage() -> Turn {
    static TURN: Mutex<()> = Mutex::new(());
    let stage = beside();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Those of a test that failed.
    let left: Vec<u64> = stage.open().iter().copied().collect();
    left.into_iter().for_each(|order| stage.cancel(order));
    Turn { stage, _turn: turn }
}

impl Stage {
    fn open(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set() -> Self {
        // Keys of one run serve the next.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        std::fs::create_dir_all(&folder).unwrap();
        let options = Options { keys: Some(folder), ..Options::new().unwrap() };
        let network = Localnet::start(&options).unwrap();
        let client = Client::new(network.rpc_url()).unwrap();
        let stage = Self { network, client, orders: AtomicU64::new(1), open: Mutex::default() };
        stage.fund(&stage.network.keys.lp, 20_000_000);
        stage.fund(&stage.network.keys.alice, 1_000_000);
        stage.provide();
        stage
    }

    fn account(owner: &Keypair) -> Pubkey {
        address::margin_account(&owner.pubkey(), 0)
    }

    fn send(&self, instructions: &[Instruction], signer: &Keypair) {
        self.client.send(instructions, &[signer], &SendOptions::default()).unwrap();
    }

    fn fund(&self, owner: &Keypair, dollars: u64) {
        let (authority, account, mint) = (owner.pubkey(), Self::account(owner), self.network.mint());
        let open = OpenAccount { owner: authority, sub_account: 0, isolated_market: 0 };
        self.send(&[open.instruction()], owner);
        let source = address::token_account(&authority, &mint);
        let deposit = Deposit { authority, account, mint, source, amount: dollars * 1_000_000 };
        let deposit = self.client.gather(|accounts| deposit.instruction(accounts)).unwrap();
        self.send(&[deposit, OpenRanges { owner: authority, account }.instruction()], owner);
    }

    fn price(&self) -> Pubkey {
        let prices = self.network.prices();
        prices.iter().find(|price| price.market == MARKET).unwrap().account
    }

    fn provide(&self) {
        let lp = &self.network.keys.lp;
        let ends = (sqrt_price_at_tick(0).unwrap(), sqrt_price_at_tick(100).unwrap());
        let add = AddRange {
            owner: lp.pubkey(),
            account: Self::account(lp),
            market: MARKET,
            price: self.price(),
            lower: -100,
            upper: 100,
            liquidity: liquidity_for_base(20_000_000_000, ends.0, ends.1).unwrap(),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        let add = self.client.gather(|accounts| add.instruction(accounts)).unwrap();
        self.send(&[add], lp);
    }

    /// Places an order of two slices, of which the first is due now and the other in an hour. Its number.
    pub fn place(&self) -> u64 {
        let number = self.place_until(0);
        self.open().insert(number);
        number
    }

    /// Places one that can never be executed and is over in a moment, so that anyone may clean it up. Its number.
    pub fn place_dead(&self) -> u64 {
        let number = self.place_until(self.client.now().unwrap().unix + 2);
        std::thread::sleep(Duration::from_secs(3));
        number
    }

    fn place_until(&self, expires_at: i64) -> u64 {
        let alice = &self.network.keys.alice;
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        let (anything, is_dead) = (Price::default(), expires_at != 0);
        let terms = Terms {
            kind: Kind::Twap,
            // One buys what the other sold, so the position stays small.
            side: if is_dead || number.is_multiple_of(2) { Side::Buy } else { Side::Sell },
            flags: 0,
            amount: 2 * SLICE,
            below: if is_dead { Price::MIN } else { anything },
            below_limit: anything,
            above: anything,
            above_limit: anything,
            min_fill: 0,
            tip: 10_000_000,
            starts_at: 0,
            expires_at,
            interval_secs: 3_600,
            slices: 2,
            catch_up: 0,
        };
        let account = Self::account(alice);
        let place = PlaceOrder { authority: alice.pubkey(), account, market: MARKET, number, terms };
        self.send(&[place.instruction()], alice);
        number
    }

    /// Base atoms that an order has filled.
    pub fn filled(&self, number: u64) -> u64 {
        let place = address::order(&Self::account(&self.network.keys.alice), number);
        self.client.state::<PlacedOrder>(&place).unwrap().filled
    }

    /// Whether an order is there.
    pub fn is_there(&self, number: u64) -> bool {
        let place = address::order(&Self::account(&self.network.keys.alice), number);
        self.client.accounts(&[place]).unwrap().first().is_some_and(Option::is_some)
    }

    /// Takes an order back.
    pub fn cancel(&self, number: u64) {
        self.open().remove(&number);
        let alice = &self.network.keys.alice;
        let cancel = CancelOrder { authority: alice.pubkey(), account: Self::account(alice), number };
        let cancel = self.client.gather(|accounts| cancel.instruction(accounts)).unwrap();
        self.send(&[cancel], alice);
    }

    /// Lets many slots pass: each transaction ends one.
    pub fn pass_slots(&self) {
        let (faucet, to) = (&self.network.keys.faucet, self.network.keys.bob.pubkey());
        let first = self.client.now().unwrap().slot;
        for lamports in 1.. {
            if self.client.now().unwrap().slot > first + LONG {
                return;
            }
            let data = [&2_u32.to_le_bytes()[..], &u64::to_le_bytes(lamports)].concat();
            let accounts = vec![AccountMeta::new(faucet.pubkey(), true), AccountMeta::new(to, false)];
            let transfer = Instruction { program_id: address::SYSTEM_PROGRAM, accounts, data };
            let at_once = SendOptions { simulate: false, compute_units: Some(10_000), ..SendOptions::default() };
            self.client.send(&[transfer], &[faucet], &at_once).unwrap();
        }
    }
}
