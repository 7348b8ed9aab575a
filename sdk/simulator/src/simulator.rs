//! Actions played on the engine alone.

mod acts;

use anyhow::{Context, Result};
use bytemuck::Zeroable;
use keel_engine::delegate::{self, By, MAY_RANGE, MAY_TRADE, Terms};
use keel_engine::exchange_params::{PoolParams, set_bank_defaults, set_exchange_defaults, set_pool_defaults};
use keel_engine::governance::launch;
use keel_engine::legs::require_ascending;
use keel_engine::listing::{Listing, VERSION, list_market};
use keel_engine::oracle::Sample;
use keel_engine::pool::{Parts, StrategyTerms, create};
use keel_engine::state::{Bank, Exchange, MarginAccount, Market, Pool, Ranges};
use keel_engine::{Error, Now};
use solana_pubkey::Pubkey;

use crate::action::{Action, Done, Leg};
use crate::banks;
use crate::books::{BankBook, Books};
use crate::executor::Executor;
use crate::governance;
use crate::liens::LienAct;
use crate::operations::{self, StepRequest};
use crate::permitted::{self, Brought};
use crate::precheck::{self, Found};
use crate::prices::{BankFeed, BankFeeds, Feeds};
use crate::setup::{START, Seat, Setup, number, override_parameters, slots};
use crate::strategies::{self, StrategyAct};

/// An exchange in memory.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// Every account.
    pub books: Books,
    now: Now,
    started: Now,
    feeds: Feeds,
    bank_feeds: BankFeeds,
    holders: Vec<Holder>,
    accounts: Vec<Pubkey>,
}

/// What the account at a place is when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its address.
    pub address: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its number among the owner's.
    pub sub_account: u16,
    /// The number of the only market that it may trade, or 0.
    pub isolated_market: u16,
}

/// Keys that are nobody's address.
const ADMIN: [u8; 32] = [0xad; 32];
const GUARDIAN: [u8; 32] = [0x6d; 32];
const POOL: [u8; 32] = [0x90; 32];

/// The address under which an account is kept: its place in the list.
fn address(who: usize) -> Pubkey {
    let mut bytes = [0; 32];
    for (byte, part) in bytes.iter_mut().zip((who as u64).wrapping_add(1).to_be_bytes()) {
        *byte = part;
    }
    Pubkey::new_from_array(bytes)
}

/// The pool with these parameters, and its margin account with a companion.
fn make_pool(books: &mut Books, params: Pool, account: Pubkey) {
    let (mut pool, mut holder) = (Pool::zeroed(), MarginAccount::zeroed());
    let parts = Parts {
        pool: POOL,
        bump: 0,
        account: account.to_bytes(),
        account_bump: 0,
        share_mint: [0; 32],
        share_mint_bump: 0,
        share_vault: [0; 32],
        share_vault_bump: 0,
    };
    create(&mut pool, &mut holder, &parts);
    PoolParams::of(&params).put(&mut pool);
    books.pool = Some(pool);
    books.accounts.insert(account, holder);
    let ranges = Ranges { account: account.to_bytes(), version: VERSION, ..Ranges::zeroed() };
    books.ranges.insert(account, ranges);
}

/// Gives the pool its strategies. Errors name the market of one that is refused.
fn give_strategies(books: &mut Books, strategies: &[(usize, StrategyTerms)]) -> Result<()> {
    let pool = books.pool.as_mut().context("a strategy without a pool")?;
    for (place, terms) in strategies {
        let refused = || format!("the strategy in market {} is refused", number(*place));
        let market = books.markets.get(&number(*place)).with_context(refused)?;
        terms.check_in(market).with_context(refused)?;
        let slot = pool.strategies.iter_mut().find(|strategy| strategy.market == 0).with_context(refused)?;
        slot.market = number(*place);
        terms.put(slot);
        StrategyTerms::check_all(pool).with_context(refused)?;
    }
    Ok(())
}

impl Simulator {
    /// An exchange as it starts. Errors name the market or account that is refused.
    pub fn start(setup: &Setup) -> Result<Self> {
        let now = Now { unix: START, slot: 0 };
        let (mut exchange, mut bank) = (Exchange::zeroed(), Bank { version: VERSION, decimals: 6, ..Bank::zeroed() });
        set_exchange_defaults(&mut exchange);
        set_bank_defaults(&mut bank);
        let mut pool = Pool::zeroed();
        set_pool_defaults(&mut pool);
        override_parameters(&mut exchange, &mut bank, &mut pool, &setup.exchange).map_err(anyhow::Error::msg)?;
        (exchange.banks, exchange.markets) = (1, u16::try_from(setup.markets.len())?);
        (exchange.admin, exchange.guardian) = (ADMIN, GUARDIAN);
        let mut banks = vec![bank];
        for setup in &setup.banks {
            let bank = banks::list(&mut exchange, setup, now);
            banks.push(bank.with_context(|| format!("the bank of {} cannot be listed", setup.name))?);
        }
        launch(&mut exchange, &mut banks.iter_mut().collect::<Vec<_>>(), now)?;
        let mut books = Books { exchange: Some(exchange), ..Books::default() };
        books.banks.extend(banks.into_iter().map(|bank| (bank.index, BankBook { bank, tokens: 0 })));
        for (place, market) in setup.markets.iter().enumerate() {
            let listing = Listing {
                number: number(place),
                bump: 0,
                mode: market.mode,
                price_owner: [0; 32],
                feed_id: [0; 32],
                name: market.name,
                launch_price: market.launch_price,
                params: &market.params,
            };
            let mut state = Market::zeroed();
            list_market(&mut state, &listing, &market.first.sample(now.unix), now)
                .with_context(|| format!("market {} cannot be listed", number(place)))?;
            books.markets.insert(number(place), state);
        }
        let feeds = Feeds::of(setup.markets.iter().map(|market| market.first));
        let holder = |(place, seat): (usize, Seat)| Holder {
            address: address(place),
            owner: address(seat.owner),
            sub_account: seat.sub_account,
            isolated_market: seat.isolated_market,
        };
        let holders = setup.seats().into_iter().enumerate().map(holder).collect();
        if let Some(place) = setup.pool() {
            make_pool(&mut books, pool, address(place));
            give_strategies(&mut books, &setup.strategies)?;
        }
        let mut simulator = Self::beside(books, (now, now), feeds, BankFeeds::of(&setup.banks), holders);
        for (who, account) in setup.accounts.iter().enumerate() {
            for action in account.opening(who) {
                let opened = simulator.play(&action);
                let _done = opened.with_context(|| format!("the account of {} cannot be opened", account.name))?;
            }
        }
        Ok(simulator)
    }

    /// The engine alone from here on, beside an exchange with these books.
    pub fn beside(
        books: Books,
        (now, started): (Now, Now),
        feeds: Feeds,
        bank_feeds: BankFeeds,
        holders: Vec<Holder>,
    ) -> Self {
        let accounts = holders.iter().map(|holder| holder.address).collect();
        Self { books, now, started, feeds, bank_feeds, holders, accounts }
    }

    fn holder(&self, who: usize) -> Result<&Holder, Error> {
        self.holders.get(who).ok_or(Error::AccountMissing)
    }

    /// As whom the owner of the account at a place signs for another, as a delegate's key may with this permission in these
    /// markets. Errors: `AccountMissing`, `Unauthorized`, `DelegateNotAllowed`.
    fn for_whom(&self, signer: usize, account: &Pubkey, permission: u32, markets: &[u16]) -> Result<By, Error> {
        let key = self.key(signer, account)?.to_bytes();
        let holder = self.books.accounts.get(account).ok_or(Error::AccountMissing)?;
        if holder.owner == key {
            return Ok(By::Owner);
        }
        if markets.is_empty() {
            return Err(Error::Unauthorized);
        }
        let allowed = |_: By, market: &u16| delegate::allows(holder, &key, permission, *market, self.now);
        markets.iter().try_fold(By::Owner, allowed)
    }

    /// The key with which somebody signs for an account: of his own that of its owner, whom it may have been given to; of any
    /// other the one with which his own was opened. Errors with `AccountMissing`.
    pub fn key(&self, by: usize, account: &Pubkey) -> Result<Pubkey, Error> {
        let holder = self.holder(by)?;
        let own = self.books.accounts.get(account).filter(|_| holder.address == *account);
        Ok(own.map_or(holder.owner, |account| Pubkey::from(account.owner)))
    }

    /// Whether whoever owns the account at one place owns another. Errors with `AccountMissing`.
    pub fn owns(&self, by: usize, account: &Pubkey) -> Result<bool, Error> {
        let owner = self.key(by, account)?.to_bytes();
        Ok(self.books.accounts.get(account).is_some_and(|account| account.owner == owner))
    }

    /// The update that a transaction in a market brings now.
    pub fn sample(&self, market: u16) -> Result<Sample, Error> {
        let place = usize::from(market).saturating_sub(1);
        self.feeds.sample(place, self.now.unix).ok_or(Error::MarketMissing)
    }

    /// The updates that a transaction on a bank brings now: the price, and the rate where the bank has a feed of it.
    pub fn bank_samples(&self, bank: usize) -> Result<(Sample, Option<Sample>), Error> {
        let sample = |feed| self.bank_feeds.sample(bank, feed, self.now.unix).ok_or(Error::WrongBank);
        let state = self.books.bank(bank).ok_or(Error::WrongBank)?.bank;
        let rate = if state.rate_feed_id == [0; 32] { None } else { Some(sample(BankFeed::Rate)?) };
        Ok((sample(BankFeed::Price)?, rate))
    }

    /// Plays an action now.
    pub fn play(&mut self, action: &Action) -> Result<Done, Error> {
        let now = self.now;
        let found = precheck::find(&self.books, &self.accounts, action)?;
        let Found { who, by, holder, key, market, bank, creditor, slot, ticket, .. } = found;
        let slot = usize::from(slot);
        let signer = match *action {
            Action::SignedBy { by, .. } => Some(by),
            _ => None,
        };
        // What asks for a permission asks for it where it is done: after what comes before it.
        let for_whom = |simulator: &Self, permission: u32, markets: &[u16]| match signer {
            Some(signer) => simulator.for_whom(signer, &who, permission, markets),
            None => Ok(By::Owner),
        };
        if needs_owner(action.signed()) {
            let _owner = for_whom(self, 0, &[])?;
        }
        if let (Some(signer), Action::Liquidate { .. }) = (signer, action.signed()) {
            let _liquidator = self.for_whom(signer, &by, 0, &[])?;
        }
        let done = match *action.signed() {
            Action::Price { market, quote, published } => {
                let published = published.map(|secs| self.started.unix.saturating_add(secs));
                self.feeds.publish(market, quote, published);
                Done::Booked
            }
            Action::BankPrice { feed, quote, published, .. } => {
                let published = published.map(|secs| self.started.unix.saturating_add(secs));
                self.bank_feeds.publish(bank, feed, quote, published);
                Done::Booked
            }
            Action::RefreshBank { .. } => {
                let (price, rate) = self.bank_samples(bank)?;
                let _updated = operations::refresh_bank(&mut self.books, bank, &price, rate.as_ref(), now)?;
                Done::Booked
            }
            Action::BuyCollateral { ref purchase, .. } => {
                operations::buy_collateral(&mut self.books, bank, &who, &by, purchase, now)?.into()
            }
            Action::Refresh { .. } => {
                let sample = self.sample(market)?;
                let _refreshed = operations::refresh(&mut self.books, market, &sample, now)?;
                Done::Booked
            }
            Action::CreateTickArray { index, .. } => {
                operations::create_tick_array(&mut self.books, market, index)?;
                Done::Booked
            }
            Action::OpenAccount { who: place } => {
                let Holder { owner, sub_account, isolated_market, .. } = *self.holder(place)?;
                let account = MarginAccount {
                    owner: owner.to_bytes(),
                    sub_account,
                    isolated_market,
                    version: VERSION,
                    ..MarginAccount::zeroed()
                };
                self.books.accounts.insert(who, account);
                Done::Booked
            }
            Action::OpenRanges { .. } => {
                let ranges = Ranges { account: who.to_bytes(), version: VERSION, ..Ranges::zeroed() };
                self.books.ranges.insert(who, ranges);
                Done::Booked
            }
            Action::CloseAccount { .. } => {
                operations::close_account(&mut self.books, &who)?;
                Done::Booked
            }
            Action::CloseRanges { .. } => {
                operations::close_ranges(&mut self.books, &who)?;
                Done::Booked
            }
            Action::Deposit { amount, .. } => {
                operations::deposit(&mut self.books, bank, &who, amount, now)?;
                Done::Booked
            }
            Action::Withdraw { amount, .. } => {
                operations::withdraw(&mut self.books, bank, &who, amount, now)?;
                Done::Booked
            }
            Action::Trade { ref order, .. } => {
                let (sample, by) = (self.sample(market)?, for_whom(self, MAY_TRADE, &[market])?);
                operations::trade(&mut self.books, market, &who, &sample, order, by, now)?.into()
            }
            Action::DepositAndTrade { amount, ref order, .. } => {
                let (sample, signed) = (self.sample(market)?, for_whom(self, MAY_TRADE, &[market])?);
                let (brought, place) = ((bank, amount), (market, &who));
                operations::deposit_and_trade(&mut self.books, brought, place, &sample, order, signed, now)?.into()
            }
            Action::TradeExact { ref order, bound, .. } => {
                let (sample, signed) = (self.sample(market)?, for_whom(self, MAY_TRADE, &[market])?);
                let asked = (order, bound);
                operations::trade_exact(&mut self.books, (market, &who), &sample, asked, signed, now)?.into()
            }
            Action::TradeTo { target, tolerance, limit, .. } => {
                let (sample, signed) = (self.sample(market)?, for_whom(self, MAY_TRADE, &[market])?);
                let asked = (target, tolerance, limit);
                operations::trade_to(&mut self.books, (market, &who), &sample, asked, signed, now)?.into()
            }
            Action::TradeWithBuilder { ref order, fee_ppm, .. } => {
                let (sample, signed) = (self.sample(market)?, for_whom(self, MAY_TRADE, &[market])?);
                let brought = (signed, Brought { builder: &key, account: &by, fee_ppm });
                permitted::trade_with_builder(&mut self.books, market, &who, &sample, order, brought, now)?.into()
            }
            Action::SetDelegate { permissions, expiry, notional, ref markets, .. } => {
                let expiry = expiry.map_or(i64::MAX, |secs| self.started.unix.saturating_add(secs));
                let mut terms = Terms { delegate: key.to_bytes(), permissions, expiry, notional, ..Terms::default() };
                terms.markets.iter_mut().zip(markets).for_each(|(room, market)| *room = number(*market));
                permitted::set_delegate(&mut self.books, &who, &terms, now)?;
                Done::Booked
            }
            Action::ApproveBuilder { max_fee_ppm, .. } => {
                permitted::approve_builder(&mut self.books, &who, &key, max_fee_ppm)?;
                Done::Booked
            }
            Action::RevokeBuilder { .. } => {
                permitted::revoke_builder(&mut self.books, &who, &key)?;
                Done::Booked
            }
            // Nobody signs for who signs: what is signed is looked at above.
            Action::SignedBy { .. } => return Err(Error::Unauthorized),
            Action::TradeLegs { ref legs, .. } => {
                let leg = |leg: &Leg| Ok((number(leg.market), self.sample(number(leg.market))?, leg.order));
                let legs = legs.iter().map(leg).collect::<Result<Vec<_>, Error>>()?;
                require_ascending(legs.iter().map(|(market, ..)| *market))?;
                let markets: Vec<u16> = legs.iter().map(|(market, ..)| *market).collect();
                let by = for_whom(self, MAY_TRADE, &markets)?;
                operations::trade_legs(&mut self.books, &who, &legs, by, now)?.into()
            }
            Action::AddRange { ref request, .. } => self.add_range(&who, market, request, signer)?,
            Action::RemoveRange { .. } => {
                let _by = for_whom(self, MAY_RANGE, &[market])?;
                operations::remove_range(&mut self.books, market, &who, slot, now)?.into()
            }
            Action::SettleRange { by: signer, .. } => {
                let is_own = self.for_whom(signer, &who, MAY_RANGE, &[market]).is_ok();
                operations::settle_range(&mut self.books, market, &who, slot, is_own, now)?.into()
            }
            Action::UnwindRange { .. } => operations::unwind_range(&mut self.books, market, &who, slot, now)?.into(),
            Action::Settle { by: signer, .. } => {
                let is_own = self.for_whom(signer, &who, MAY_TRADE, &[market]).is_ok();
                operations::settle(&mut self.books, market, &who, is_own, now)?.into()
            }
            Action::Release { min_ratio_ppm, .. } => {
                let by = for_whom(self, MAY_TRADE, &[market])?;
                operations::release(&mut self.books, market, &who, min_ratio_ppm, by, now)?.into()
            }
            Action::BeginLiquidation { .. } => operations::begin_liquidation(&mut self.books, &who, now)?.into(),
            Action::LiquidateOnCurve { max_base, .. } => {
                let (sample, request) = (self.sample(market)?, StepRequest { keeper: &by, max_base });
                operations::liquidate_on_curve(&mut self.books, market, &who, request, &sample, now)?.into()
            }
            Action::Liquidate { ref request, .. } => {
                operations::liquidate(&mut self.books, market, &who, &by, request, now)?.into()
            }
            Action::Deleverage { max_base, .. } => {
                let request = StepRequest { keeper: &by, max_base };
                operations::deleverage(&mut self.books, market, &who, &holder, request, now)?.into()
            }
            Action::Backstop { max_base, .. } => {
                let request = StepRequest { keeper: &by, max_base };
                operations::backstop(&mut self.books, market, &who, &holder, request, now)?.into()
            }
            Action::BalanceReserve => operations::balance_reserve(&mut self.books, &who, now)?.into(),
            Action::View(ref asked) => self.answer(asked, &who, market)?.into(),
            Action::Resolve { .. } => operations::resolve(&mut self.books, market, &who, now)?.into(),
            Action::CollectPledged { .. } => {
                operations::collect_pledged(&mut self.books, market, creditor, &who)?.into()
            }
            Action::FundMarketInsurance { amount, .. } => {
                operations::fund_market_insurance(&mut self.books, market, amount, now)?;
                Done::Booked
            }
            Action::FundInsurance { amount, .. } => {
                operations::fund_insurance(&mut self.books, amount, now)?;
                Done::Booked
            }
            Action::SweepUnbooked => {
                let _found = operations::sweep_unbooked(&mut self.books, now)?;
                Done::Booked
            }
            Action::Donate { amount, .. } => {
                operations::donate(&mut self.books, amount)?;
                Done::Booked
            }
            Action::QueueWithdrawal { amount, .. } => {
                Done::Queued { ticket: operations::queue_withdrawal(&mut self.books, bank, &who, amount, now)? }
            }
            Action::PayWithdrawal { .. } => operations::pay_withdrawal(&mut self.books, bank, ticket, now)?.into(),
            Action::CancelWithdrawal { by: signer, .. } => {
                let by_owner = self.owns(signer, &who)?;
                operations::cancel_withdrawal(&mut self.books, (bank, ticket), &who, by_owner, now)?;
                Done::Booked
            }
            Action::Govern(ref act) => {
                let owners: Vec<Pubkey> = self.holders.iter().map(|holder| holder.owner).collect();
                let owner = |who: usize| owners.get(who).copied().ok_or(Error::AccountMissing);
                governance::play(&mut self.books, act, owner, now)?;
                Done::Booked
            }
            Action::Order(ref act) => self.order(act, &found)?,
            Action::Strategy(StrategyAct::Rebalance { .. }) => {
                let sample = self.sample(market)?;
                strategies::rebalance(&mut self.books, market, &by, &sample, now)?.into()
            }
            Action::Strategy(StrategyAct::Collect { .. }) => strategies::collect(&mut self.books, market, now)?.into(),
            Action::Pool(ref act) => self.pool(act, &found)?,
            Action::Lien(ref act) => self.lien(act, &found)?,
            Action::Transfer { amount, .. } => {
                operations::transfer(&mut self.books, bank, &who, &by, amount, now)?;
                Done::Booked
            }
            Action::CloseMarket { .. } => {
                let sample = self.sample(market)?;
                let _refreshed = operations::close_market(&mut self.books, market, &sample, now)?;
                Done::Booked
            }
            Action::ClosePosition { .. } => operations::close_position(&mut self.books, market, &who, now)?.into(),
            Action::CloseTickArray { index, .. } => {
                operations::close_tick_array(&mut self.books, market, index)?;
                Done::Booked
            }
            Action::RemoveMarket { .. } => {
                Done::MarketRemoved { left: operations::remove_market(&mut self.books, market)? }
            }
        };
        Ok(done)
    }
}

/// Whether nobody but the owner signs it, whatever a delegate may do. What others may do has its signer beside it.
const fn needs_owner(action: &Action) -> bool {
    matches!(
        action,
        Action::OpenRanges { .. }
            | Action::CloseAccount { .. }
            | Action::CloseRanges { .. }
            | Action::Withdraw { .. }
            | Action::QueueWithdrawal { .. }
            | Action::Transfer { .. }
            | Action::SetDelegate { .. }
            | Action::ApproveBuilder { .. }
            | Action::RevokeBuilder { .. }
            | Action::Lien(LienAct::Give { .. } | LienAct::Place { .. })
    )
}

impl Executor for Simulator {
    fn turn(&mut self, at: u64) {
        let unix = self.started.unix.saturating_add_unsigned(at);
        self.now = Now { unix, slot: self.started.slot + slots(at) };
    }

    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>> {
        Ok(self.play(action))
    }

    fn books(&self) -> &Books {
        &self.books
    }

    fn now(&self) -> Now {
        self.now
    }

    fn account(&self, who: usize) -> Result<Pubkey> {
        self.accounts.get(who).copied().with_context(|| format!("there is no account {who}"))
    }
}
