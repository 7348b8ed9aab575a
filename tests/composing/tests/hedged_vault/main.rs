//! The hedged vault on the compiled programs.

mod accounts;
mod attacks;
mod band;
mod compute;
mod crash;
mod exit;
mod funding;
mod history;
mod making;
mod shares;
mod swaps;
