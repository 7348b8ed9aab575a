//! What is refused before anything is done: whatever would be unsafe or is not said.
//!
//! Each rule is a sentence that says what to do. Bounds and the solvency envelope are the engine's.

use bytemuck::Zeroable;
use keel_engine::params::Params;
use keel_engine::pool::StrategyTerms;
use keel_engine::state::{Market, Mode, Pool, Strategy};
use keel_sdk::address::{SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_simulator::genesis::{BankGenesis, Deployment, MarketGenesis};
use solana_pubkey::Pubkey;

use crate::chain::Chain;
use crate::program::Deployed;
use crate::request::Request;
use crate::terms::Common;

/// Genesis hash of mainnet-beta.
const MAINNET: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
/// Name of the cluster that lives on one machine, whose keys are made by who starts it.
const LOCAL: &str = "localnet";
/// Shortest timelock on mainnet: two days.
const MAINNET_TIMELOCK_SECS: u32 = 172_800;
/// Bytes of a plain mint.
const MINT_LENGTH: usize = 82;
/// Where a mint's decimals lie.
const MINT_DECIMALS: usize = 44;
/// Decimals of the quote currency.
const DECIMALS: u8 = 6;

/// What is known of the cluster when the rules are asked.
pub(crate) struct Seen<'a> {
    pub(crate) request: &'a Request,
    pub(crate) genesis_hash: &'a str,
    pub(crate) chain: &'a Chain,
    pub(crate) deployed: Option<&'a Deployed>,
}

impl Seen<'_> {
    pub(crate) fn is_mainnet(&self) -> bool {
        self.genesis_hash == MAINNET || self.request.genesis.cluster == "mainnet"
    }

    fn is_local(&self) -> bool {
        self.request.genesis.cluster == LOCAL && !self.is_mainnet()
    }

    /// All that is refused about the cluster, the keys and the program.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let parts = [self.cluster(), self.program(), self.keys(), self.mint(), self.exchange(), self.pool()];
        parts.into_iter().flatten().collect()
    }

    fn cluster(&self) -> Vec<String> {
        let (name, found) = (&self.request.genesis.cluster, self.genesis_hash);
        match Deployment::set(&self.request.deployment().genesis_hash) {
            Some(wanted) if wanted != found => {
                vec![format!(
                    "this is another cluster: its genesis hash is {found}, that of {name} is {wanted}. Check the URL"
                )]
            }
            None if !self.is_local() => {
                vec![format!(
                    "genesis_hash is not set: say in the genesis file which cluster {name} is (this one is {found})"
                )]
            }
            _ => Vec::new(),
        }
    }

    fn program(&self) -> Vec<String> {
        let announced = Deployment::set(&self.request.deployment().program_sha256);
        let found = self.request.program.as_ref().map(|program| program.sha256());
        let found = found.or_else(|| self.deployed.map(|deployed| deployed.sha256.as_str()));
        let mut refusals = Vec::new();
        match (announced, found) {
            (Some(wanted), Some(found)) if !wanted.eq_ignore_ascii_case(found) => refusals.push(format!(
                "the program's hash is {found}, announced was {wanted}: build the announced one, or announce this one"
            )),
            (None, _) if self.is_mainnet() => {
                let refusal = "program_sha256 is not set: announce the program's hash before it is deployed";
                refusals.push(refusal.to_owned());
            }
            _ => {}
        }
        if self.deployed.is_none() && self.request.program.is_none() {
            refusals.push("there is no program on the cluster: bring the program file".to_owned());
        }
        refusals
    }

    fn keys(&self) -> Vec<String> {
        let request = self.request;
        let mut refusals = Vec::new();
        let mut key = |name: &str, found: Result<Option<Pubkey>, String>, is_needed: bool| match found {
            Err(error) => {
                refusals.push(error);
                None
            }
            Ok(None) if is_needed => {
                refusals.push(format!("{name} is not set: name it in the genesis file"));
                None
            }
            Ok(key) => key,
        };
        let is_real = !self.is_local();
        let guardian = key("guardian", request.guardian(), true);
        let admin = key("admin", request.admin(), is_real);
        let _treasury = key("treasury", request.treasury(), is_real);
        let upgrade = key("upgrade_authority", request.upgrade_authority().map(Option::unwrap_or_default), false);
        if is_real && matches!(request.upgrade_authority(), Ok(None)) {
            refusals.push("upgrade_authority is not set: name it in the genesis file, or `none` for nobody".to_owned());
        }
        if self.is_mainnet() {
            if guardian.is_some() && guardian == admin {
                refusals.push(
                    "guardian and admin are the same key: name another guardian, who can stop the admin".to_owned(),
                );
            }
            for (name, key) in [("admin", admin), ("upgrade_authority", upgrade)] {
                if key.is_some_and(|key| self.is_single(&key)) && !request.allow_single_key {
                    refusals.push(format!(
                        "{name} is a plain key: name a multisig or DAO, or allow it with --allow-single-key"
                    ));
                }
            }
        }
        refusals
    }

    /// Whether somebody alone can sign with it: an address on the curve that no program owns.
    fn is_single(&self, key: &Pubkey) -> bool {
        let owner = self.chain.account(key).map_or(SYSTEM_PROGRAM, |account| account.owner);
        key.is_on_curve() && owner == SYSTEM_PROGRAM
    }

    fn mint(&self) -> Vec<String> {
        let mint = match self.request.quote_mint() {
            Err(error) => return vec![error],
            Ok(None) => return vec!["quote_mint is not set: name the mint of the quote currency".to_owned()],
            Ok(Some(mint)) => mint,
        };
        let Some(account) = self.chain.account(&mint) else {
            return vec![format!("there is no mint at {mint}: check quote_mint")];
        };
        let is_plain = account.owner == TOKEN_PROGRAM && account.data.len() == MINT_LENGTH;
        let has_decimals = account.data.get(MINT_DECIMALS).copied() == Some(DECIMALS);
        if is_plain && has_decimals {
            return Vec::new();
        }
        vec![format!("{mint} is no plain SPL token with 6 decimals: only such a mint can be the quote currency")]
    }

    fn exchange(&self) -> Vec<String> {
        let common = match Common::of(&self.request.genesis) {
            Err(error) => return vec![error],
            Ok(common) => common,
        };
        let timelock = common.exchange.timelock_secs;
        let mut refusals = Vec::new();
        if self.is_mainnet() && timelock < MAINNET_TIMELOCK_SECS {
            refusals.push(format!("timelock_secs is {timelock}: on mainnet it is at least {MAINNET_TIMELOCK_SECS}"));
        }
        if self.is_mainnet() && self.request.deployment().insurance_usd == 0 {
            refusals.push("insurance_usd is 0: on mainnet no market starts without insurance".to_owned());
        }
        if self.request.genesis.markets.is_empty() {
            refusals.push("the genesis file lists no market".to_owned());
        }
        refusals
    }

    /// Weights of all strategies together.
    fn pool(&self) -> Vec<String> {
        let mut pool = Pool::zeroed();
        let strategies = self.request.genesis.markets.iter().filter_map(MarketGenesis::strategy);
        for (index, (slot, terms)) in pool.strategies.iter_mut().zip(strategies).enumerate() {
            *slot =
                Strategy { market: u16::try_from(index).unwrap_or(u16::MAX).saturating_add(1), ..Strategy::zeroed() };
            terms.put(slot);
        }
        match StrategyTerms::check_all(&pool) {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!("the pool's strategies together are refused: {error}")],
        }
    }

    /// What is refused about a bank of other collateral.
    pub(crate) fn bank(&self, bank: &BankGenesis, number: u8) -> Vec<String> {
        let name = &bank.name;
        let mut refusals = Vec::new();
        if let Err(error) = bank.params(number) {
            refusals.push(format!("{error:#}"));
        }
        match self.request.mint(bank) {
            Err(error) => refusals.push(error),
            Ok(None) => refusals.push(format!("{name}: mint is not set: name the mint of the collateral")),
            Ok(Some(mint)) => {
                let account = self.chain.account(&mint);
                let is_plain = |account: &solana_account::Account| {
                    account.owner == TOKEN_PROGRAM
                        && account.data.len() == MINT_LENGTH
                        && account.data.get(MINT_DECIMALS) == Some(&bank.decimals)
                };
                if !account.is_some_and(is_plain) {
                    refusals.push(format!("{name}: {mint} is no plain SPL token with {} decimals", bank.decimals));
                }
            }
        }
        match self.request.bank_feeds(bank) {
            Err(error) => refusals.push(format!("{name}: {error}")),
            Ok((price, rate)) => {
                for feed in [Some(price), rate].into_iter().flatten() {
                    let alive = feed.alive(self.chain.account(&feed.address), self.chain.now.unix);
                    refusals.extend(alive.err().map(|error| format!("{name}: {error}")));
                }
            }
        }
        refusals
    }

    /// What is refused about a market that is listed with these parameters, or has them.
    pub(crate) fn market(&self, market: &MarketGenesis, params: &Params) -> Vec<String> {
        let name = &market.name;
        let mut refusals = Vec::new();
        if market.tick_arrays.is_empty() {
            refusals.push(format!("{name}: tick_arrays is empty: nobody could bring liquidity"));
        }
        if self.is_mainnet() && params.insurance_share_ppm == 0 {
            refusals.push(format!("{name}: insurance_share_ppm is 0: on mainnet every market pays for its insurance"));
        }
        if let Some(terms) = market.strategy() {
            let mode = u8::from(market.mode() == Mode::Fixed);
            let place = Market { params: *params, mode, ..Market::zeroed() };
            if let Err(error) = terms.check_in(&place) {
                refusals.push(format!("{name}: the pool's strategy is refused: {error}"));
            }
        }
        refusals
    }
}
