//! An exchange with a bank of SOL whose price is the SOL market's own, a day after it was listed, and people with tokens.

use keel_chain_tests::world::SOL_FEED;
use keel_chain_tests::{SOL, World, dollars};
use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, Executed, Outcome, token};
use keel_engine::exchange_params::BankParams;
use keel_engine::governance::BankTerms;
use keel_engine::params::Params;
use keel_engine::state::{Bank, Market};
use keel_sdk::accounts::encode;
use keel_sdk::address::{self, PROGRAM_ID};
use keel_sdk::instructions::{Plan, RefreshBank, Settle, SettleRange, ViewHealth};
use keel_sdk::pyth::RECEIVER;
use keel_sdk::views::HealthView;
use keel_simulator::Quote;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The scene.
pub struct Scene {
    /// The exchange.
    pub world: World,
    /// Mint of SOL.
    pub sol: Pubkey,
    /// Mint of USDC.
    pub usdc: Pubkey,
}

/// Somebody with a key and token accounts.
pub struct User {
    /// The key.
    pub key: Keypair,
    /// SOL.
    pub sol: Pubkey,
    /// USDC.
    pub usdc: Pubkey,
}

impl User {
    /// The address.
    pub fn address(&self) -> Pubkey {
        self.key.pubkey()
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    /// SOL at 150 USD counts for 85% in margin; 4 million USD of liquidity within 2%.
    pub fn new() -> Self {
        Self::of(|_| {})
    }

    /// The same with other parameters of the markets.
    pub fn of(bend: impl Fn(&mut Params)) -> Self {
        let mut world = World::of(bend);
        let sol = key("mint of sol").pubkey();
        let usdc = world.exchange.mint;
        token::create_mint(&mut world.exchange.chain, &sol, &world.exchange.admin.pubkey(), 9).unwrap();
        let feed_id = world.market(SOL).feed_id;
        let hex: String = feed_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, SOL_FEED);
        let terms =
            BankTerms { mint: sol.to_bytes(), price_owner: RECEIVER.to_bytes(), feed_id, rate_feed_id: [0; 32] };
        world.exchange.add_bank(terms).unwrap();
        let bank: Bank = world.exchange.state(&address::bank(&sol)).unwrap();
        let params =
            BankParams { haircut_ppm: 850_000, cap_usd: 100_000_000, ramp_secs: 86_400, ..BankParams::of(&bank) };
        let number = world.exchange.queue(Plan::BankParams(bank.index, params)).unwrap();
        world.exchange.wait_for(number).unwrap();
        world.exchange.execute(number, sol).unwrap().unwrap();
        let mut scene = Self { world, sol, usdc };
        scene.world.add_liquidity();
        scene.lift_outflow_limits();
        // Depth in the markets is for a million; liquidations and trades of the tests are far below it.
        scene.world.sleep(86_400);
        scene.pass(5);
        scene
    }

    /// Outflow limits are not what these tests are about: as high as a parameter can be.
    fn lift_outflow_limits(&mut self) {
        for mint in [self.sol, self.usdc] {
            let place = address::bank(&mint);
            let mut bank: Bank = self.world.exchange.state(&place).unwrap();
            bank.outflow_floor_usd = 10_000_000;
            self.world.exchange.chain.put_data(&place, &PROGRAM_ID, encode(&bank)).unwrap();
        }
    }

    /// Collateral of another kind, listed by the queue: of weight 0, and without a price.
    pub fn list_another(&mut self, name: &str) -> Pubkey {
        let other = Collateral::named(name, false);
        other.list(&mut self.world.exchange, 6).unwrap();
        self.pass(5);
        other.mint
    }

    /// Somebody with so much SOL and USDC, in atoms.
    pub fn user(&mut self, name: &str, sol: u64, usdc: u64) -> User {
        let key = key(name);
        self.world.stranger(name);
        let wallet =
            |scene: &mut Self, mint: Pubkey, amount| scene.wallet(&format!("{name} {mint}"), mint, &key, amount);
        let (of_sol, of_usdc) = (wallet(self, self.sol, sol), wallet(self, self.usdc, usdc));
        User { key, sol: of_sol, usdc: of_usdc }
    }

    /// A token account of that name.
    pub fn wallet(&mut self, name: &str, mint: Pubkey, owner: &Keypair, amount: u64) -> Pubkey {
        let place = keel_embedded::chain::key(name).pubkey();
        token::create_account(&mut self.world.exchange.chain, &place, &mint, &owner.pubkey(), amount).unwrap();
        place
    }

    /// What a token account holds.
    pub fn balance(&self, place: &Pubkey) -> u64 {
        token::balance(&self.world.exchange.chain, place).unwrap()
    }

    /// The SOL market.
    pub fn market(&self) -> Market {
        self.world.market(SOL)
    }

    /// The bank of SOL.
    pub fn bank(&self) -> Bank {
        self.world.exchange.state(&address::bank(&self.sol)).unwrap()
    }

    /// Takes the price of SOL into its bank.
    pub fn refresh_bank(&self) -> Instruction {
        RefreshBank { mint: self.sol, price: self.world.price_account(SOL), rate: None }.instruction()
    }

    /// Seconds pass, each with a price.
    #[track_caller]
    pub fn pass(&mut self, secs: u32) {
        for _ in 0..secs {
            self.world.tick();
            let refresh = self.refresh_bank();
            self.world.send(refresh);
        }
    }

    /// Time passes in steps that every average keeps up with.
    #[track_caller]
    pub fn wait(&mut self, secs: i64, step: i64) {
        let until = self.world.unix() + secs;
        while self.world.unix() < until {
            self.world.sleep(step.min(until - self.world.unix()));
            self.world.publish();
            let instructions =
                [self.world.refresh(keel_chain_tests::BTC), self.world.refresh(SOL), self.refresh_bank()];
            self.world.send_unaudited(&instructions).unwrap();
        }
        self.world.exchange.audit().unwrap();
    }

    /// SOL costs that much, for long enough that every median says so.
    #[track_caller]
    pub fn price(&mut self, usd: f64) {
        self.world.quote(SOL, Quote::of_usd(usd));
        self.pass(5);
    }

    /// Sends instructions of one transaction, behind the bank's price.
    pub fn try_send(&mut self, instructions: &[Instruction]) -> Outcome {
        let all: Vec<Instruction> = [self.refresh_bank()].into_iter().chain(instructions.iter().cloned()).collect();
        self.world.try_send(&all)
    }

    /// The same, and it must go through.
    #[track_caller]
    pub fn send(&mut self, instructions: &[Instruction]) -> Executed {
        self.try_send(instructions).unwrap_or_else(|refused| panic!("refused: {refused}"))
    }

    /// What keepers do while a pot is short of claims: they settle the providers, who lose what others win.
    pub fn settle_providers(&mut self) {
        let keeper = self.world.stranger("keeper");
        for provider in ["inner provider", "outer provider"].map(Trader::named) {
            let settle = SettleRange { authority: keeper, account: provider.account, slot: 1 };
            let settle = settle.instruction(&self.world.exchange.chain).unwrap();
            let own = Settle { authority: keeper, account: provider.account, market: SOL }.instruction();
            // Who needs not be settled may not be.
            let _refused = self.world.try_send(&[settle]);
            let _refused = self.world.try_send(&[own]);
        }
    }

    /// What somebody's margin account is worth at mark, in USD.
    pub fn equity(&self, account: &Pubkey) -> f64 {
        let view = ViewHealth { account: *account }.instruction(&self.world.exchange.chain).unwrap();
        let health: HealthView = self.world.exchange.chain.view(view).unwrap();
        health.equity as f64 / 1e6
    }

    /// Somebody with a margin account and USDC in it.
    pub fn trader(&mut self, name: &str, usd: u64) -> Trader {
        self.world.open(name, dollars(usd), false)
    }
}
