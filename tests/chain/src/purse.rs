//! A world with two kinds of collateral beside USDC: SOL, of nine decimals, and a yield-bearing dollar with an exchange rate.

use keel_embedded::chain::key;
use keel_embedded::exchange::Trader;
use keel_embedded::{Collateral, Executed, token};
use keel_engine::exchange_params::BankParams;
use keel_engine::oracle::Sample;
use keel_engine::state::Bank;
use keel_sdk::instructions::{Deposit, ViewHealth, Withdraw};
use keel_sdk::views::HealthView;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::World;

/// Atoms of a SOL.
pub const SOLS: u64 = 1_000_000_000;
/// What SOL counts in full, in parts per million.
pub const SOL_WEIGHT: u32 = 850_000;
/// What the yield-bearing dollar counts in full.
pub const DOLLAR_WEIGHT: u32 = 930_000;
/// Time in which a haircut begins to count.
pub const RAMP: i64 = 86_400;
/// How much less SOL counts for each million of it.
pub const SOL_SLOPE: u32 = 50_000;

/// The world, and the collateral's prices as they are published.
pub struct Purse {
    /// The world.
    pub world: World,
    /// SOL.
    pub sol: Collateral,
    /// The yield-bearing dollar.
    pub dollar: Collateral,
    /// Price of SOL, in hundred-millionths of a USD.
    pub sol_price: i64,
    /// Dollars that a yield-bearing dollar can be exchanged for, in hundred-millionths.
    pub rate: i64,
}

impl Default for Purse {
    fn default() -> Self {
        Self::new()
    }
}

impl Purse {
    /// Both listed just now, at weight 0; liquidity in both markets.
    pub fn new() -> Self {
        let mut world = World::new();
        let (sol, dollar) = (Collateral::named("sol", false), Collateral::named("yield-bearing dollar", true));
        sol.list(&mut world.exchange, 9).unwrap();
        dollar.list(&mut world.exchange, 6).unwrap();
        for (collateral, haircut_ppm, size_slope_ppm_per_million_usd) in
            [(&sol, SOL_WEIGHT, SOL_SLOPE), (&dollar, DOLLAR_WEIGHT, 0)]
        {
            let now = BankParams::of(&collateral.bank(&world.exchange).unwrap());
            let params = BankParams {
                haircut_ppm,
                cap_usd: 2_000_000,
                ramp_secs: 86_400,
                size_slope_ppm_per_million_usd,
                ..now
            };
            collateral.change(&mut world.exchange, params).unwrap();
        }
        world.add_liquidity();
        let mut purse = Self { world, sol, dollar, sol_price: 15_000_000_000, rate: 100_000_000 };
        purse.refresh();
        purse
    }

    /// The same a day later: both count in full.
    pub fn ripe() -> Self {
        let mut purse = Self::new();
        purse.pass(RAMP);
        purse
    }

    /// Lets time pass at once, and brings everything up to date after it: medians are of these prices.
    pub fn pass(&mut self, secs: i64) {
        self.world.sleep(secs);
        for _ in 0..4 {
            self.world.tick();
            self.refresh();
        }
    }

    /// Publishes the collateral's prices now.
    pub fn publish(&mut self) {
        let unix = self.world.unix();
        let chain = &mut self.world.exchange.chain;
        self.sol.publish(chain, &sample(self.sol_price, unix), None).unwrap();
        self.dollar.publish(chain, &sample(100_000_000, unix), Some(&sample(self.rate, unix))).unwrap();
    }

    /// Publishes them, and has the banks take them.
    #[track_caller]
    pub fn refresh(&mut self) {
        self.publish();
        for collateral in [self.sol, self.dollar] {
            self.world.send(collateral.refresh().instruction());
        }
    }

    /// The bank of a kind.
    pub fn bank(&self, collateral: &Collateral) -> Bank {
        collateral.bank(&self.world.exchange).unwrap()
    }

    /// Somebody's token account of a kind, with that many atoms in it if it is new.
    pub fn wallet(&mut self, trader: &Trader, collateral: &Collateral, amount: u64) -> Pubkey {
        let tokens = key(&format!("{} of {}", collateral.mint, trader.account)).pubkey();
        let chain = &mut self.world.exchange.chain;
        if chain.data(&tokens).is_none() {
            token::create_account(chain, &tokens, &collateral.mint, &trader.key.pubkey(), amount).unwrap();
        }
        tokens
    }

    /// The instruction that deposits some of somebody's tokens.
    pub fn depositing(&mut self, trader: &Trader, collateral: &Collateral, amount: u64) -> Instruction {
        let source = self.wallet(trader, collateral, amount);
        let (authority, account, mint) = (trader.key.pubkey(), trader.account, collateral.mint);
        let deposit = Deposit { authority, account, mint, source, amount };
        deposit.instruction(&self.world.exchange.chain).unwrap()
    }

    /// Deposits; must go through.
    #[track_caller]
    pub fn deposit(&mut self, trader: &Trader, collateral: &Collateral, amount: u64) -> Executed {
        let deposit = self.depositing(trader, collateral, amount);
        self.world.send(deposit)
    }

    /// The instruction that withdraws some of it.
    pub fn withdrawing(&mut self, trader: &Trader, collateral: &Collateral, amount: u64) -> Instruction {
        let destination = self.wallet(trader, collateral, 0);
        let (owner, account, mint) = (trader.key.pubkey(), trader.account, collateral.mint);
        let withdraw = Withdraw { owner, account, mint, destination, amount };
        withdraw.instruction(&self.world.exchange.chain).unwrap()
    }

    /// An account's health as the program tells it.
    pub fn health(&self, trader: &Trader) -> HealthView {
        let chain = &self.world.exchange.chain;
        chain.view(ViewHealth { account: trader.account }.instruction(chain).unwrap()).unwrap()
    }
}

/// An update with a confidence of a thousandth.
pub const fn sample(price: i64, unix: i64) -> Sample {
    Sample { price, conf: price.unsigned_abs() / 1_000, exponent: -8, publish_time: unix, ema_price: price }
}
