//! Markets that are behind: nobody traded in them for long, or their mark does not stand for the price yet.

use keel_engine::closing::is_closed;
use keel_engine::params::MILLION;
use keel_engine::state::Market;
use keel_engine::units::{Factor, Price};
use keel_sdk::address;
use keel_sdk::instructions::Refresh;

use super::draft::{Front, Round, key};
use super::ground::Fresh;
use crate::job::{Kind, Profit};

/// Adds a refresh for each market that is behind.
pub(super) fn plan(round: &mut Round) {
    let ground = round.ground;
    for (number, fresh) in &ground.fresh.markets {
        let Some(stored) = ground.mirror.market(*number) else { continue };
        let Some(price) = fresh.price else { continue };
        if is_closed(stored) || !is_due(round, stored, fresh) {
            continue;
        }
        let refresh = Refresh { market: *number, price: price.account };
        let key = key(Kind::Refresh, address::market(*number), *number, stored.accrued_at);
        // It refreshes itself, so nothing goes in front of it.
        round.add(key, Ok(refresh.instruction()), &Front::default().refreshing(*number), Profit::default(), false);
    }
}

fn is_due(round: &Round, stored: &Market, fresh: &Fresh) -> bool {
    let now = round.ground.now.unix;
    let params = &stored.params;
    // Half of what the mark's owners may still use.
    let longest = params.max_age_mark_secs.div_ceil(2).min(round.limits.refresh_secs.max(1));
    let rested = now.saturating_sub(stored.accrued_at);
    let brings = fresh.is_behind || stored.session != 0;
    if brings && rested >= i64::from(longest) {
        return true;
    }
    let step_is_over = now.saturating_sub(stored.mark_time) >= i64::from(params.mark_step_secs);
    let samples = stored.mark_samples.iter().take(usize::from(stored.mark_count));
    let stands = samples
        .chain([&stored.index])
        .all(|sample| is_near(*sample, fresh.market.index, round.limits.refresh_move_ppm));
    step_is_over && !stands
}

/// Whether two prices differ by no more than so many parts per million of the second.
pub(super) fn is_near(a: Price, b: Price, ppm: u32) -> bool {
    a.bits.abs_diff(b.bits) <= Factor::from_ppm(ppm.min(MILLION)).of_ceil(b.bits)
}
