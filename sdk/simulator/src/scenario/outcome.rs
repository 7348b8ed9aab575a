//! The line of a step: what it did, or why it was refused.

use anyhow::{Context, Result, bail};
use keel_engine::Error;
use keel_engine::math::tick::tick_at_sqrt_price;
use keel_engine::state::Market;

use super::answer;
use super::writer::Writer;
use crate::action::{Action, Done};
use crate::books::Books;
use crate::governance::Act;
use crate::setup::number;

/// The line of the step at this place, played at this second.
pub(super) fn line(
    (step, at): (usize, u64),
    action: &Action,
    outcome: &std::result::Result<Done, Error>,
    books: &Books,
) -> Result<String> {
    let mut out = Writer::new();
    out.plain("step", step).plain("at", at).plain("ok", outcome.is_ok());
    match outcome {
        Ok(done) => write_done(&mut out, action, done, books)?,
        Err(error) => {
            out.text("error", error.name());
        }
    }
    Ok(out.finish())
}

fn market(books: &Books, place: usize) -> Result<&Market> {
    books.markets.get(&number(place)).with_context(|| format!("market {} is not in the books", number(place)))
}

/// The tick at or below the curve.
pub(super) fn tick(market: &Market) -> Result<i32> {
    tick_at_sqrt_price(market.sqrt_price).with_context(|| format!("the curve of market {}", market.index_number))
}

fn write_done(out: &mut Writer, action: &Action, done: &Done, books: &Books) -> Result<()> {
    let action = action.signed();
    match *done {
        Done::Booked => {
            if let (Action::Govern(Act::Queue { .. }), Some(exchange)) = (action, &books.exchange) {
                out.plain("number", exchange.changes);
            }
            if let Action::Refresh { market: place } = *action {
                let market = market(books, place)?;
                out.amount("index", market.index.bits).amount("mark", market.mark.bits);
                out.amount("funding_rate", market.funding_rate.bits).amount("funding_index", market.funding.get());
                out.plain("guarded", market.is_guarded());
            }
            if let Action::RefreshBank { bank } = *action {
                let bank = &books.bank(bank).with_context(|| format!("bank {bank} is not in the books"))?.bank;
                out.amount("price", bank.price.bits).amount("latest", bank.latest.bits);
                out.amount("stable", bank.stable.bits).amount("rate", bank.rate);
            }
            if let Action::CloseMarket { market: place } = *action {
                out.amount("mark", market(books, place)?.mark.bits);
            }
        }
        Done::Traded { base, quote, fee, legs } => {
            out.amount("base", base).amount("quote", quote).amount("fee", fee);
            if let Action::Trade { market: place, .. }
            | Action::DepositAndTrade { market: place, .. }
            | Action::TradeExact { market: place, .. }
            | Action::TradeTo { market: place, .. } = *action
            {
                let market = market(books, place)?;
                out.plain("tick", tick(market)?).amount("sqrt_price", market.sqrt_price.get());
            }
            out.plain("legs", legs);
        }
        Done::Brought { base, quote, fee, builder_fee, legs } => {
            out.amount("base", base).amount("quote", quote).amount("fee", fee).amount("builder_fee", builder_fee);
            if let Action::TradeWithBuilder { market: place, .. } = *action {
                let market = market(books, place)?;
                out.plain("tick", tick(market)?).amount("sqrt_price", market.sqrt_price.get());
            }
            out.plain("legs", legs);
        }
        Done::TradedLegs { fills } => {
            let Action::TradeLegs { legs, .. } = action else { bail!("legs of a {}", action.name()) };
            let mut curves = Vec::new();
            for (leg, fill) in legs.iter().zip(fills.iter().flatten()) {
                let market = market(books, leg.market)?;
                curves.push((fill, tick(market)?, market.sqrt_price.get()));
            }
            out.list("fills", |out| {
                for (fill, tick, sqrt_price) in curves {
                    out.item(|out| {
                        out.amount("base", fill.base).amount("quote", fill.quote).amount("fee", fill.fee);
                        out.plain("tick", tick).amount("sqrt_price", sqrt_price).plain("legs", fill.legs);
                    });
                }
            });
        }
        Done::Viewed(ref told) => answer::write(out, told),
        Done::Added { slot } => {
            out.plain("slot", slot);
        }
        Done::Folded { base, quote, fees, funding } => {
            out.amount("base", base).amount("quote", quote).amount("fees", fees).amount("funding", funding);
        }
        Done::Settled { profit, cancelled, paid, owed } => {
            out.amount("profit", profit).amount("cancelled", cancelled).amount("paid", paid).amount("owed", owed);
        }
        Done::Released { claim, paid } => {
            out.amount("claim", claim).amount("paid", paid);
        }
        Done::Flagged { equity, maintenance } => {
            out.amount("equity", equity).amount("maintenance", maintenance);
        }
        Done::Liquidated { base, quote, fee, keeper, insurance } => {
            out.amount("base", base).amount("quote", quote).amount("fee", fee);
            out.amount("keeper", keeper).amount("insurance", insurance);
        }
        Done::TakenOver { base, quote, tip, insurance } => {
            out.amount("base", base).amount("quote", quote).amount("tip", tip).amount("insurance", insurance);
        }
        Done::Deleveraged { base, quote, tip } => {
            out.amount("base", base).amount("quote", quote).amount("tip", tip);
        }
        Done::Balanced { set_aside, recalled } => {
            out.amount("set_aside", set_aside).amount("recalled", recalled);
        }
        Done::Queued { ticket } => {
            out.plain("ticket", ticket);
        }
        Done::Paid { paid, returned, rest } => {
            out.amount("paid", paid).amount("returned", returned).amount("rest", rest);
        }
        Done::Resolved { own, pledged, surplus, insurance, exchange, pool, treasury, written_off } => {
            out.amount("own", own).amount("pledged", pledged).amount("surplus", surplus);
            out.amount("insurance", insurance).amount("treasury", treasury).amount("exchange", exchange);
            out.amount("pool", pool).amount("written_off", written_off);
        }
        Done::Sold { amount, paid, discount } => {
            out.amount("amount", amount).amount("paid", paid).amount("discount", discount);
        }
        Done::Collected { claim, paid } => {
            out.amount("claim", claim).amount("paid", paid);
        }
        Done::Requested { request } => {
            out.plain("request", request);
        }
        Done::DepositExecuted { shares, returned } => {
            out.amount("shares", shares).amount("returned", returned);
        }
        Done::Redeemed { paid, burnt, returned, rest, tip } => {
            out.amount("paid", paid).amount("burnt", burnt).amount("returned", returned);
            out.amount("rest", rest).amount("tip", tip);
        }
        Done::OrderPlaced { order } => {
            out.plain("order", order);
        }
        Done::OrderExecuted { base, quote, fee, tip, ended } => {
            out.amount("base", base).amount("quote", quote).amount("fee", fee).amount("tip", tip);
            match ended {
                Some(ended) => out.text("ended", ended.name()),
                None => out.plain("ended", "null"),
            };
        }
        Done::OrderCleaned { tip, ended } => {
            out.amount("tip", tip).text("ended", ended.name());
        }
        Done::Rebalanced { liquidity, lower, upper, base, quote, fee, tip } => {
            out.plain("lower", lower).plain("upper", upper).amount("liquidity", liquidity);
            out.amount("base", base).amount("quote", quote).amount("fee", fee).amount("tip", tip);
        }
        Done::PoolCollected { fees, profit, cancelled, paid, claim, released } => {
            out.amount("fees", fees).amount("profit", profit).amount("cancelled", cancelled).amount("paid", paid);
            out.amount("claim", claim).amount("released", released);
        }
        Done::PositionClosed { base, value, profit, cancelled, paid, owed } => {
            out.amount("base", base).amount("value", value);
            out.amount("profit", profit).amount("cancelled", cancelled).amount("paid", paid).amount("owed", owed);
        }
        Done::MarketRemoved { left } => {
            out.amount("left", left);
        }
    }
    Ok(())
}
