//! Every client against the local network, each as its users run it: programs as processes, everything else over RPC.
//!
//! [`Network`] is the local network's program with its keys; [`Program`] any of the built programs; [`Person`] somebody who
//! uses the Rust SDK. The tests in `tests/` tell the stories.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod network;
pub mod person;
pub mod program;

pub use network::Network;
pub use person::Person;
pub use program::Program;

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Whole dollars as quote atoms.
pub const fn dollars(amount: u64) -> u64 {
    amount * 1_000_000
}

/// Asks until there is an answer. Errors where there is none within that time, naming what was waited for, and with what
/// asking errs with.
pub fn wait_for<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if started.elapsed() > within {
            bail!("waited {} s in vain for {what}", within.as_secs());
        }
        sleep(Duration::from_millis(200));
    }
}
