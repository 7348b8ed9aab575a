//! What an action did, or why it was refused, from what its transaction left behind.

use anyhow::{Context, Result, bail};
use keel_engine::Error;
use keel_engine::legs::MAX_LEGS;
use keel_engine::orders::Ended;
use keel_sdk::events::{
    Backstopped, BuilderPaid, CollateralSold, Event, Liquidated, PledgeCollected, PoolCollected, PoolRebalanced,
    PositionClosed, RedemptionPaid, ReserveBalanced, Resolved, Settled, TakenOver, Traded, WithdrawalPaid,
};
use keel_sdk::views;
use keel_simulator::action::LegFill;
use keel_simulator::orders::OrderAct;
use keel_simulator::{Action, Answer, Done, Question};

use super::orders;
use crate::outcome::{Executed, Reason, Refused};

/// A refusal by its name in the engine. Errors on one that has none: a failure of the chain or of the client.
pub(super) fn named(refused: Refused) -> Result<Error> {
    match &refused.reason {
        Reason::Keel(error) => Ok(*error),
        Reason::Chain(text) if text.contains("ComputationalBudgetExceeded") => Ok(Error::ComputeExhausted),
        Reason::Chain(text) if text.contains("ProgramFailedToComplete") => {
            let exhausted = refused.logs.iter().any(|line| line.contains("exceeded CUs meter"));
            if exhausted { Ok(Error::ComputeExhausted) } else { bail!("{refused}") }
        }
        Reason::Chain(_) => bail!("{refused}"),
    }
}

/// What a question was answered, from the return data.
fn answered(asked: &Question, data: &[u8]) -> Result<Done> {
    let answer = match asked {
        Question::Health { .. } => views::decode(data).map(Answer::Health),
        Question::LiquidationPrice { .. } => views::decode(data).map(Answer::LiquidationPrice),
        Question::Auction { .. } => views::decode(data).map(Answer::Auction),
        Question::Delta { .. } => views::decode(data).map(Answer::Delta),
        Question::Funding { .. } => views::decode(data).map(Answer::Funding),
        Question::Payout { .. } => views::decode(data).map(Answer::Payout),
        Question::Pool => views::decode(data).map(Answer::Pool),
        Question::Fee { .. } => views::decode(data).map(Answer::Fee),
    };
    Ok(answer.context("return data of no known layout")?.into())
}

/// What each leg did, from its event.
fn legs_done(executed: &Executed) -> Done {
    let mut fills = [None; MAX_LEGS];
    let traded = executed.events.iter().filter_map(|data| match Event::decode(data) {
        Some(Event::Traded(Traded { base, quote, fee, steps, .. })) => Some(LegFill { base, quote, fee, legs: steps }),
        _ => None,
    });
    fills.iter_mut().zip(traded).for_each(|(fill, traded)| *fill = Some(traded));
    Done::TradedLegs { fills }
}

/// What an action did, from the last event of its transaction.
pub(super) fn done(action: &Action, executed: &Executed) -> Result<Done> {
    let action = action.signed();
    if matches!(action, Action::TradeLegs { .. }) {
        return Ok(legs_done(executed));
    }
    if matches!(action, Action::Order(OrderAct::Execute { .. })) {
        return orders::order_done(executed).context("events of no execution");
    }
    if let Action::View(asked) = action {
        return answered(asked, &executed.returned);
    }
    let data = executed.events.last().context("a transaction without an event")?;
    if let Some(Event::BuilderPaid(BuilderPaid { fee: builder_fee, .. })) = Event::decode(data) {
        let traded = executed.events.iter().find_map(|data| match Event::decode(data) {
            Some(Event::Traded(traded)) => Some(traded),
            _ => None,
        });
        let Traded { base, quote, fee, steps: legs, .. } = traded.context("a builder paid for no trade")?;
        return Ok(Done::Brought { base, quote, fee, builder_fee, legs });
    }
    Ok(match Event::decode(data).context("an event of no known kind")? {
        Event::Traded(event) => {
            Done::Traded { base: event.base, quote: event.quote, fee: event.fee, legs: event.steps }
        }
        Event::RangeAdded(event) => Done::Added { slot: event.slot },
        Event::RangeFolded(event) => {
            Done::Folded { base: event.base, quote: event.quote, fees: event.fees, funding: event.funding_paid }
        }
        Event::Settled(event) => {
            let Settled { profit, cancelled, paid, owed, .. } = event;
            Done::Settled { profit, cancelled, paid, owed }
        }
        Event::ClaimReleased(event) => Done::Released { claim: event.claim, paid: event.paid },
        Event::LiquidationBegun(event) => Done::Flagged { equity: event.equity, maintenance: event.maintenance },
        Event::Liquidated(event) => {
            let Liquidated { base, quote, fee, keeper, insurance, .. } = event;
            Done::Liquidated { base, quote, fee, keeper, insurance }
        }
        Event::TakenOver(event) => {
            let TakenOver { base, quote, tip, insurance, .. } = event;
            Done::TakenOver { base, quote, tip, insurance }
        }
        Event::Deleveraged(event) => Done::Deleveraged { base: event.base, quote: event.quote, tip: event.tip },
        Event::Backstopped(event) => {
            let Backstopped { base, quote, tip, insurance, .. } = event;
            Done::TakenOver { base, quote, tip, insurance }
        }
        Event::ReserveBalanced(ReserveBalanced { set_aside, recalled, .. }) => Done::Balanced { set_aside, recalled },
        Event::WithdrawalQueued(event) => Done::Queued { ticket: event.number },
        Event::WithdrawalPaid(event) => {
            let WithdrawalPaid { paid, returned, rest, .. } = event;
            Done::Paid { paid, returned, rest }
        }
        Event::DepositRequested(event) => Done::Requested { request: event.number },
        Event::RedemptionRequested(event) => Done::Requested { request: event.number },
        Event::DepositExecuted(event) => Done::DepositExecuted { shares: event.shares, returned: event.returned },
        Event::RedemptionPaid(event) => {
            let RedemptionPaid { paid, burnt, returned, rest, tip, .. } = event;
            Done::Redeemed { paid, burnt, returned, rest, tip }
        }
        Event::OrderPlaced(event) => Done::OrderPlaced { order: event.number },
        Event::OrderClosed(event) if matches!(action, Action::Order(OrderAct::Clean { .. })) => {
            let ended = Ended::ALL.get(usize::from(event.reason)).context("an end of no known number")?;
            Done::OrderCleaned { tip: event.cleaning_tip, ended: *ended }
        }
        Event::Resolved(event) => {
            let Resolved { own, pledged, surplus, insurance, exchange, pool, treasury, written_off, .. } = event;
            Done::Resolved { own, pledged, surplus, insurance, exchange, pool, treasury, written_off }
        }
        Event::CollateralSold(event) => {
            let CollateralSold { amount, paid, discount, .. } = event;
            Done::Sold { amount, paid, discount }
        }
        Event::PledgeCollected(event) => {
            let PledgeCollected { claim, paid, .. } = event;
            Done::Collected { claim, paid }
        }
        Event::PoolRebalanced(event) => {
            let PoolRebalanced { liquidity, lower, upper, base, quote, fee, tip, .. } = event;
            Done::Rebalanced { liquidity: liquidity.get(), lower, upper, base, quote, fee, tip }
        }
        Event::PoolCollected(event) => {
            let PoolCollected { folded_fees, profit, cancelled, paid, claim, released, .. } = event;
            Done::PoolCollected { fees: folded_fees, profit, cancelled, paid, claim, released }
        }
        Event::PositionClosed(event) => {
            let PositionClosed { base, value, profit, cancelled, paid, owed, .. } = event;
            Done::PositionClosed { base, value, profit, cancelled, paid, owed }
        }
        Event::MarketRemoved(event) => Done::MarketRemoved { left: event.left },
        _ => Done::Booked,
    })
}
