//! The same capital apart and pooled: the rule, the bars, and what is to be said against it.

use super::bars::{self, Bars};
use super::chart::colours;
use crate::capital::{CAPITAL, Capital, DISTANCES_PPM, MOVE_PPM};
use crate::figures::dollars;
use crate::paths::MARKETS;

/// The figure with its text.
pub fn render(capital: &Capital, names: &[String]) -> String {
    let (last, percent) = (DISTANCES_PPM.len() - 1, |ppm: u64| ppm as f64 / 10_000.0);
    let values = |column: &crate::capital::Column| (0..MARKETS).map(|market| column.usd(market, last)).collect();
    let bars = [
        Bars { name: "as the demo's LPs", colour: colours::GREY, values: values(&capital.providers) },
        Bars { name: "apart, by the rule", colour: colours::BLUE, values: values(&capital.apart) },
        Bars { name: "pooled, by the rule", colour: colours::ORANGE, values: values(&capital.pooled) },
        Bars { name: "the pool, by its strategies too", colour: colours::GREEN, values: values(&capital.pool) },
    ];
    let text = format!(
        "{} quote nothing but these ranges. The rule: as deep as it may while the account stays above maintenance when any \
         one of its markets runs through its range and moves on by {}% against it, the ranges of its other markets run \
         through at unmoved prices. Apart, each market has a fifth of the capital and is alone; pooled, all of it stands \
         behind whichever market moves: {:.2} times the depth. The pool's strategies are bounded too, so that a tenth of \
         the notional stays free for who wants to leave, and a part of it is set aside: {:.2} times. Against a move of all \
         markets at once pooling gains next to nothing: held to {}% of all at once it would be {:.2} times as deep as \
         apart; as deep as the rule allows it survives {:.1}%. The demo's LPs use half of their initial margin and are held \
         to no rule.",
        dollars(CAPITAL),
        percent(MOVE_PPM),
        capital.total_gain(&capital.pooled, last),
        capital.total_gain(&capital.pool, last),
        percent(MOVE_PPM),
        capital.gain_at_once,
        percent(capital.survives_at_once_ppm),
    );
    let unit = format!("USD within {}% of the index", percent(DISTANCES_PPM[last]));
    format!(
        "<figure><figcaption><h2>Depth from the same capital</h2><p>{text}</p></figcaption>{}</figure>",
        bars::render("Depth from the same capital", &unit, names, &bars)
    )
}
