//! What somebody else signs or brings, each a transaction.

use bytemuck::Zeroable;
use keel_engine::Result;
use keel_engine::builder::Builder;
use keel_engine::delegate::{By, Watch};
use keel_engine::liquidity;
use keel_engine::ranges::RangeRequest;
use keel_engine::state::BuilderApproval;
use keel_engine::trade::{Fill, Order, trade, trade_through};

use super::{Actor, Sim};

impl Sim {
    /// A trade that another actor brought for `ppm` of what is filled, of which at most `allowed` are. Returns what it was
    /// paid too.
    pub fn trade_through(
        &mut self,
        market: usize,
        actor: usize,
        order: Order,
        builder: usize,
        (allowed, ppm): (u32, u32),
    ) -> Result<(Fill, u64)> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let approval = BuilderApproval { max_fee_ppm: allowed, ..BuilderApproval::zeroed() };
                let [Actor { account, ranges }, paid] = actors.get_disjoint_mut([actor, builder]).unwrap();
                let mut builder = Builder::new(&approval, &mut paid.account, book.market, ppm)?;
                let fill = trade_through(book, account, Some(ranges), others, &order, Some(&mut builder), now)?;
                Ok((fill, builder.paid()))
            })
        })
    }

    /// A trade that a delegate signs, whatever its permissions: only its notional counts.
    pub fn trade_as_delegate(&mut self, market: usize, actor: usize, order: Order) -> Result<Fill> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[actor];
                let watch = Watch::begin(By::Delegate, book, account, Some(ranges), others)?;
                let fill = trade(book, account, Some(ranges), others, &order, now)?;
                watch.end(book, account, Some(ranges), others)?;
                Ok(fill)
            })
        })
    }

    /// A range that a delegate adds.
    pub fn add_range_as_delegate(&mut self, market: usize, actor: usize, request: RangeRequest) -> Result<usize> {
        self.run(|sim| {
            sim.with_book(market, |book, actors, others, now| {
                let Actor { account, ranges } = &mut actors[actor];
                let watch = Watch::begin(By::Delegate, book, account, Some(ranges), others)?;
                let slot = liquidity::add(book, account, ranges, others, &request, now)?;
                watch.end(book, account, Some(ranges), others)?;
                Ok(slot)
            })
        })
    }
}
