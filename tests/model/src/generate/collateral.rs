//! Other collateral: it comes and goes, its price drifts, jumps and falls silent, its rate is pushed up and breaks, and
//! keepers buy what is for sale.

use keel_engine::Side;
use keel_engine::collateral::Purchase;
use keel_engine::curve::Exact;
use keel_engine::exchange_params::BankParams;
use keel_engine::governance::BankGuard;
use keel_engine::state::USDC;
use keel_engine::trade::Order;
use keel_simulator::governance::{Act, Authority, Planned};
use keel_simulator::prices::{BankFeed, Quote};
use keel_simulator::{Action, Setup};

use super::{Generator, plausible, position};
use crate::source::Source;
use crate::world::World;

/// What is published of a bank.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// Its number.
    bank: usize,
    /// Decimals of its token.
    decimals: u32,
    /// The last plausible price, and the first.
    price: i64,
    first: i64,
    /// The last rate, where there is one, and the first.
    rate: Option<(i64, i64)>,
}

/// The banks of an exchange.
pub(super) fn published(setup: &Setup) -> Vec<Published> {
    let of = |(place, bank): (usize, &keel_simulator::setup::BankSetup)| Published {
        bank: place + 1,
        decimals: bank.decimals.into(),
        price: bank.first.price,
        first: bank.first.price,
        rate: bank.rate.map(|rate| (rate.price, rate.price)),
    };
    setup.banks.iter().enumerate().map(of).collect()
}

impl Generator {
    /// One of the banks of other collateral, mostly one in which an account holds something.
    fn other_bank(&self, source: &mut impl Source, world: &World, who: usize) -> usize {
        let any = 1 + source.below(self.banks.len() as u64) as usize;
        let held = |bank: &usize| world.tokens(who, *bank) != 0;
        if source.one_in(3) { any } else { (1..=self.banks.len()).find(held).unwrap_or(any) }
    }

    /// The bank of USDC, or now and then another.
    pub(super) fn some_bank(&self, source: &mut impl Source, world: &World, who: usize) -> usize {
        if self.banks.is_empty() || source.below(3) != 0 { USDC } else { self.other_bank(source, world, who) }
    }

    /// Brings the banks up to date that an account holds something in, and now and then another.
    pub(super) fn freshen_banks(&mut self, source: &mut impl Source, world: &World, who: usize) {
        let now = world.now();
        for bank in 1..=self.banks.len() {
            let stale = world.books().bank(bank).is_some_and(|book| book.bank.price_time != now.unix);
            if stale && (world.tokens(who, bank) != 0 || source.one_in(8)) {
                self.push(Action::RefreshBank { bank });
            }
        }
    }

    /// So many atoms as are worth up to a few million USD, often little.
    fn amount(&self, source: &mut impl Source, bank: usize) -> u64 {
        let Some(published) = self.banks.get(bank - 1) else { return 0 };
        let usd = (published.price / 100_000_000).max(1).unsigned_abs();
        let unit = 10u64.pow(published.decimals);
        (unit / usd).max(1) << source.below(21)
    }

    /// Somebody does something with other collateral.
    pub(super) fn secure(&mut self, source: &mut impl Source, world: &World, who: usize, market: usize) {
        let bank = self.other_bank(source, world, who);
        match source.below(20) {
            0..5 => {
                let amount = self.amount(source, bank);
                self.push(Action::Deposit { who, bank, amount });
                // Whoever has other collateral may do without USDC.
                if source.one_in(3) {
                    self.push(Action::RefreshBank { bank });
                    self.push(Action::Withdraw { who, bank: USDC, amount: world.capital(who) });
                }
            }
            5 | 6 => {
                let amount = source.below(world.tokens(who, bank).max(1) + 2);
                self.push(Action::RefreshBank { bank });
                self.push(Action::Withdraw { who, bank, amount });
            }
            7..9 => self.hedge(source, world, (who, market), bank),
            9..11 => {
                let mut order = self.order(source, world, who, market);
                order.all_or_nothing = true;
                let bound = if source.one_in(2) { 0 } else { source.word(44) };
                self.bring_price(source, world.at, market, 0);
                self.push(Action::TradeExact { who, market, order, bound });
            }
            11..13 => {
                let held = position(world, who, market).base;
                let step = i64::try_from(source.word(40)).unwrap_or(i64::MAX);
                let target = match source.below(4) {
                    0 => 0,
                    1 => -held,
                    _ => held.saturating_add(if source.one_in(2) { step } else { -step }),
                };
                let tolerance = if source.one_in(3) { source.word(36) } else { 0 };
                self.bring_price(source, world.at, market, 0);
                self.push(Action::TradeTo { who, market, target, tolerance, limit: None });
            }
            13..18 => self.buy(source, world, who),
            18 => self.move_bank(source, world.at, 0),
            _ if source.one_in(8) => self.change_bank(source, world, bank),
            _ => self.move_bank(source, world.at, 0),
        }
    }

    /// Tokens in, and short against them at once.
    fn hedge(&mut self, source: &mut impl Source, world: &World, (who, market): (usize, usize), bank: usize) {
        let order = if source.one_in(2) {
            self.order(source, world, who, market)
        } else {
            let exact = Exact::Base(1 + source.word(38));
            Order { side: Side::Sell, exact, limit: None, reduce_only: false, all_or_nothing: false }
        };
        let amount = self.amount(source, bank);
        self.bring_price(source, world.at, market, 0);
        self.push(Action::DepositAndTrade { who, bank, amount, market, order });
    }

    /// Buys of who is in liquidation or owes, else of anybody.
    pub(super) fn buy(&mut self, source: &mut impl Source, world: &World, by: usize) {
        let accounts = self.habits.accounts;
        let from = source.below(accounts as u64) as usize;
        let secured = |who: &usize| (1..=self.banks.len()).any(|bank| world.tokens(*who, bank) != 0);
        let is_ill =
            |who: &usize| world.account(*who).is_some_and(|account| account.flagged_at != 0 || account.debt_since != 0);
        let all = || (0..accounts).map(|i| (from + i) % accounts);
        let found = all().find(|who| secured(who) && is_ill(who)).or_else(|| all().find(secured));
        let who = found.filter(|_| !source.one_in(12)).unwrap_or(from);
        // Whoever has ranges cannot buy.
        let able = |by: &usize| world.account(*by).is_some_and(|buyer| buyer.ranges == 0 && buyer.usdc() != 0);
        let by = if able(&by) || source.one_in(8) { by } else { all().find(able).unwrap_or(by) };
        let bank = self.other_bank(source, world, who);
        let most = if source.one_in(4) { source.word(36) } else { u64::MAX };
        let limit = if source.one_in(8) { world.books().bank(bank).map(|book| book.bank.price) } else { None };
        let wait = if source.one_in(4) { source.pick(&[1, 10, 61, 400]) } else { 0 };
        self.plan.push_back((wait, Action::RefreshBank { bank }));
        for market in 0..world.markets() {
            if world.position(who, market).is_some() || world.position(by, market).is_some() {
                self.push(Action::Refresh { market });
            }
        }
        self.push(Action::BuyCollateral { who, bank, by, purchase: Purchase { most, limit } });
    }

    /// The publisher of a bank states another price or rate.
    pub(super) fn move_bank(&mut self, source: &mut impl Source, at: u64, wait: u64) {
        let count = self.banks.len() as u64;
        if count == 0 {
            return;
        }
        let Some(published) = self.banks.get_mut(source.below(count) as usize) else { return };
        let bank = published.bank;
        let moved = |value: i64, ppm: i64| (i128::from(value) + i128::from(value) * i128::from(ppm) / 1_000_000) as i64;
        let ppm = match source.below(16) {
            0 => source.between(-500_000, 500_000),
            1 | 2 => source.between(-150_000, 150_000),
            3..8 => source.between(-20_000, 20_000),
            _ => source.between(-1_000, 1_000),
        };
        let at = (at + wait).cast_signed();
        let (feed, quote) = match published.rate {
            Some((rate, first)) if source.one_in(3) => {
                let rate = moved(rate, ppm).clamp(first / 4, first * 3);
                published.rate = Some((rate, first));
                (BankFeed::Rate, Quote { conf: 0, ..plausible(rate) })
            }
            _ => {
                published.price = moved(published.price, ppm).clamp(published.first / 4, published.first * 3);
                (BankFeed::Price, plausible(published.price))
            }
        };
        let mut quote = quote;
        let mut time = None;
        match source.below(40) {
            0 => quote.conf = quote.price.unsigned_abs() / source.pick(&[20, 60, 200]),
            1 => time = Some(at - source.between(-30, 4_000)),
            2 => quote.price = source.pick(&[0, -1, 1, i64::MAX]),
            _ => {}
        }
        self.plan.push_back((wait, Action::BankPrice { bank, feed, quote, published: time }));
        self.push(Action::RefreshBank { bank });
        // A spike of a second, or a price that holds.
        for _ in 0..source.pick(&[0, 0, 1, 3]) {
            self.plan.push_back((1, Action::RefreshBank { bank }));
        }
        // What nobody can mean is set right.
        if quote.price <= 1 || quote.price == i64::MAX || time.is_some() {
            let (price, rate) = self.banks.get(bank - 1).map_or((1, None), |own| (own.price, own.rate));
            let value = match (feed, rate) {
                (BankFeed::Rate, Some((rate, _))) => rate,
                _ => price,
            };
            let quote = Quote { conf: 0, ..plausible(value) };
            self.plan.push_back((source.below(90), Action::BankPrice { bank, feed, quote, published: None }));
            self.push(Action::RefreshBank { bank });
        }
    }

    /// Another haircut: at once for new risk by the guardian, or by the queue.
    fn change_bank(&mut self, source: &mut impl Source, world: &World, bank: usize) {
        let Some(params) = world.books().bank(bank).map(|book| BankParams::of(&book.bank)) else { return };
        let lower = params.haircut_ppm - source.below(u64::from(params.haircut_ppm / 4).max(1)) as u32;
        if source.one_in(2) {
            let (by, guard) = (Authority::Guardian, BankGuard::Haircut(lower));
            return self.push(Action::Govern(Act::GuardBank { by, bank, guard }));
        }
        let haircut_ppm = source.pick(&[0, lower, 500_000, 900_000, 1_000_000]);
        let plan = Planned::BankParams(bank, BankParams { haircut_ppm, ..params });
        self.push(Action::Govern(Act::Queue { by: Authority::Admin, plan }));
        let number = world.changes().saturating_add(1);
        self.plan.push_back((172_800, Action::Govern(Act::Execute { number })));
    }
}
