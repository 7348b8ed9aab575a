//! The keeper of a Keel exchange: what is known of it, what there is to do, in which order, and how it is sent.
//!
//! [`mirror::Mirror`] is the exchange as last heard, whoever told it; [`brain::plan`] looks at it and answers with
//! [`job::Job`]s. Neither speaks to a network nor reads a clock, so both are tested without one. Sizes, health and what an
//! instruction would do are the engine's own functions on copies, never a formula of the keeper's.
//!
//! Between brain and nodes: [`feed`] tells the mirror what happens, [`sender`] turns jobs into transactions that take effect
//! once, both through [`endpoints`], which are several and may fail or lie; [`prices`] brings prices that nobody pushes in
//! time; [`service`] is the loop around them. [`config`] is what an operator says, [`metrics`] and [`profit`] what he hears.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod brain;
pub mod config;
pub mod endpoints;
pub mod feed;
pub mod job;
pub mod limits;
pub mod metrics;
pub mod mirror;
pub mod prices;
pub mod profit;
pub mod secret;
pub mod sender;
pub mod service;
