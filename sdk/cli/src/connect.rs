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
use crate::view::number::{Tokens, name};

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
    banks: OnceCell<Vec<Bank>>,
}

impl<'o> Session<'o> {
    /// Connects; no key is read before one is needed.
    pub fn open(options: &'o Options) -> Result<Self> {
        let settings = Settings::read(options)?;
        let client = Client::new(settings.node()?).context("the system gives no thread to wait on")?;
        let client = client.with_commitment(settings.commitment);
        Ok(Self { options, settings, client, key: OnceCell::new(), markets: OnceCell::new(), banks: OnceCell::new() })
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

    /// All banks, by number.
    pub fn banks(&self) -> Result<&[Bank]> {
        if let Some(banks) = self.banks.get() {
            return Ok(banks);
        }
        let mut found: Vec<Bank> = self.client.banks()?.into_iter().map(|(_, bank)| bank).collect();
        found.sort_by_key(|bank| bank.index);
        Ok(self.banks.get_or_init(|| found))
    }

    /// The bank of quote atoms.
    pub fn bank(&self) -> Result<Bank> {
        let usdc = self.banks()?.iter().find(|bank| usize::from(bank.index) == USDC);
        usdc.copied().context("the exchange has no bank yet: it is not set up on this cluster")
    }

    /// A bank by the name of its token, in any case, its mint or its number; that of USDC where none is named.
    pub fn bank_named(&self, named: Option<&str>) -> Result<Bank> {
        let Some(named) = named else { return self.bank() };
        let banks = self.banks()?;
        let (number, mint): (Option<u8>, Option<Pubkey>) = (named.parse().ok(), named.parse().ok());
        for bank in banks {
            let is_it = number == Some(bank.index) || mint.is_some_and(|mint| mint.to_bytes() == bank.mint);
            if is_it || self.bank_name(bank)?.eq_ignore_ascii_case(named) {
                return Ok(*bank);
            }
        }
        let names = banks.iter().map(|bank| self.bank_name(bank)).collect::<Result<Vec<_>>>()?;
        bail!("there is no bank `{named}`; there are {}: `keel collateral` shows them", names.join(", "))
    }

    /// What a bank's token is called: as the market that takes the same feed, where there is one, otherwise by the ends of its
    /// mint. The chain has no name of it.
    pub fn bank_name(&self, bank: &Bank) -> Result<String> {
        if usize::from(bank.index) == USDC {
            return Ok("USDC".to_owned());
        }
        let same = self.markets()?.iter().find(|market| market.feed_id == bank.feed_id);
        if let Some(market) = same.filter(|_| bank.rate_feed_id == [0; 32]) {
            return Ok(name(market));
        }
        let mint = Pubkey::from(bank.mint).to_string();
        Ok(format!(
            "{}..{}",
            mint.get(..4).unwrap_or_default(),
            mint.get(mint.len().saturating_sub(4)..).unwrap_or_default()
        ))
    }

    /// Banks other than that of USDC in which a margin account has something, with how much.
    pub fn held_banks(&self, account: &MarginAccount) -> Result<Vec<(Bank, u64)>> {
        if !account.has_other_collateral() {
            return Ok(Vec::new());
        }
        let others = self.banks()?.iter().filter(|bank| usize::from(bank.index) != USDC);
        let held = others.map(|bank| (*bank, account.capital.get(usize::from(bank.index)).copied().unwrap_or(0)));
        Ok(held.filter(|(_, amount)| *amount != 0).collect())
    }

    /// So many of a bank's tokens, to be shown.
    pub fn tokens(&self, amount: u64, bank: &Bank) -> Result<Tokens> {
        Ok(Tokens::of(amount, bank, self.bank_name(bank)?))
    }
}
