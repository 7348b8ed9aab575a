//! Fresh prices around an action: the update that its own market takes, and a refresh of every other market whose mark an
//! account stands on, and of every bank whose tokens it counts on, that has grown old. Quotes see the same: [`Fresh::over`] shows the accounts as they will be when
//! the action comes to its turn.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use keel_client::{ClientError, CollateralPriced, Priced, Receipt};
use keel_engine::collateral;
use keel_engine::oracle::{MarkUse, Sample};
use keel_engine::refresh::refresh;
use keel_engine::state::{Bank, MarginAccount, Market, USDC};
use keel_engine::{Now, state};
use keel_sdk::accounts::encode;
use keel_sdk::chain::Accounts;
use keel_sdk::instructions::Refresh;
use keel_sdk::{address, quote};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::PriceOptions;
use crate::price::{self, priced};
use crate::send::send;

/// Seconds that a transaction may take to land: a mark that would be too old by then is refreshed too.
const LANDING_SECS: i64 = 5;

/// Prices for an action.
#[derive(Default)]
pub struct Fresh {
    /// The price of the action's own market.
    declared: Option<Priced>,
    /// Prices of other markets, which are refreshed in front.
    others: BTreeMap<u16, (Market, Priced)>,
    /// Prices of banks' collateral, which are refreshed in front too.
    banks: BTreeMap<u8, (Bank, CollateralPriced)>,
}

impl Fresh {
    /// For an action of a margin account that takes the price of `declared` itself, where it is of one market.
    pub fn gather(
        session: &Session<'_>,
        options: &PriceOptions,
        account: &MarginAccount,
        declared: Option<u16>,
    ) -> Result<Self> {
        let mut fresh = Self::default();
        if let Some(number) = declared {
            fresh.declared = Some(priced(session, options, session.numbered(number)?)?);
        }
        fresh.and(session, options, account, declared)
    }

    /// And for what a margin account stands on, but for a market that is seen to already.
    pub fn and(
        mut self,
        session: &Session<'_>,
        options: &PriceOptions,
        account: &MarginAccount,
        declared: Option<u16>,
    ) -> Result<Self> {
        let now = session.client.now()?;
        let held = account.positions.iter().filter(|position| is_open(position) && Some(position.market) != declared);
        for position in held {
            self.refresh_if_old(session, options, position.market, now)?;
        }
        for (bank, _) in session.held_banks(account)? {
            self = self.and_bank(session, options, &bank)?;
        }
        Ok(self)
    }

    /// And for the collateral of a bank, where it needs a price.
    pub fn and_bank(mut self, session: &Session<'_>, options: &PriceOptions, bank: &Bank) -> Result<Self> {
        if usize::from(bank.index) == USDC || self.banks.contains_key(&bank.index) {
            return Ok(self);
        }
        let now = session.client.now()?;
        let landed = Now { unix: now.unix.saturating_add(LANDING_SECS), ..now };
        if quote::bank(bank, landed).stale {
            self.banks.insert(bank.index, (*bank, price::collateral(session, options, bank)?));
        }
        Ok(self)
    }

    /// For an action that stands on the index of every market that a margin account holds: all are refreshed.
    pub fn of_all(session: &Session<'_>, options: &PriceOptions, account: &MarginAccount) -> Result<Self> {
        let mut fresh = Self::default();
        for position in account.positions.iter().filter(|position| is_open(position)) {
            let market = session.client.market(position.market)?;
            fresh.others.insert(position.market, (market, priced(session, options, &market)?));
        }
        Ok(fresh)
    }

    /// For an action on one market that stands on its mark and takes no price itself.
    pub fn of_mark(session: &Session<'_>, options: &PriceOptions, market: u16) -> Result<Self> {
        let mut fresh = Self::default();
        fresh.refresh_if_old(session, options, market, session.client.now()?)?;
        Ok(fresh)
    }

    fn refresh_if_old(&mut self, session: &Session<'_>, options: &PriceOptions, number: u16, now: Now) -> Result<()> {
        let market = session.client.market(number)?;
        let landed = Now { unix: now.unix.saturating_add(LANDING_SECS), ..now };
        if MarkUse::Owner.require(&market, landed).is_err() {
            self.others.insert(number, (market, priced(session, options, &market)?));
        }
        Ok(())
    }

    /// The price account of the action's own market.
    pub fn account(&self) -> Result<Pubkey> {
        Ok(self.declared.as_ref().context("no price was asked for")?.account)
    }

    /// What that account will hold.
    pub fn sample(&self) -> Option<&Sample> {
        self.declared.as_ref().map(|priced| &priced.sample)
    }

    /// Accounts as they will be once the other markets are refreshed.
    pub fn over<'a, A: Accounts>(&self, accounts: &'a A, now: Now) -> Refreshed<'a, A> {
        let mut changed = BTreeMap::new();
        for (number, (market, priced)) in &self.others {
            let mut market = *market;
            // What the program refuses here it will refuse then, and tell.
            if refresh(&mut market, Some(&priced.sample), now).is_ok() {
                changed.insert(address::market(*number), encode(&market));
            }
        }
        for (bank, CollateralPriced { price, rate }) in self.banks.values() {
            let mut bank = *bank;
            let rate = rate.as_ref().map(|rate| &rate.sample);
            if collateral::refresh(&mut bank, &price.sample, rate, now).is_ok() {
                changed.insert(address::bank(&Pubkey::from(bank.mint)), encode(&bank));
            }
        }
        Refreshed { inner: accounts, changed }
    }

    /// Sends an action with its prices in front, and behind it what gives the rent of their accounts back. Where that does not
    /// fit it is left out: the receipt names such an account.
    pub fn send(self, session: &Session<'_>, action: Vec<Instruction>) -> Result<Receipt> {
        let (mut front, mut after, mut signers, mut posted) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut take = |priced: Priced, refresh: Option<Instruction>| {
            front.extend(priced.before);
            front.extend(refresh);
            posted = (!priced.after.is_empty()).then_some(priced.account).or(posted);
            after.extend(priced.after);
            signers.extend(priced.signers);
        };
        for (bank, priced) in self.banks.into_values() {
            let refresh = priced.refresh(Pubkey::from(bank.mint)).instruction();
            priced.rate.into_iter().for_each(|rate| take(rate, None));
            take(priced.price, Some(refresh));
        }
        for (market, (_, priced)) in self.others {
            let refresh = Refresh { market, price: priced.account }.instruction();
            take(priced, Some(refresh));
        }
        self.declared.into_iter().for_each(|priced| take(priced, None));
        front.extend(action);
        let whole = [&front[..], &after].concat();
        match send(session, &whole, &signers) {
            Err(error) if !after.is_empty() && is_too_large(&error) => {
                Ok(Receipt { unreclaimed: posted, ..send(session, &front, &signers)? })
            }
            sent => sent,
        }
    }
}

fn is_too_large(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ClientError::TooLarge { .. }))
}

/// Whether anything of a position moves with its market's mark.
const fn is_open(position: &state::Position) -> bool {
    position.base != 0 || position.ranges != 0
}

/// Accounts some of which are as what stands in front of an action leaves them.
pub struct Refreshed<'a, A> {
    inner: &'a A,
    changed: BTreeMap<Pubkey, Vec<u8>>,
}

impl<A> Refreshed<'_, A> {
    /// Something else that is made in front of the action.
    pub fn put(&mut self, address: Pubkey, data: Vec<u8>) {
        self.changed.insert(address, data);
    }
}

impl<A: Accounts> Accounts for Refreshed<'_, A> {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.changed.get(address).cloned().or_else(|| self.inner.get(address))
    }

    fn announce(&self, addresses: &[Pubkey]) {
        self.inner.announce(addresses);
    }
}
