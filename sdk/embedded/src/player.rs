//! Actions played on the compiled program: each one a signed transaction on the embedded chain, its outcome read from the
//! program's own event, and the books audited behind it.

mod collateral;
mod done;
mod orders;
mod pool;
mod start;

use anyhow::{Context, Result};
use keel_engine::delegate::Terms;
use keel_engine::governance::Kind;
use keel_engine::liquidation::TakeOver;
use keel_engine::ranges::RangeRequest;
use keel_engine::trade::Order;
use keel_engine::{Error, Now};
use keel_sdk::instructions::{
    AcceptAdmin, AddRange, ApproveBuilder, Backstop, BalanceReserve, BeginLiquidation, CancelChange, CancelWithdrawal,
    CloseAccount, CloseMarket, ClosePosition, CloseRanges, CloseTickArray, CollectPledged, CollectPool,
    CreateTickArray, Deleverage, Deposit, ExecuteChange, FundInsurance, FundMarketInsurance, GuardBank, GuardMarket,
    GuardPool, Leg, Liquidate, LiquidateOnCurve, OpenAccount, OpenRanges, PayWithdrawal, QueueChange, QueueWithdrawal,
    Rebalance, Refresh, Release, RemoveMarket, RemoveRange, Resolve, RevokeBuilder, SetDelegate, Settle, SettleRange,
    SweepUnbooked, Trade, TradeLegs, TradeWithBuilder, Transfer, UnwindRange, ViewAuction, ViewDelta, ViewFee,
    ViewFunding, ViewHealth, ViewLiquidationPrice, ViewPayout, ViewPool, Withdraw, WithdrawTreasury,
};
use keel_sdk::path::Reach;
use keel_sdk::{SdkError, address};
use keel_simulator::action;
use keel_simulator::governance::{self, Act};
use keel_simulator::orders::OrderAct;
use keel_simulator::precheck::{self, Found};
use keel_simulator::setup::{self, Seat, number};
use keel_simulator::strategies::StrategyAct;
use keel_simulator::{Action, BankFeeds, Books, Done, Executor, Feeds, Holder, Question, Simulator, operations};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::collateral::Collateral;
use crate::exchange::Exchange;
use crate::token;
use done::{done, named};

/// Somebody of a scenario.
struct Person {
    key: Keypair,
    account: Pubkey,
    tokens: Pubkey,
    /// Token accounts of other collateral, in the order of the banks.
    collateral: Vec<Pubkey>,
    /// The owner's token account of the pool's shares.
    shares: Pubkey,
    seat: Seat,
}

/// An exchange on the embedded chain.
pub struct Player {
    /// The exchange.
    pub exchange: Exchange,
    people: Vec<Person>,
    addresses: Vec<Pubkey>,
    feeds: Feeds,
    bank_feeds: BankFeeds,
    /// Other collateral than USDC, in the order of the banks.
    collateral: Vec<Collateral>,
    started: Now,
    units: Option<u64>,
}

/// Instructions that cannot be built, or that the client need not send.
enum Unsent {
    Refused(Error),
    Failed(anyhow::Error),
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<SdkError> for Unsent {
    fn from(error: SdkError) -> Self {
        match error {
            SdkError::Engine(error) => Self::Refused(error),
            other => Self::Failed(other.into()),
        }
    }
}

impl From<anyhow::Error> for Unsent {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl Player {
    /// The engine alone, from this moment on.
    pub fn simulator(&self) -> Simulator {
        let (books, now) = (self.exchange.books.clone(), self.exchange.chain.now());
        let holder = |person: &Person| Holder {
            address: person.account,
            owner: person.key.pubkey(),
            sub_account: person.seat.sub_account,
            isolated_market: person.seat.isolated_market,
        };
        let holders = self.people.iter().map(holder).collect();
        Simulator::beside(books, (now, self.started), self.feeds.clone(), self.bank_feeds.clone(), holders)
    }

    /// Compute units of the last action's transaction; none if it sent none.
    pub const fn units(&self) -> Option<u64> {
        self.units
    }

    fn person(&self, who: usize) -> Result<&Person, Unsent> {
        self.people.get(who).ok_or(Unsent::Refused(Error::AccountMissing))
    }

    /// Who owns the account at a place now; whoever it was opened for while nobody does.
    fn owner_of(&self, who: usize) -> Result<&Person, Unsent> {
        let person = self.person(who)?;
        let account = self.exchange.books.accounts.get(&person.account);
        let is_owner = |other: &&Person| account.is_some_and(|account| account.owner == other.key.pubkey().to_bytes());
        Ok(if is_owner(&person) { person } else { self.people.iter().find(is_owner).unwrap_or(person) })
    }

    /// Who signs for an account: its owner for his own, whoever somebody was in the beginning for any other.
    fn signer_for(&self, by: usize, account: &Pubkey) -> Result<&Person, Unsent> {
        let person = self.person(by)?;
        if person.account == *account { self.owner_of(by) } else { Ok(person) }
    }

    /// Mint of a bank.
    fn mint(&self, bank: usize) -> Result<Pubkey, Unsent> {
        let book = self.exchange.books.bank(bank).ok_or(Error::WrongBank)?;
        Ok(Pubkey::from(book.bank.mint))
    }

    /// Publishes the update that a transaction on a market brings. Returns its address.
    fn publish(&mut self, market: u16) -> Result<Pubkey> {
        let place = usize::from(market).saturating_sub(1);
        let sample = self.feeds.sample(place, self.exchange.chain.now().unix).context("a market without a feed")?;
        self.exchange.publish_sample(market, &sample)
    }

    /// What to send for an action, and who signs.
    fn instructions(&mut self, action: &Action, found: &Found) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let Found { who: account, by, holder, key: named, market, bank, creditor, slot, ticket, .. } = *found;
        let signer = match *action {
            Action::SignedBy { by, .. } => Some(by),
            _ => None,
        };
        let action = action.signed();
        let price = match action {
            Action::Refresh { .. }
            | Action::Trade { .. }
            | Action::DepositAndTrade { .. }
            | Action::TradeExact { .. }
            | Action::TradeTo { .. }
            | Action::TradeWithBuilder { .. }
            | Action::AddRange { .. }
            | Action::LiquidateOnCurve { .. }
            | Action::View(Question::Fee { .. })
            | Action::Order(OrderAct::Execute { .. })
            | Action::Strategy(StrategyAct::Rebalance { .. })
            | Action::CloseMarket { .. } => self.publish(market)?,
            _ => Pubkey::default(),
        };
        let prices = match action {
            Action::TradeLegs { legs, .. } => {
                legs.iter().map(|leg| self.publish(number(leg.market))).collect::<Result<_, anyhow::Error>>()?
            }
            _ => Vec::new(),
        };
        self.fill_wallet(action)?;
        if let Action::RefreshBank { .. } = action {
            self.publish_bank(bank)?;
        }
        let (mint, chain) = (self.mint(bank)?, &self.exchange.chain);
        let keys = |person: &Person| (person.key.pubkey(), person.key.insecure_clone());
        // Whoever is named signs, or whoever owns the account.
        let owner = |who: usize| {
            let person = match signer {
                Some(signer) => self.signer_for(signer, &account)?,
                None => self.owner_of(who)?,
            };
            Ok::<_, Unsent>(keys(person))
        };
        let key_for = |by: usize| Ok::<_, Unsent>(keys(self.signer_for(by, &account)?));
        let one = |instruction: Instruction, signer: Keypair| (vec![instruction], vec![signer]);
        let by_anyone = |instruction: Instruction| (vec![instruction], Vec::new());
        let sent = match *action {
            Action::Refresh { .. } => by_anyone(Refresh { market, price }.instruction()),
            Action::CreateTickArray { index, .. } => {
                let payer = self.exchange.admin.insecure_clone();
                one(CreateTickArray { payer: payer.pubkey(), market, index }.instruction(), payer)
            }
            Action::OpenAccount { who } => {
                let ((owner, key), seat) = (keys(self.person(who)?), self.person(who)?.seat);
                let Seat { sub_account, isolated_market, .. } = seat;
                one(OpenAccount { owner, sub_account, isolated_market }.instruction(), key)
            }
            Action::CloseAccount { who } => {
                let (owner, key) = owner(who)?;
                one(CloseAccount { owner, account }.instruction(), key)
            }
            Action::OpenRanges { who } => {
                let (owner, key) = owner(who)?;
                one(OpenRanges { owner, account }.instruction(), key)
            }
            Action::CloseRanges { who } => {
                let (owner, key) = owner(who)?;
                one(CloseRanges { owner, account }.instruction(), key)
            }
            Action::Price { .. } | Action::BankPrice { .. } => (Vec::new(), Vec::new()),
            Action::RefreshBank { .. }
            | Action::BuyCollateral { .. }
            | Action::DepositAndTrade { .. }
            | Action::TradeExact { .. }
            | Action::TradeTo { .. } => self.collateral(action, found, (signer, price))?,
            Action::Lien(ref act) => self.lien(act, found, signer)?,
            Action::Deposit { who, amount, .. } => {
                let ((authority, key), source) = (owner(who)?, self.tokens(who, bank)?);
                one(Deposit { authority, account, mint, source, amount }.instruction(chain)?, key)
            }
            Action::Withdraw { who, amount, .. } => {
                let ((owner, key), destination) = (owner(who)?, self.tokens(who, bank)?);
                one(Withdraw { owner, account, mint, destination, amount }.instruction(chain)?, key)
            }
            Action::Trade { who, order, .. } => {
                let (authority, key) = owner(who)?;
                let Order { side, exact, limit, reduce_only, all_or_nothing } = order;
                let reach = self.reach(market)?;
                let trade =
                    Trade { authority, account, market, price, side, exact, limit, reduce_only, all_or_nothing, reach };
                one(trade.instruction(chain)?, key)
            }
            Action::TradeWithBuilder { who, order, fee_ppm, .. } => {
                let (authority, key) = owner(who)?;
                let Order { side, exact, limit, reduce_only, all_or_nothing } = order;
                let reach = self.reach(market)?;
                let trade =
                    Trade { authority, account, market, price, side, exact, limit, reduce_only, all_or_nothing, reach };
                let trade = TradeWithBuilder { trade, builder: named, builder_account: by, fee_ppm };
                one(trade.instruction(chain)?, key)
            }
            Action::SetDelegate { who, permissions, expiry, notional, ref markets, .. } => {
                let (owner, key) = owner(who)?;
                let expiry = expiry.map_or(i64::MAX, |secs| self.started.unix.saturating_add(secs));
                let mut terms = Terms { delegate: named.to_bytes(), permissions, expiry, notional, ..Terms::default() };
                terms.markets.iter_mut().zip(markets).for_each(|(room, market)| *room = number(*market));
                one(SetDelegate { owner, account, terms }.instruction(), key)
            }
            Action::ApproveBuilder { who, max_fee_ppm, .. } => {
                let (owner, key) = owner(who)?;
                one(ApproveBuilder { owner, account, builder: named, max_fee_ppm }.instruction(), key)
            }
            Action::RevokeBuilder { who, .. } => {
                let (owner, key) = owner(who)?;
                one(RevokeBuilder { owner, account, builder: named }.instruction(), key)
            }
            // Nobody signs for who signs.
            Action::SignedBy { .. } => return Err(Unsent::Refused(Error::Unauthorized)),
            Action::TradeLegs { who, ref legs } => {
                let (authority, key) = owner(who)?;
                let leg = |(leg, price): (&action::Leg, &Pubkey)| {
                    let market = number(leg.market);
                    Ok(Leg { market, price: *price, order: leg.order, reach: self.reach(market)? })
                };
                let legs = legs.iter().zip(&prices).map(leg).collect::<Result<_, Unsent>>()?;
                one(TradeLegs { authority, account, legs }.instruction(chain)?, key)
            }
            Action::AddRange { who, ref request, .. } => {
                let (owner, key) = owner(who)?;
                let RangeRequest { lower, upper, liquidity, min_sqrt_price, max_sqrt_price } = *request;
                let missing = operations::missing_arrays(&self.exchange.books, market, lower, upper)?;
                let create = |index: i32| CreateTickArray { payer: owner, market, index }.instruction();
                let mut all: Vec<Instruction> = missing.into_iter().map(create).collect();
                let add =
                    AddRange { owner, account, market, price, lower, upper, liquidity, min_sqrt_price, max_sqrt_price };
                all.push(add.instruction(chain)?);
                (all, vec![key])
            }
            Action::RemoveRange { who, .. } => {
                let (owner, key) = owner(who)?;
                one(RemoveRange { owner, account, slot }.instruction(chain)?, key)
            }
            Action::SettleRange { by, .. } => {
                let (authority, key) = key_for(by)?;
                one(SettleRange { authority, account, slot }.instruction(chain)?, key)
            }
            Action::UnwindRange { .. } => by_anyone(UnwindRange { account, slot }.instruction(chain)?),
            Action::Settle { by, .. } => {
                let (authority, key) = key_for(by)?;
                one(Settle { authority, account, market }.instruction(), key)
            }
            Action::Release { who, min_ratio_ppm, .. } => {
                let (owner, key) = owner(who)?;
                one(Release { owner, account, market, min_ratio_ppm }.instruction(), key)
            }
            Action::BeginLiquidation { .. } => by_anyone(BeginLiquidation { account }.instruction(chain)?),
            Action::LiquidateOnCurve { max_base, .. } => {
                let reach = self.reach(market)?;
                let liquidate = LiquidateOnCurve { keeper: by, account, market, price, max_base, reach };
                by_anyone(liquidate.instruction(chain)?)
            }
            Action::Liquidate { by: liquidator, request, .. } => {
                let (owner, key) = owner(liquidator)?;
                let TakeOver { max_base, limit } = request;
                one(Liquidate { owner, liquidator: by, account, market, max_base, limit }.instruction(chain)?, key)
            }
            Action::Deleverage { max_base, .. } => {
                by_anyone(Deleverage { keeper: by, holder, account, market, max_base }.instruction(chain)?)
            }
            Action::Backstop { max_base, .. } => {
                by_anyone(Backstop { keeper: by, account, market, max_base }.instruction(chain)?)
            }
            Action::BalanceReserve => by_anyone(BalanceReserve.instruction(chain)?),
            Action::View(ref asked) => by_anyone(self.question(asked, account, market, price)?),
            Action::Resolve { .. } => by_anyone(Resolve { account, market }.instruction(chain)?),
            Action::CollectPledged { .. } => by_anyone(CollectPledged { account, market, creditor }.instruction()),
            Action::FundMarketInsurance { by, amount, .. } => {
                let ((authority, key), source) = (keys(self.person(by)?), self.person(by)?.tokens);
                one(FundMarketInsurance { authority, market, mint, source, amount }.instruction(), key)
            }
            Action::FundInsurance { by, amount } => {
                let ((authority, key), source) = (keys(self.person(by)?), self.person(by)?.tokens);
                one(FundInsurance { authority, mint, source, amount }.instruction(), key)
            }
            Action::SweepUnbooked => by_anyone(SweepUnbooked { mint }.instruction()),
            Action::Strategy(StrategyAct::Rebalance { .. }) => {
                by_anyone(Rebalance { keeper: by, market, price }.instruction(chain)?)
            }
            Action::Strategy(StrategyAct::Collect { .. }) => by_anyone(CollectPool { market }.instruction(chain)?),
            Action::Govern(ref act) => self.govern(act)?,
            Action::Order(ref act) => self.order(act, found, price)?,
            Action::Pool(ref act) => self.pool(act, found)?,
            Action::Donate { by, amount } => {
                let ((authority, key), source) = (keys(self.person(by)?), self.person(by)?.tokens);
                one(token::transfer(&source, &address::vault(&mint), &authority, amount), key)
            }
            Action::QueueWithdrawal { who, amount, .. } => {
                let ((owner, key), destination) = (owner(who)?, self.tokens(who, bank)?);
                one(QueueWithdrawal { owner, account, mint, destination, amount }.instruction(chain)?, key)
            }
            Action::PayWithdrawal { .. } => by_anyone(PayWithdrawal { mint, number: ticket }.instruction(chain)?),
            Action::CancelWithdrawal { by, .. } => {
                let (authority, key) = key_for(by)?;
                one(CancelWithdrawal { authority, mint, number: ticket }.instruction(chain)?, key)
            }
            Action::Transfer { who, amount, .. } => {
                let (owner, key) = owner(who)?;
                one(Transfer { owner, account, receiver: by, mint, amount }.instruction(chain)?, key)
            }
            Action::CloseMarket { .. } => by_anyone(CloseMarket { market, price }.instruction()),
            Action::ClosePosition { .. } => by_anyone(ClosePosition { account, market }.instruction()),
            Action::CloseTickArray { index, .. } => by_anyone(CloseTickArray { market, index }.instruction(chain)?),
            Action::RemoveMarket { .. } => {
                by_anyone(RemoveMarket { admin: self.exchange.admin.pubkey(), market }.instruction())
            }
        };
        Ok(sent)
    }

    /// What to send for an act of governance, and who signs.
    fn govern(&self, act: &Act) -> Result<(Vec<Instruction>, Vec<Keypair>), Unsent> {
        let (chain, mint) = (&self.exchange.chain, self.exchange.mint);
        let owner = |who: usize| {
            let person = self.people.get(who).ok_or(Error::AccountMissing)?;
            Ok(person.key.pubkey())
        };
        let state = self.exchange.books.exchange.as_ref().ok_or(Error::AccountMissing)?;
        let authority = act.signer().map(|by| governance::key(state, by, owner)).transpose()?.unwrap_or_default();
        let instruction = match *act {
            Act::Queue { ref plan, .. } => QueueChange::next(chain, authority, plan.plan(owner)?)?.instruction(),
            Act::Cancel { number, .. } => CancelChange { authority, number }.instruction(chain)?,
            Act::Execute { number } => {
                let change = self.exchange.books.changes.get(&number).ok_or(Error::AccountMissing)?;
                let bank = matches!(Kind::of(change.kind), Ok(Kind::BankParams)).then_some(usize::from(change.target));
                let source = bank.map_or(Ok(mint), |bank| self.mint(bank))?;
                ExecuteChange { number, sender: Pubkey::default(), source }.instruction(chain)?
            }
            Act::Accept { .. } => AcceptAdmin { admin: authority }.instruction(),
            Act::GuardMarket { market, guard, .. } => {
                GuardMarket { authority, market: setup::number(market), guard }.instruction()
            }
            Act::GuardBank { bank, guard, .. } => GuardBank { authority, mint: self.mint(bank)?, guard }.instruction(),
            Act::GuardPool { guard, .. } => GuardPool { authority, guard }.instruction(),
            Act::WithdrawTreasury { market, amount } => {
                let is_treasurys = |person: &&Person| person.key.pubkey().to_bytes() == state.treasury;
                let paid = self.people.iter().find(is_treasurys).or_else(|| self.people.first());
                let destination = paid.ok_or(Error::TreasuryUnset)?.tokens;
                WithdrawTreasury { market: setup::number(market), mint, destination, amount }.instruction()
            }
        };
        if act.signer().is_none() {
            return Ok((vec![instruction], Vec::new()));
        }
        let keys = [&self.exchange.admin, &self.exchange.guardian];
        let keys = keys.into_iter().chain(self.people.iter().map(|person| &person.key));
        let signer = keys.into_iter().find(|key| key.pubkey() == authority);
        let nobody = if matches!(act, Act::Queue { .. }) { Error::NotAdmin } else { Error::NotGuardian };
        let signer = signer.ok_or(nobody)?;
        Ok((vec![instruction], vec![signer.insecure_clone()]))
    }

    /// What asks a question.
    fn question(&self, asked: &Question, account: Pubkey, market: u16, price: Pubkey) -> Result<Instruction, Unsent> {
        let chain = &self.exchange.chain;
        Ok(match *asked {
            Question::Health { .. } => ViewHealth { account }.instruction(chain)?,
            Question::LiquidationPrice { .. } => ViewLiquidationPrice { account, market }.instruction(chain)?,
            Question::Auction { .. } => ViewAuction { account, market }.instruction(chain)?,
            Question::Delta { .. } => ViewDelta { account, market }.instruction(chain)?,
            Question::Funding { points, side, .. } => ViewFunding { market, points, side }.instruction(),
            Question::Payout { .. } => ViewPayout { market }.instruction(),
            Question::Pool => ViewPool.instruction(chain)?,
            Question::Fee { side, exact, .. } => ViewFee { market, price, side, exact }.instruction(chain)?,
        })
    }

    /// Every tick array to which a trade may come: no more than the ticks that it may cross.
    fn reach(&self, market: u16) -> Result<Reach, Unsent> {
        let market = self.exchange.books.markets.get(&market).ok_or(Error::MarketMissing)?;
        let ahead = usize::try_from(market.params.max_crossings).map_err(|_| Error::MathOverflow)?;
        Ok(Reach { ahead, behind: 1 })
    }

    /// A depositor has what it deposits, and a wallet that gets tokens has room for them.
    fn fill_wallet(&mut self, action: &Action) -> Result<(), Unsent> {
        let (tokens, amount) = match *action {
            Action::Deposit { who, bank, amount } | Action::DepositAndTrade { who, bank, amount, .. } => {
                (self.tokens(who, bank)?, amount)
            }
            Action::Withdraw { who, bank, .. } => (self.tokens(who, bank)?, 0),
            Action::FundMarketInsurance { by: who, amount, .. }
            | Action::FundInsurance { by: who, amount }
            | Action::Donate { by: who, amount } => (self.person(who)?.tokens, amount),
            _ => return Ok(()),
        };
        token::set_balance(&mut self.exchange.chain, &tokens, amount)?;
        Ok(())
    }
}

impl Executor for Player {
    fn turn(&mut self, at: u64) {
        self.exchange.chain.set_time(self.started.unix.saturating_add_unsigned(at));
    }

    fn perform(&mut self, action: &Action) -> Result<keel_engine::Result<Done>> {
        self.units = None;
        let found = match precheck::find(&self.exchange.books, &self.addresses, action) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if let Action::BankPrice { bank, feed, quote, published } = *action {
            let published = published.map(|secs| self.started.unix.saturating_add(secs));
            self.bank_feeds.publish(bank, feed, quote, published);
            return Ok(Ok(Done::Booked));
        }
        if let Action::Price { market, quote, published } = *action {
            let published = published.map(|secs| self.started.unix.saturating_add(secs));
            self.feeds.publish(market, quote, published);
            return Ok(Ok(Done::Booked));
        }
        let (instructions, signers) = match self.instructions(action, &found) {
            Ok(sent) => sent,
            Err(Unsent::Refused(error)) => return Ok(Err(error)),
            Err(Unsent::Failed(error)) => return Err(error),
        };
        let signers: Vec<&Keypair> = signers.iter().collect();
        let outcome = self.exchange.send(&instructions, &signers)?;
        self.units = Some(outcome.as_ref().map_or_else(|refused| refused.units, |executed| executed.units));
        match outcome {
            // The token program has no events of ours.
            Ok(_) if matches!(action, Action::Donate { .. }) => Ok(Ok(Done::Booked)),
            Ok(executed) => done(action, &executed).map(Ok),
            Err(refused) => named(refused).map(Err),
        }
    }

    fn books(&self) -> &Books {
        &self.exchange.books
    }

    fn now(&self) -> Now {
        self.exchange.chain.now()
    }

    fn account(&self, who: usize) -> Result<Pubkey> {
        self.addresses.get(who).copied().with_context(|| format!("there is no account {who}"))
    }
}
