//! From a genesis file to a running exchange, over RPC: what there is on the chain is compared with what the file
//! wants, the difference is a [`Plan`] that everybody can read, and the plan is applied.
//!
//! Guarantees:
//! - Nothing is done that the plan did not show. A plan with a refusal does nothing at all.
//! - Applying is idempotent: after each step the chain is read again, so whoever is interrupted anywhere runs it again
//!   and it completes, and no step is done twice.
//! - Before the launch the admin sets everything up without delay; after it what differs is queued, and the plan says
//!   from when on it may be executed. The plan executes what is due.
//! - Rules and bounds are the engine's; nothing is judged by a copy of them.
//!
//! `keel deploy` shows plans and applies them, `keel-localnet` brings its exchange up by one.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod action;
mod apply;
mod chain;
mod changes;
mod feed;
mod keys;
mod node;
mod plan;
mod program;
mod request;
mod rules;
mod show;
mod terms;

pub use apply::Progress;
pub use feed::feed_account;
pub use keys::Keys;
pub use node::{Node, SendError};
pub use plan::{Plan, State, Step};
pub use program::{Deployed, Program, deploy_program, set_upgrade_authority, sha256_of, upgrade_program, verify};
pub use request::Request;
