//! What is done with the pool, with orders and with liens, the range that brings its tick arrays along, and the answers to
//! questions: parts of [`Simulator::play`].

use keel_engine::Error;
use keel_engine::delegate::{By, MAY_RANGE};
use keel_engine::lien;
use keel_engine::ranges::RangeRequest;
use solana_pubkey::Pubkey;

use super::Simulator;
use crate::action::Done;
use crate::liens::LienAct;
use crate::operations;
use crate::orders::{self, OrderAct};
use crate::pool::{self, PoolAct};
use crate::precheck::Found;
use crate::question::{self, Answer, Question};

impl Simulator {
    /// Does something with the pool; the account and the request are found already.
    pub(super) fn pool(&mut self, act: &PoolAct, found: &Found) -> Result<Done, Error> {
        let (now, Found { who, request, shares, .. }) = (self.now, *found);
        Ok(match *act {
            PoolAct::RequestDeposit { amount, min_shares, tip, .. } => Done::Requested {
                request: pool::request_deposit(&mut self.books, &who, (amount, min_shares, tip), now)?,
            },
            PoolAct::ExecuteDeposit { .. } => pool::execute_deposit(&mut self.books, request, now)?.into(),
            PoolAct::CancelDeposit { by, .. } => {
                let by_owner = self.owns(by, &who)?;
                let _returned = pool::cancel_deposit(&mut self.books, request, by_owner, now)?;
                Done::Booked
            }
            PoolAct::RequestRedeem { tip, .. } => {
                Done::Requested { request: pool::request_redeem(&mut self.books, &who, (shares, tip), now)? }
            }
            PoolAct::ExecuteRedeem { .. } => pool::execute_redeem(&mut self.books, request, now)?.into(),
            PoolAct::CancelRedeem { .. } => {
                pool::cancel_redeem(&mut self.books, request, now)?;
                Done::Booked
            }
        })
    }

    /// Does something with a lien, or with an account as a whole; the accounts are found already.
    pub(super) fn lien(&mut self, act: &LienAct, found: &Found) -> Result<Done, Error> {
        let (now, Found { who, by, key, bank, .. }) = (self.now, *found);
        match *act {
            LienAct::Give { .. } => operations::give_account(&mut self.books, &who, &key)?,
            LienAct::Place { floor, notice_secs, .. } => {
                let terms = lien::Terms { holder: key.to_bytes(), floor, notice_secs };
                operations::place_lien(&mut self.books, &who, &terms)?;
            }
            LienAct::Call { by, notice, .. } => {
                let key = self.key(by, &who)?;
                operations::call_lien(&mut self.books, &who, &key, notice, now)?;
            }
            LienAct::Release { by, .. } => {
                let key = self.key(by, &who)?;
                operations::release_lien(&mut self.books, &who, &key)?;
            }
            LienAct::Seize { by: place, amount, .. } => {
                let key = self.key(place, &by)?;
                operations::seize(&mut self.books, (bank, amount), &who, (&by, &key), now)?;
            }
        }
        Ok(Done::Booked)
    }

    /// Does something with an order; the account and the order are found already.
    pub(super) fn order(&mut self, act: &OrderAct, found: &Found) -> Result<Done, Error> {
        let (_, _, by) = act.parts();
        let (now, Found { who, order, market, .. }) = (self.now, *found);
        let signer = self.key(by, &who)?;
        Ok(match act {
            OrderAct::Place { placing, .. } => {
                let terms = placing.terms(self.started);
                orders::place(&mut self.books, (market, &who, order), &signer, terms, now)?;
                Done::OrderPlaced { order }
            }
            OrderAct::Execute { .. } => {
                let sample = self.sample(market)?;
                orders::execute(&mut self.books, &who, order, &sample, now)?.into()
            }
            OrderAct::Cancel { .. } => {
                orders::cancel(&mut self.books, &who, order, &signer, now)?;
                Done::Booked
            }
            OrderAct::Clean { .. } => orders::clean(&mut self.books, &who, order, now)?.into(),
        })
    }

    /// Answers a question; the account and the market are found already.
    pub(super) fn answer(&self, asked: &Question, who: &Pubkey, market: u16) -> Result<Answer, Error> {
        let (books, now) = (&self.books, self.now);
        Ok(match *asked {
            Question::Health { .. } => Answer::Health(question::health(books, who, now)?),
            Question::LiquidationPrice { .. } => {
                Answer::LiquidationPrice(question::liquidation_price(books, who, market, now)?)
            }
            Question::Auction { .. } => Answer::Auction(question::auction(books, who, market, now)?),
            Question::Delta { .. } => Answer::Delta(question::delta(books, who, market, now)?),
            Question::Funding { points, side, .. } => {
                Answer::Funding(question::funding(books, market, points, side, now)?)
            }
            Question::Payout { .. } => Answer::Payout(question::payout(books, market, now)?),
            Question::Pool => Answer::Pool(question::pool(books, now)?),
            Question::Fee { side, exact, .. } => {
                Answer::Fee(question::fee(books, market, &self.sample(market)?, side, exact, now)?)
            }
        })
    }

    /// Creates the tick arrays that a range misses and adds the range, as one transaction does: all of it or nothing.
    pub(super) fn add_range(
        &mut self,
        who: &Pubkey,
        market: u16,
        request: &RangeRequest,
        signer: Option<usize>,
    ) -> Result<Done, Error> {
        let sample = self.sample(market)?;
        let missing = operations::missing_arrays(&self.books, market, request.lower, request.upper)?;
        let added = missing
            .iter()
            .try_for_each(|index| operations::create_tick_array(&mut self.books, market, *index))
            .and_then(|()| match signer {
                Some(signer) => self.for_whom(signer, who, MAY_RANGE, &[market]),
                None => Ok(By::Owner),
            })
            .and_then(|by| operations::add_range(&mut self.books, market, who, &sample, request, by, self.now));
        if added.is_err() {
            self.books.arrays.retain(|place, _| place.0 != market || !missing.contains(&place.1));
        }
        let slot = u8::try_from(added?).map_err(|_| Error::RangeNotFound)?;
        Ok(Done::Added { slot })
    }
}
