//! The keeper of a Keel exchange: what is known of it, what there is to do, and in which order.
//!
//! [`mirror::Mirror`] is the exchange as last heard, whoever told it; [`brain::plan`] looks at it and answers with
//! [`job::Job`]s. Neither speaks to a network nor reads a clock, so both are tested without one. Sizes, health and what an
//! instruction would do are the engine's own functions on copies, never a formula of the keeper's.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod brain;
pub mod job;
pub mod limits;
pub mod mirror;
