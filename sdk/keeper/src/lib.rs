//! temporary
#![forbid(unsafe_code)]
#![deny(missing_docs)]
pub mod config;
pub mod endpoints;
pub mod feed;
pub mod job;
pub mod keys;
pub mod metrics;
pub mod profit;
pub mod secret;
pub mod sender;
