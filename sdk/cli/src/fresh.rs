//! Fresh prices around an action: the update that its own market takes, and a refresh of every other market whose mark an
//! account stands on and that has grown old. Quotes see the same: [`Fresh::over`] shows the accounts as they will be when
//! the action comes to its turn.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use keel_client::{ClientError, Priced, Receipt};
use keel_engine::oracle::{MarkUse, Sample};
use keel_engine::refresh::refresh;
use keel_engine::state::{MarginAccount, Market};
use keel_engine::{Now, state};
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use keel_sdk::instructions::Refresh;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::connect::Session;
use crate::options::PriceOptions;
use crate::price::priced;
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
        let now = session.client.now()?;
        let held = account.positions.iter().filter(|position| is_open(position) && Some(position.market) != declared);
        for position in held {
            fresh.refresh_if_old(session, options, position.market, now)?;
        }
        Ok(fresh)
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
        Refreshed { inner: accounts, changed }
    }

    /// Sends an action with its prices in front, and behind it what gives the rent of their accounts back. Where that does not
    /// fit it is left out: the receipt names such an account.
    pub fn send(self, session: &Session<'_>, action: Vec<Instruction>) -> Result<Receipt> {
        let (mut front, mut after, mut signers, mut posted) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut take = |priced: Priced, refreshed: Option<u16>| {
            front.extend(priced.before);
            let refresh = refreshed.map(|market| Refresh { market, price: priced.account }.instruction());
            front.extend(refresh);
            posted = (!priced.after.is_empty()).then_some(priced.account).or(posted);
            after.extend(priced.after);
            signers.extend(priced.signers);
        };
        self.others.into_iter().for_each(|(number, (_, priced))| take(priced, Some(number)));
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
