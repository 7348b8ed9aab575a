//! The whole keeper against a local network over RPC: somebody's SOL falls, its price is brought up to date, he is flagged, his
//! SOL are bought for USDC, what he owes is settled with it, and every equality of the books holds.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use keel_client::{Client, Pushed, SendOptions};
use keel_engine::Side;
use keel_engine::curve::Exact;
use keel_engine::math::tick::sqrt_price_at_tick;
use keel_engine::ranges::liquidity_for_base;
use keel_engine::state::MarginAccount;
use keel_engine::units::SqrtPrice;
use keel_keeper::config::Config;
use keel_keeper::service::{self, Run};
use keel_localnet::{Localnet, Options};
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{AddRange, Deposit, OpenAccount, OpenRanges, Trade};
use keel_sdk::path::Reach;
use keel_simulator::{audit, dump};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use tokio_util::sync::CancellationToken;

/// BTC of the usual genesis, and the bank of SOL.
const BTC: u16 = 1;
const SOL: usize = 1;
/// Whatever the keeper has to do it does within this.
const SOON: Duration = Duration::from_secs(90);

struct Stage {
    network: Localnet,
    client: Client,
}

impl Stage {
    fn set() -> Self {
        let network = Localnet::start(&Options::new().unwrap()).unwrap();
        let client = Client::new(network.rpc_url()).unwrap();
        Self { network, client }
    }

    fn send(&self, instruction: Instruction, signer: &Keypair) {
        self.client.send(&[instruction], &[signer], &SendOptions::default()).unwrap();
    }

    fn open(&self, owner: &Keypair) -> Pubkey {
        let open = OpenAccount { owner: owner.pubkey(), sub_account: 0, isolated_market: 0 };
        self.send(open.instruction(), owner);
        open.address()
    }

    fn deposit(&self, owner: &Keypair, mint: Pubkey, amount: u64) {
        let authority = owner.pubkey();
        let account = address::margin_account(&authority, 0);
        let source = address::token_account(&authority, &mint);
        let deposit = Deposit { authority, account, mint, source, amount };
        let deposit = self.client.gather(|accounts| deposit.instruction(accounts)).unwrap();
        self.send(deposit, owner);
    }

    fn price(&self) -> Pubkey {
        self.network.prices()[0].account
    }

    fn provide(&self) {
        let lp = &self.network.keys.lp;
        let account = self.open(lp);
        self.deposit(lp, self.network.mint(), 20_000_000_000_000);
        self.send(OpenRanges { owner: lp.pubkey(), account }.instruction(), lp);
        let ends = (sqrt_price_at_tick(0).unwrap(), sqrt_price_at_tick(100).unwrap());
        let add = AddRange {
            owner: lp.pubkey(),
            account,
            market: BTC,
            price: self.price(),
            lower: -100,
            upper: 100,
            liquidity: liquidity_for_base(50_000_000_000, ends.0, ends.1).unwrap(),
            min_sqrt_price: SqrtPrice::from_bits(0),
            max_sqrt_price: SqrtPrice::from_bits(u128::MAX),
        };
        self.send(self.client.gather(|accounts| add.instruction(accounts)).unwrap(), lp);
    }

    fn trade(&self, owner: &Keypair, side: Side, base: u64) {
        let trade = Trade {
            authority: owner.pubkey(),
            account: address::margin_account(&owner.pubkey(), 0),
            market: BTC,
            price: self.price(),
            side,
            exact: Exact::Base(base),
            limit: None,
            reduce_only: false,
            all_or_nothing: true,
            reach: Reach::default(),
        };
        self.send(self.client.gather(|accounts| trade.instruction(accounts)).unwrap(), owner);
    }

    fn account(&self, owner: &Keypair) -> MarginAccount {
        self.client.margin_account(&address::margin_account(&owner.pubkey(), 0)).unwrap().0
    }

    /// Every equality, from the accounts that a node gives.
    fn audit(&self) {
        let ours = self.client.program_accounts().unwrap();
        let mut accounts: BTreeMap<_, _> = ours.into_iter().map(|(at, data)| (at, (PROGRAM_ID, data))).collect();
        let vaults = self.client.banks().unwrap().into_iter().map(|(_, bank)| Pubkey::from(bank.vault));
        let tokens: Vec<_> = vaults.chain([address::share_mint(), address::share_vault()]).collect();
        for (at, account) in tokens.iter().zip(self.client.accounts(&tokens).unwrap()) {
            let account = account.unwrap();
            accounts.insert(*at, (account.owner, account.data));
        }
        let findings = audit::check(&dump::books(&accounts).unwrap()).unwrap();
        assert!(findings.equalities > 0);
    }

    /// The keeper with capital, which closes nobody's position, on a thread of its own, until it is told to stop.
    fn keeper(&self) -> (CancellationToken, std::thread::JoinHandle<()>) {
        let options = format!(
            "keypair = \"given\"\n[[endpoints]]\nhttp = \"{}\"\nws = \"{}\"\n\
             [capital]\ntotal_usd = 50000\nmarket_usd = 50000\n\
             [jobs]\nonly = [\"flag\", \"buy_collateral\", \"refresh\", \"refresh_bank\", \"settle\"]\nplan_ms = 100\n[fees]\npolicy = \"fixed\"\n[sending]\npoll_ms = 100\n\
             [listening]\npoll_ms = 250\nmax_slots_apart = 500\n",
            self.network.rpc_url(),
            self.network.ws_url(),
        );
        let options = Config::parse(&options).and_then(Config::check).unwrap();
        let (key, stop) = (self.network.keys.keeper.insecure_clone(), CancellationToken::new());
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(service::run(options, key, Run::default(), stopped)).unwrap();
        });
        (stop, thread)
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < SOON, "waited {SOON:?} in vain until {what}");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn sol_that_falls_is_refreshed_bought_and_settles_what_is_owed() {
    let stage = Stage::set();
    let keys = &stage.network.keys;
    let token = stage.network.banks().unwrap()[0].clone();
    stage.provide();
    stage.open(&keys.keeper);
    stage.deposit(&keys.keeper, stage.network.mint(), 100_000_000_000);
    stage.open(&keys.bob);
    stage.deposit(&keys.bob, stage.network.mint(), 50_000_000_000);
    // Alice has nothing but 100 SOL of 150 USD, which count four fifths and a little less.
    stage.open(&keys.alice);
    stage.deposit(&keys.alice, token.mint, 100_000_000_000);
    stage.client.refresh_bank(&token.mint, &Pushed::default(), &keys.alice, &SendOptions::default()).unwrap();
    stage.trade(&keys.bob, Side::Sell, 2_000_000_000);
    stage.trade(&keys.alice, Side::Buy, 2_000_000_000);

    let (stop, thread) = stage.keeper();
    let bank = || stage.client.bank(&token.mint).unwrap();
    let first = bank().price_time;
    until("the price of what counts is taken again, though it stays", || bank().price_time > first + 5);
    assert_eq!(stage.account(&keys.alice).flagged_at, 0);

    stage.network.set_price("SOL", 43.0).unwrap();
    until("the keeper has bought", || stage.account(&keys.keeper).capital[SOL] > 0);
    until("alice is cured", || {
        let alice = stage.account(&keys.alice);
        let health = stage.client.health(&address::margin_account(&keys.alice.pubkey(), 0)).unwrap();
        alice.flagged_at == 0 && i128::from(health.equity) >= i128::from(health.maintenance)
    });
    let (alice, keeper) = (stage.account(&keys.alice), stage.account(&keys.keeper));
    assert_eq!(alice.capital[SOL] + keeper.capital[SOL], 100_000_000_000, "no token was lost");
    assert!(alice.usdc() > 0, "she has USDC for what they sold for");

    // Bitcoin falls a little and bob takes his profit: she pays it with what her SOL have brought.
    let mark = || stage.client.market(BTC).unwrap().mark.bits;
    let (before, at_first) = (alice.usdc(), mark());
    stage.network.set_price("BTC", 59_900.0).unwrap();
    until("the mark has followed", || mark() < at_first - at_first / 1_000);
    let settle = keel_sdk::instructions::Settle {
        authority: keys.bob.pubkey(),
        account: address::margin_account(&keys.bob.pubkey(), 0),
        market: BTC,
    };
    stage.send(settle.instruction(), &keys.bob);
    until("her loss is in the pot", || stage.account(&keys.alice).usdc() < before);
    stop.cancel();
    thread.join().unwrap();
    stage.audit();
}
