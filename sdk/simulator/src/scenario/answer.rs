//! The line of an answer: what it tells, in the order of its layout.

use keel_engine::Error;

use super::writer::Writer;
use crate::question::Answer;

/// First code of the program's own errors.
const FIRST_CODE: u32 = 6_000;

/// Writes an answer.
pub(super) fn write(out: &mut Writer, answer: &Answer) {
    match answer {
        Answer::Health(told) => {
            out.plain("stale", told.stale).plain("flagged", told.flagged);
            out.amount("capital", told.capital).amount("equity", told.equity);
            out.amount("maintenance", told.maintenance).amount("target", told.target);
            out.amount("initial_equity", told.initial_equity).amount("initial_required", told.initial_required);
            out.amount("notional", told.notional).amount("collateral", told.collateral);
            out.amount("lien_floor", told.lien_floor);
            out.list("positions", |out| {
                for part in told.positions.iter().filter(|part| part.market != 0) {
                    out.item(|out| {
                        out.plain("market", part.market).amount("base", part.base);
                        out.amount("worst_base", part.worst_base).amount("value", part.value);
                        out.amount("quote", part.quote).amount("funding_due", part.funding_due);
                        out.amount("claims", part.claims).amount("claims_worth", part.claims_worth);
                        out.amount("maintenance", part.maintenance).amount("drift", part.drift);
                    });
                }
            });
        }
        Answer::LiquidationPrice(told) => {
            out.plain("stale", told.stale).amount("mark", told.mark).amount("base", told.base);
            out.amount("excess", told.excess).amount("below", told.below).amount("above", told.above);
        }
        Answer::Auction(told) => {
            out.plain("phase", told.phase).plain("stale", told.stale).amount("base", told.base);
            out.plain("ranges", told.ranges).amount("equity", told.equity).amount("maintenance", told.maintenance);
            out.amount("mark", told.mark).amount("discount", told.discount).amount("price", told.price);
            out.amount("largest_step", told.largest_step).amount("threshold", told.threshold);
        }
        Answer::Delta(told) => {
            out.plain("stale", told.stale).plain("ranges", told.ranges).amount("position", told.position);
            out.amount("ranges_base", told.ranges_base).amount("delta", told.delta);
            out.amount("delta_up", told.delta_up).amount("delta_down", told.delta_down).amount("mark", told.mark);
            out.amount("funding", told.funding.get()).plain("funding_at", told.funding_at);
        }
        Answer::Funding(told) => {
            out.amount("rate", told.rate).amount("premium", told.premium).amount("index", told.index);
            let points = usize::from(told.points);
            out.amounts("forecast", told.forecast.iter().take(points));
            out.amounts("worst", told.worst.iter().take(points));
        }
        Answer::Payout(told) => {
            out.amount("pot", told.pot).amount("claims", told.claims).amount("h", told.h).amount("worth", told.worth);
            out.amount("backed", told.backed).amount("shortfall", told.shortfall);
            out.amount("written_off", told.written_off).amount("uncovered", told.uncovered);
            out.amount("surplus", told.surplus).amount("insurance", told.insurance);
            out.amount("exchange_today", told.exchange_today).amount("pool_today", told.pool_today);
            out.amount("backing", told.backing);
        }
        Answer::Pool(told) => {
            out.plain("stale", told.stale).plain("closed", told.closed).plain("flagged", told.flagged);
            out.amount("nav_high", told.nav_high).amount("nav_low", told.nav_low).amount("shares", told.shares);
            out.amount("price_high", told.price_high).amount("price_low", told.price_low);
            out.amount("capital", told.capital).amount("free", told.free).amount("reserve", told.reserve);
            out.amount("deposits_waiting", told.deposits_waiting).amount("shares_waiting", told.shares_waiting);
            out.plain("redeem_head", told.redeem_head).plain("redeem_tail", told.redeem_tail);
        }
        Answer::Fee(told) => {
            out.plain("filled", told.filled).plain("stale", told.stale);
            let reason = Error::ALL.iter().find(|error| told.reason == FIRST_CODE.saturating_add(error.code()));
            match reason {
                Some(error) => out.text("reason", error.name()),
                None => out.plain("reason", "null"),
            };
            out.plain("steps", told.steps).plain("crossings", told.crossings);
            out.amount("base", told.base).amount("quote", told.quote).amount("fee", told.fee);
            out.amount("fee_rate", told.fee_rate).amount("mean_price", told.mean_price);
            out.amount("price_before", told.price_before).amount("price_after", told.price_after);
        }
    }
}
