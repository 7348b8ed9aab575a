//! One run's connection: the node, the key where one is needed, and what is looked up once.

use std::cell::OnceCell;

use anyhow::{Context, Result, bail};
use keel_client::{Client, ClientError, keys};
use keel_engine::state::{Bank, MarginAccount, Market, Ranges, USDC};
use keel_sdk::{SdkError, address};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::config::Settings;
use crate::options::{AccountName, Options};
use crate::view::number::name;

/// A node to ask and whatever it takes to sign.
pub struct Session<'o> {
    /// Options of the run.
    pub options: &'o Options,
    /// What options and config file say together.
    pub settings: Settings,
    /// The node.
    pub client: Client,
    key: OnceCell<Keypair>,
    markets: OnceCell<Vec<Market>>,
}

impl<'o> Session<'o> {
    /// Connects; no key is read before one is needed.
    pub fn open(options: &'o Options) -> Result<Self> {
        let settings = Settings::read(options)?;
        let client = Client::new(settings.node()?).context("the system gives no thread to wait on")?;
        let client = client.with_commitment(settings.commitment);
        Ok(Self { options, settings, client, key: OnceCell::new(), markets: OnceCell::new() })
    }

    /// The key that signs and pays.
    pub fn key(&self) -> Result<&Keypair> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let key = keys::load(&self.settings.keypair)?;
        Ok(self.key.get_or_init(|| key))
    }

    /// Its public half.
    pub fn owner(&self) -> Result<Pubkey> {
        Ok(self.key()?.pubkey())
    }

    /// Address of the margin account that the options name, whether there is one or not.
    pub fn account_address(&self) -> Result<Pubkey> {
        match self.options.account {
            Some(AccountName::Address(address)) => Ok(address),
            Some(AccountName::Number(number)) => Ok(address::margin_account(&self.owner()?, number)),
            None => Ok(address::margin_account(&self.owner()?, 0)),
        }
    }

    /// The margin account that the options name, and its ranges.
    pub fn account(&self) -> Result<(Pubkey, MarginAccount, Option<Ranges>)> {
        let address = self.account_address()?;
        match self.client.margin_account(&address) {
            Ok((account, ranges)) => Ok((address, account, ranges)),
            Err(ClientError::Sdk(SdkError::Missing(missing))) if missing == address => match self.options.account {
                Some(AccountName::Address(_)) => bail!("there is no margin account at {address}"),
                Some(AccountName::Number(number)) => bail!(
                    "the key {} has no margin account {number}: open it with `keel account open --account {number}`",
                    self.owner()?
                ),
                None => bail!("the key {} has no margin account: open one with `keel account open`", self.owner()?),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// All markets, by number.
    pub fn markets(&self) -> Result<&[Market]> {
        if let Some(markets) = self.markets.get() {
            return Ok(markets);
        }
        let found = self.client.markets()?.into_iter().map(|(_, market)| market).collect();
        Ok(self.markets.get_or_init(|| found))
    }

    /// A market by its name, in any case, or its number.
    pub fn market(&self, named: &str) -> Result<&Market> {
        let markets = self.markets()?;
        let number: Option<u16> = named.parse().ok();
        let is_it = |market: &&Market| number == Some(market.index_number) || name(market).eq_ignore_ascii_case(named);
        markets.iter().find(is_it).with_context(|| {
            let names: Vec<String> = markets.iter().map(name).collect();
            format!("there is no market `{named}`; there are {}", names.join(", "))
        })
    }

    /// A market by the number in an account.
    pub fn numbered(&self, number: u16) -> Result<&Market> {
        let found = self.markets()?.iter().find(|market| market.index_number == number);
        found.with_context(|| format!("market {number} is gone"))
    }

    /// The bank of quote atoms.
    pub fn bank(&self) -> Result<Bank> {
        let banks = self.client.banks()?;
        let usdc = banks.into_iter().map(|(_, bank)| bank).find(|bank| usize::from(bank.index) == USDC);
        usdc.context("the exchange has no bank yet: it is not set up on this cluster")
    }

    /// Mint of the quote currency.
    pub fn mint(&self) -> Result<Pubkey> {
        Ok(Pubkey::from(self.bank()?.mint))
    }
}
