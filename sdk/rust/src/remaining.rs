//! The accounts that follow an instruction's declared ones, in the one order that the program accepts: the companion
//! account with ranges, banks of other collateral than USDC ascending by number, other markets ascending, tick arrays
//! ascending by market and index.
//!
//! A margin account knows the banks in which it has capital by their numbers, and a bank's address is derived from its mint:
//! the exchange's account has the mints. It is read for accounts with other collateral only.

use std::collections::{BTreeMap, BTreeSet};

use keel_engine::book::array_index;
use keel_engine::state::{Exchange, MarginAccount, Market, Ranges, USDC};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use crate::address;
use crate::chain::{self, Accounts};
use crate::error::Result;

/// Tick arrays of the declared market that an instruction takes, and of all its other markets together.
pub(crate) const MAX_ARRAYS: usize = 20;

/// What an instruction looks at beside its declared accounts.
#[derive(Clone, Debug, Default)]
pub struct Remaining {
    /// The companion account with ranges, where it is not declared, and whether it is written.
    companion: Option<(Pubkey, bool)>,
    /// Banks of other collateral, by number.
    banks: BTreeMap<u8, Pubkey>,
    /// Other markets.
    markets: BTreeSet<u16>,
    /// Tick arrays and whether they are written.
    arrays: BTreeMap<(u16, i32), bool>,
    /// Whether all markets are written.
    writes_markets: bool,
    /// Markets that are written, being those of a trade's legs.
    legs: BTreeSet<u16>,
}

/// What an instruction does with the margin account that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The margin account.
    pub account: Pubkey,
    /// The market that the instruction declares, if any.
    pub market: Option<u16>,
    /// Whether it declares the companion account with ranges.
    pub declares_ranges: bool,
    /// Address of the bank that it declares, if any.
    pub bank: Option<Pubkey>,
}

impl Subject {
    /// An account of which the instruction declares nothing else.
    pub const fn of(account: Pubkey) -> Self {
        Self { account, market: None, declares_ranges: false, bank: None }
    }

    /// An account that the instruction does something with in a market.
    pub const fn in_market(account: Pubkey, market: u16) -> Self {
        Self { market: Some(market), ..Self::of(account) }
    }
}

impl Remaining {
    /// Everything that a health check of the account looks at: its ranges, the banks of its other collateral, its other
    /// markets, and the tick arrays at the ends of its ranges.
    pub fn of_account(accounts: &impl Accounts, subject: &Subject) -> Result<Self> {
        if let Some(market) = subject.market {
            chain::announce(accounts, &subject.account, market);
        }
        let (state, ranges) = chain::margin_account(accounts, &subject.account)?;
        let mut remaining = Self::default();
        remaining.hold_markets(&state, subject.market);
        remaining.announce_markets(accounts);
        remaining.hold_banks(accounts, &state, subject.bank)?;
        if let Some(ranges) = ranges {
            if !subject.declares_ranges {
                remaining.companion = Some((address::ranges(&subject.account), false));
            }
            remaining.see_ranges(accounts, &ranges, subject.market, |_| true)?;
        }
        Ok(remaining)
    }

    /// The account's other markets, written: what resolving needs.
    pub fn of_markets(accounts: &impl Accounts, account: &Pubkey, market: u16) -> Result<Self> {
        let state: MarginAccount = chain::load(accounts, account)?;
        let mut remaining = Self { writes_markets: true, ..Self::default() };
        remaining.hold_markets(&state, Some(market));
        Ok(remaining)
    }

    /// Adds the banks and the other markets of a second account whose health is looked at, too, with what is declared for
    /// the first.
    pub fn with_health_of(mut self, accounts: &impl Accounts, account: &Pubkey, subject: &Subject) -> Result<Self> {
        let state: MarginAccount = chain::load(accounts, account)?;
        self.hold_markets(&state, subject.market);
        self.hold_banks(accounts, &state, subject.bank)?;
        Ok(self)
    }

    /// Adds the companion, written, of an account whose ranges in a market are settled, and the tick arrays at their ends.
    pub fn with_settled_ranges(mut self, accounts: &impl Accounts, account: &Pubkey, market: u16) -> Result<Self> {
        let (_, ranges) = chain::margin_account(accounts, account)?;
        if let Some(ranges) = ranges.filter(|ranges| ranges.ranges.iter().any(|range| range.market == market)) {
            self.companion = Some((address::ranges(account), true));
            self.see_ranges(accounts, &ranges, Some(market), |of| of == market)?;
        }
        Ok(self)
    }

    /// Adds tick arrays of the market that the instruction declares.
    pub fn with_arrays(mut self, market: u16, arrays: impl IntoIterator<Item = i32>) -> Self {
        self.arrays.extend(arrays.into_iter().map(|index| ((market, index), true)));
        self
    }

    /// Adds a market that is written with these tick arrays of it; others of it that are there are written too.
    pub fn with_leg(mut self, market: u16, arrays: impl IntoIterator<Item = i32>) -> Self {
        self.markets.insert(market);
        self.legs.insert(market);
        self.arrays.iter_mut().filter(|((of, _), _)| *of == market).for_each(|(_, written)| *written = true);
        self.with_arrays(market, arrays)
    }

    /// Adds a market that is only looked at.
    pub fn looking_at(mut self, market: Option<u16>) -> Self {
        self.markets.extend(market);
        self
    }

    /// Adds the tick arrays at both ends of a range of that market.
    pub fn with_range(self, market: &Market, lower: i32, upper: i32) -> Result<Self> {
        let spacing = market.params.tick_spacing;
        let ends = [array_index(lower, spacing)?, array_index(upper, spacing)?];
        Ok(self.with_arrays(market.index_number, ends))
    }

    /// The same, with tick arrays that are only read.
    pub fn reading(mut self) -> Self {
        self.arrays.values_mut().for_each(|written| *written = false);
        self
    }

    /// The account metas, in order.
    pub fn metas(&self) -> Vec<AccountMeta> {
        let meta = |address, writable| match writable {
            true => AccountMeta::new(address, false),
            false => AccountMeta::new_readonly(address, false),
        };
        let companion = self.companion.iter().map(|(address, written)| meta(*address, *written));
        let banks = self.banks.values().map(|address| meta(*address, false));
        let markets = self.markets.iter().map(|number| {
            let written = self.writes_markets || self.legs.contains(number);
            meta(address::market(*number), written)
        });
        let arrays = self.arrays.iter().map(|((market, index), written)| {
            let address = address::tick_array(*market, *index);
            meta(address, *written)
        });
        companion.chain(banks).chain(markets).chain(arrays).collect()
    }

    fn hold_markets(&mut self, account: &MarginAccount, declared: Option<u16>) {
        let held = account.positions.iter().filter(|position| !position.is_empty());
        self.markets.extend(held.map(|position| position.market).filter(|market| Some(*market) != declared));
    }

    /// The banks of an account's other collateral, save the declared one.
    fn hold_banks(
        &mut self,
        accounts: &impl Accounts,
        account: &MarginAccount,
        declared: Option<Pubkey>,
    ) -> Result<()> {
        if !account.has_other_collateral() {
            return Ok(());
        }
        let exchange: Exchange = chain::load(accounts, &address::exchange())?;
        let held = (0u8..).zip(account.capital).zip(exchange.mints).skip(USDC + 1);
        let held = held.filter(|((_, capital), _)| *capital != 0);
        let banks = held.map(|((number, _), mint)| (number, address::bank(&Pubkey::from(mint))));
        self.banks.extend(banks.filter(|(_, bank)| Some(*bank) != declared));
        Ok(())
    }

    /// What follows looks at all of these.
    fn announce_markets(&self, accounts: &impl Accounts) {
        let markets: Vec<Pubkey> = self.markets.iter().map(|number| address::market(*number)).collect();
        accounts.announce(&markets);
    }

    fn see_ranges(
        &mut self,
        accounts: &impl Accounts,
        ranges: &Ranges,
        declared: Option<u16>,
        is_seen: impl Fn(u16) -> bool,
    ) -> Result<()> {
        for range in ranges.ranges.iter().filter(|range| !range.is_empty() && is_seen(range.market)) {
            let spacing = chain::market(accounts, range.market)?.params.tick_spacing;
            for tick in [range.lower, range.upper] {
                let written = declared == Some(range.market);
                self.arrays.insert((range.market, array_index(tick, spacing)?), written);
            }
        }
        Ok(())
    }
}
