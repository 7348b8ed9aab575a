//! Standing orders, written.

use keel_engine::Side;
use keel_engine::orders::{ALL_OR_NOTHING, DROP_REST, REDUCE_ONLY};

use super::{Line, contracts, raw};
use crate::orders::{OrderAct, Placing};
use crate::scenario::ordered::ORDER_KINDS;

impl Line<'_> {
    pub(super) fn order_act(self, act: &OrderAct) -> Self {
        let (who, number, by) = act.parts();
        let line = self.who("who", who);
        let line = match number {
            Some(number) => line.value("order", number),
            None => line,
        };
        match *act {
            OrderAct::Place { market, ref placing, .. } => line.market(market).placing(placing).signer(by, who),
            OrderAct::Cancel { .. } => line.signer(by, who),
            OrderAct::Execute { .. } | OrderAct::Clean { .. } => line.who("by", by),
        }
    }

    fn placing(self, Placing { terms, starts_at, expires_at }: &Placing) -> Self {
        let kind = ORDER_KINDS.get(usize::from(terms.kind.number())).copied().unwrap_or_default();
        let base = contracts(terms.amount);
        let base = if terms.side == Side::Sell { base.replacen('"', "\"-", 1) } else { base };
        let mut line = self.word("kind", kind).value("base", base);
        let prices = [terms.below, terms.below_limit, terms.above, terms.above_limit];
        for (key, price) in ["below", "below_limit", "above", "above_limit"].into_iter().zip(prices) {
            line = if price.bits == 0 { line } else { line.value(key, raw(price.bits)) };
        }
        let counts = [terms.slices.into(), terms.interval_secs.into(), terms.catch_up.into(), terms.tip];
        for (key, count) in ["slices", "interval_secs", "catch_up", "tip"].into_iter().zip(counts) {
            line = if count == 0 { line } else { line.value(key, count) };
        }
        for (key, secs) in [("starts_at", starts_at), ("expires_at", expires_at)] {
            line = secs.map_or_else(|| line.clone_of(), |secs| line.clone_of().value(key, secs));
        }
        line = if terms.min_fill == 0 { line } else { line.value("min_fill", contracts(terms.min_fill)) };
        let flags = [("reduce_only", REDUCE_ONLY), ("all_or_nothing", ALL_OR_NOTHING), ("drop_rest", DROP_REST)];
        for (key, flag) in flags {
            line = if terms.flags & flag == 0 { line } else { line.value(key, true) };
        }
        line
    }
}
