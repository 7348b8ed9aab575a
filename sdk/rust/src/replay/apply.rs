//! What each event changes.

use keel_engine::state::USDC;
use solana_pubkey::Pubkey;

use super::Replay;
use super::state::{Account, Range, Told};
use crate::address;
use crate::events::{Event, Holding, Ledger, PoolRebalanced, RangeAdded, RangeFolded};

/// `RangeFolded::what` of a range that stays on the curve.
const STAYS: u8 = 0;

impl Replay {
    /// Takes the values that an event tells.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::ExchangeInitialized(event) => {
                self.exchange.keys = Told::certain(Some((event.admin, event.guardian)));
            }
            Event::BankAdded(event) => self.banks.entry(event.index).or_default().address = Some(event.bank),
            Event::MarketCreated(event) => self.markets.entry(event.number).or_default().address = Some(event.market),
            Event::AccountOpened(event) => {
                self.accounts.insert(event.account, Account::opened(event.owner));
            }
            Event::AccountClosed(event) => {
                self.accounts.remove(&event.account);
            }
            // A companion comes and goes without ranges.
            Event::RangesOpened(event) => self.clear_ranges(event.account),
            Event::RangesClosed(event) => self.clear_ranges(event.account),
            Event::Deposited(event) => {
                self.book(event.bank, event.booked);
                let account = self.account(event.account);
                account.set_capital(usize::from(event.bank), event.capital);
                account.flagged = Told::certain(event.flagged != 0);
            }
            Event::Withdrawn(event) => {
                self.book(event.bank, event.booked);
                let account = self.account(event.account);
                account.set_capital(usize::from(event.bank), event.capital);
                // Whoever is flagged cannot withdraw.
                account.flagged = Told::certain(false);
            }
            Event::Traded(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
            }
            Event::RangeAdded(event) => self.add_range(event),
            Event::RangeFolded(event) => self.fold_range(event),
            Event::Settled(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, None);
            }
            Event::ClaimReleased(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, None);
            }
            Event::LiquidationBegun(event) => self.account(event.account).flagged = Told::certain(true),
            Event::Liquidated(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
                self.account(event.keeper_account).set_capital(USDC, event.keeper_capital);
            }
            Event::ClaimConsumed(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, None);
            }
            Event::Resolved(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
            }
            Event::TakenOver(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
                let (liquidator, flagged) = (event.liquidator_account, event.liquidator_flagged);
                self.hold(event.market, liquidator, &event.liquidator_holding, &event.ledger, Some(flagged));
            }
            Event::Deleveraged(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
                self.hold(event.market, event.holder_account, &event.holder_holding, &event.ledger, None);
                self.account(event.keeper_account).set_capital(USDC, event.keeper_capital);
            }
            Event::Backstopped(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
                let (pool, flagged) = (event.pool_account, event.pool_flagged);
                self.hold(event.market, pool, &event.pool_holding, &event.ledger, Some(flagged));
                self.account(event.keeper_account).set_capital(USDC, event.keeper_capital);
            }
            Event::ReserveBalanced(event) => {
                self.exchange.pool_reserve = Told::certain(event.reserve);
                let account = self.account(event.pool_account);
                account.set_capital(USDC, event.capital);
                account.flagged = Told::certain(event.flagged != 0);
            }
            Event::ReservePaid(event) => self.exchange.pool_reserve = Told::certain(event.reserve),
            Event::TokensBooked(event) => self.book(event.bank, event.booked),
            Event::MarketInsured(event) => {
                self.markets.entry(event.market).or_default().ledger = Told::certain(event.ledger);
            }
            Event::ExchangeInsured(event) => self.exchange.insurance = Told::certain(event.insurance),
            Event::PledgeCollected(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, None);
            }
            Event::WithdrawalQueued(event) => {
                self.banks.entry(event.bank).or_default().queued = Told::certain(event.queued);
                let account = self.account(event.account);
                account.set_capital(usize::from(event.bank), event.capital);
                // As for a withdrawal.
                account.flagged = Told::certain(false);
            }
            Event::WithdrawalPaid(event) => {
                self.book(event.bank, event.booked);
                self.banks.entry(event.bank).or_default().queued = Told::certain(event.queued);
                if event.skipped == 0 {
                    let account = self.account(event.account);
                    account.set_capital(usize::from(event.bank), event.capital);
                    account.flagged = Told::certain(event.flagged != 0);
                }
            }
            Event::WithdrawalCancelled(event) => {
                self.banks.entry(event.bank).or_default().queued = Told::certain(event.queued);
                let account = self.account(event.account);
                account.set_capital(usize::from(event.bank), event.capital);
                account.flagged = Told::certain(event.flagged != 0);
            }
            Event::Transferred(event) => {
                let bank = usize::from(event.bank);
                let account = self.account(event.account);
                account.set_capital(bank, event.capital);
                account.flagged = Told::certain(false);
                self.account(event.receiver).set_capital(bank, event.receiver_capital);
            }
            Event::PositionClosed(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, None);
            }
            Event::BuilderPaid(event) => {
                self.hold(event.market, event.builder_account, &event.holding, &event.ledger, None);
            }
            Event::MarketRemoved(event) => {
                self.markets.remove(&event.market);
                self.exchange.insurance = Told::certain(event.insurance);
            }
            Event::ExchangeChanged(event) => {
                self.exchange.keys = Told::certain(Some((event.admin, event.guardian)));
            }
            Event::PoolRebalanced(event) => {
                // Who is flagged is not rebalanced.
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(0));
                self.account(event.keeper_account).set_capital(USDC, event.keeper_capital);
                self.roll_range(event);
            }
            Event::PoolCollected(event) => {
                self.hold(event.market, event.account, &event.holding, &event.ledger, Some(0));
            }
            Event::TreasuryPaid(event) => self.book(event.bank, event.booked),
            Event::TreasuryWithdrawn(event) => {
                self.markets.entry(event.market).or_default().ledger = Told::certain(event.ledger);
            }
            Event::PoolCreated(event) => {
                self.accounts.insert(event.account, Account::opened(event.pool));
            }
            Event::DepositRequested(event) => {
                self.pool.deposits_waiting = Told::certain(event.deposits_waiting);
                let account = self.account(event.account);
                account.set_capital(USDC, event.capital);
                // As for a withdrawal.
                account.flagged = Told::certain(false);
            }
            Event::DepositExecuted(event) => {
                self.pool.deposits_waiting = Told::certain(event.deposits_waiting);
                self.pool.shares = Told::certain(event.pool_shares);
                self.account(event.account).set_capital(USDC, event.capital);
                let pool = self.account(address::pool_account());
                pool.set_capital(USDC, event.pool_capital);
                pool.flagged = Told::certain(event.pool_flagged != 0);
            }
            Event::DepositCancelled(event) => {
                self.pool.deposits_waiting = Told::certain(event.deposits_waiting);
                let account = self.account(event.account);
                account.set_capital(USDC, event.capital);
                account.flagged = Told::certain(event.flagged != 0);
            }
            Event::RedemptionRequested(event) => {
                self.pool.shares_waiting = Told::certain(event.shares_waiting);
            }
            Event::RedemptionPaid(event) => {
                self.pool.shares = Told::certain(event.pool_shares);
                self.pool.shares_waiting = Told::certain(event.shares_waiting);
                if event.skipped == 0 {
                    self.account(event.account).set_capital(USDC, event.capital);
                }
                self.account(address::pool_account()).set_capital(USDC, event.pool_capital);
                self.exchange.pool_reserve = Told::certain(event.pool_reserve);
            }
            Event::RedemptionCancelled(event) => {
                self.pool.shares_waiting = Told::certain(event.shares_waiting);
            }
            Event::CollateralSold(event) => {
                let bank = usize::from(event.bank);
                let account = self.account(event.account);
                account.set_capital(USDC, event.usdc);
                account.set_capital(bank, event.capital);
                account.flagged = Told::certain(event.flagged != 0);
                let buyer = self.account(event.buyer);
                buyer.set_capital(USDC, event.buyer_usdc);
                buyer.set_capital(bank, event.buyer_capital);
            }
            Event::LienSeized(event) => {
                let bank = usize::from(event.bank);
                let account = self.account(event.account);
                account.set_capital(bank, event.capital);
                // Nothing is taken out of an account that is flagged.
                account.flagged = Told::certain(false);
                self.account(event.receiver).set_capital(bank, event.receiver_capital);
            }
            Event::AccountGiven(event) => self.account(event.account).owner = Some(event.new_owner),
            // Prices, ticks, parameters, liens, pauses and permissions only, and what is still to come.
            Event::Refreshed(_)
            | Event::TickArrayCreated(_)
            | Event::TickArrayClosed(_)
            | Event::MarketClosed(_)
            | Event::ExchangeLaunched(_)
            | Event::ChangeQueued(_)
            | Event::ChangeCancelled(_)
            | Event::BankChanged(_)
            | Event::MarketChanged(_)
            | Event::PoolChanged(_)
            | Event::OrderPlaced(_)
            | Event::OrderExecuted(_)
            | Event::OrderClosed(_)
            | Event::DelegateSet(_)
            | Event::BuilderApproved(_)
            | Event::BuilderRevoked(_)
            | Event::BankRefreshed(_)
            | Event::LienPlaced(_)
            | Event::LienCalled(_)
            | Event::LienReleased(_) => {}
        }
    }

    /// The account at an address, which is open: an event names it.
    fn account(&mut self, address: Pubkey) -> &mut Account {
        let account = self.accounts.entry(address).or_insert_with(Account::met);
        account.is_certainly_open = true;
        account
    }

    fn book(&mut self, bank: u8, booked: u64) {
        self.banks.entry(bank).or_default().booked = Told::certain(booked);
    }

    fn hold(&mut self, market: u16, address: Pubkey, holding: &Holding, ledger: &Ledger, flagged: Option<u8>) {
        self.markets.entry(market).or_default().ledger = Told::certain(*ledger);
        let account = self.account(address);
        account.hold(market, holding);
        if let Some(flagged) = flagged {
            account.flagged = Told::certain(flagged != 0);
        }
    }

    fn clear_ranges(&mut self, address: Pubkey) {
        self.account(address).ranges.fill(Told::certain(None));
    }

    fn add_range(&mut self, event: &RangeAdded) {
        let account = self.account(event.account);
        // Whoever is flagged cannot add.
        account.flagged = Told::certain(false);
        let RangeAdded { market, lower, upper, liquidity, .. } = *event;
        if let Some(slot) = account.ranges.get_mut(usize::from(event.slot)) {
            *slot = Told::certain(Some(Range { market, lower, upper, liquidity: liquidity.get() }));
        }
    }

    fn roll_range(&mut self, event: &PoolRebalanced) {
        let PoolRebalanced { market, lower, upper, liquidity, .. } = *event;
        let account = self.account(event.account);
        if event.removed != 0
            && let Some(slot) = account.ranges.get_mut(usize::from(event.removed_slot))
        {
            *slot = Told::certain(None);
        }
        if event.placed != 0
            && let Some(slot) = account.ranges.get_mut(usize::from(event.placed_slot))
        {
            *slot = Told::certain(Some(Range { market, lower, upper, liquidity: liquidity.get() }));
        }
    }

    fn fold_range(&mut self, event: &RangeFolded) {
        self.hold(event.market, event.account, &event.holding, &event.ledger, Some(event.flagged));
        // A range that stays may be another than the one that was told of last: the slot is as certain as it was.
        if event.what != STAYS
            && let Some(slot) = self.account(event.account).ranges.get_mut(usize::from(event.slot))
        {
            *slot = Told::certain(None);
        }
    }
}
