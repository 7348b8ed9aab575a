//! Counters and gauges of the keeper, served for Prometheus at `/metrics`; `/health` answers while the process lives.
//!
//! The names are part of the interface: dashboards and alarms are made of them. Each has its description here, and the
//! exporter shows it as `# HELP`. Without an address nothing is served and recording costs next to nothing.

use std::net::SocketAddr;
use std::time::Duration;

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};

use crate::endpoints::Standing;
use crate::mirror::PriceOf;

/// Jobs by `kind` and `outcome` (`confirmed`, `failed`, `dropped`, `refused`, `expired`, `unsent`, `dry`).
pub const JOBS: &str = "keel_keeper_jobs_total";
/// Transactions handed to a node, re-sent ones included, by `kind`.
pub const SENDS: &str = "keel_keeper_sends_total";
/// Lamports paid as transaction fees.
pub const FEES: &str = "keel_keeper_fees_lamports_total";
/// Lamports received by confirmed transactions (tips and returned rent), before fees.
pub const EARNED: &str = "keel_keeper_earned_lamports_total";
/// Lamports put into accounts that confirmed transactions opened (rent), before fees.
pub const LAID_OUT: &str = "keel_keeper_laid_out_lamports_total";
/// What events say that the keeper's margin account was paid, in USDC atoms (a millionth of a dollar).
pub const PROFIT: &str = "keel_keeper_profit_usdc_atoms_total";
/// 1 for the state that an endpoint is in, by `endpoint` and `state`.
pub const ENDPOINT: &str = "keel_keeper_endpoint_state";
/// Mean time of an endpoint's answers, in seconds, by `endpoint`.
pub const LATENCY: &str = "keel_keeper_endpoint_latency_seconds";
/// The slot that an endpoint said last, by `endpoint`.
pub const ENDPOINT_SLOT: &str = "keel_keeper_endpoint_slot";
/// The highest slot that is believed.
pub const SLOT: &str = "keel_keeper_slot";
/// 1 while the stream is connected.
pub const STREAM: &str = "keel_keeper_stream_connected";
/// Seconds since the stream last said anything.
pub const STREAM_SILENCE: &str = "keel_keeper_stream_silence_seconds";
/// Slots that the newest account heard of is behind the believed slot.
pub const STREAM_LAG: &str = "keel_keeper_stream_lag_slots";
/// Complete readings of the program's accounts, by `reason` (`start`, `reconnect`, `silence`, `overflow`, `schedule`, `polling`).
pub const RESYNCS: &str = "keel_keeper_resyncs_total";
/// Updates that did not fit into the channel (each schedules a complete reading).
pub const OVERFLOWS: &str = "keel_keeper_stream_overflows_total";
/// Jobs that wait.
pub const QUEUE: &str = "keel_keeper_queue_length";
/// Jobs that are being sent.
pub const IN_FLIGHT: &str = "keel_keeper_in_flight";
/// Accounts known.
pub const ACCOUNTS: &str = "keel_keeper_accounts";
/// Accounts looked at by the last planning.
pub const LOOKED_AT: &str = "keel_keeper_accounts_looked_at";
/// Time of one planning, in seconds.
pub const PLAN_TIME: &str = "keel_keeper_plan_seconds";
/// Seconds since the price that the keeper knows of was published, by `market`.
pub const PRICE_AGE: &str = "keel_keeper_price_age_seconds";
/// The same of a bank's collateral, by `bank` and `feed` (`price`, `rate`).
pub const COLLATERAL_AGE: &str = "keel_keeper_collateral_price_age_seconds";

/// Starts serving at `address`; has to be called inside of the runtime.
pub fn serve(address: SocketAddr) -> Result<(), BuildError> {
    let buckets = [0.000_1, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0];
    PrometheusBuilder::new().set_buckets(&buckets)?.with_http_listener(address).install()?;
    describe();
    Ok(())
}

fn describe() {
    describe_counter!(JOBS, "Jobs by kind and outcome");
    describe_counter!(SENDS, "Transactions handed to a node, re-sent ones included");
    describe_counter!(FEES, "Lamports paid as transaction fees");
    describe_counter!(EARNED, "Lamports received by confirmed transactions (tips and returned rent), before fees");
    describe_counter!(LAID_OUT, "Lamports put into accounts that confirmed transactions opened, before fees");
    describe_counter!(PROFIT, "USDC atoms that the keeper's margin account was paid");
    describe_gauge!(ENDPOINT, "1 for the state that an endpoint is in");
    describe_gauge!(LATENCY, Unit::Seconds, "Mean time of an endpoint's answers");
    describe_gauge!(ENDPOINT_SLOT, "The slot that an endpoint said last");
    describe_gauge!(SLOT, "The highest slot that is believed");
    describe_gauge!(STREAM, "1 while the stream is connected");
    describe_gauge!(STREAM_SILENCE, Unit::Seconds, "Time since the stream last said anything");
    describe_gauge!(STREAM_LAG, "Slots that the newest account heard of is behind the believed slot");
    describe_counter!(RESYNCS, "Complete readings of the program's accounts, by reason");
    describe_counter!(OVERFLOWS, "Updates that did not fit into the channel");
    describe_gauge!(QUEUE, "Jobs that wait");
    describe_gauge!(IN_FLIGHT, "Jobs that are being sent");
    describe_gauge!(ACCOUNTS, "Accounts known");
    describe_gauge!(LOOKED_AT, "Accounts looked at by the last planning");
    describe_histogram!(PLAN_TIME, Unit::Seconds, "Time of one planning");
    describe_gauge!(PRICE_AGE, Unit::Seconds, "Time since a market's known price was published");
    describe_gauge!(
        COLLATERAL_AGE,
        Unit::Seconds,
        "Time since the known price or rate of a bank's collateral was published"
    );
    // Totals are shown from the start, so that an alarm sees the first one rise.
    for total in [FEES, EARNED, LAID_OUT, PROFIT, OVERFLOWS] {
        counter!(total).increment(0);
    }
}

/// A job came to an end.
pub fn job(kind: &'static str, outcome: &'static str) {
    counter!(JOBS, "kind" => kind, "outcome" => outcome).increment(1);
}

/// A transaction was handed to a node.
pub fn sent(kind: &'static str) {
    counter!(SENDS, "kind" => kind).increment(1);
}

/// What a confirmed transaction cost and brought.
pub fn booked(fee: u64, earned: u64, laid_out: u64, profit: u64) {
    counter!(FEES).increment(fee);
    counter!(EARNED).increment(earned);
    counter!(LAID_OUT).increment(laid_out);
    counter!(PROFIT).increment(profit);
}

/// What an endpoint is like.
pub fn endpoint(name: &str, standing: Standing, latency: Option<Duration>, slot: Option<u64>) {
    for state in Standing::ALL {
        let is = if state == standing { 1.0 } else { 0.0 };
        gauge!(ENDPOINT, "endpoint" => name.to_owned(), "state" => state.name()).set(is);
    }
    if let Some(latency) = latency {
        gauge!(LATENCY, "endpoint" => name.to_owned()).set(latency.as_secs_f64());
    }
    if let Some(slot) = slot {
        gauge!(ENDPOINT_SLOT, "endpoint" => name.to_owned()).set(number(slot));
    }
}

/// The highest slot that is believed.
pub fn slot(slot: u64) {
    gauge!(SLOT).set(number(slot));
}

/// Is the stream connected, and how long has it been silent?
pub fn stream(connected: bool, silence: Duration) {
    gauge!(STREAM).set(if connected { 1.0 } else { 0.0 });
    gauge!(STREAM_SILENCE).set(silence.as_secs_f64());
}

/// How far the newest account is behind.
pub fn stream_lag(slots: u64) {
    gauge!(STREAM_LAG).set(number(slots));
}

/// All accounts were read.
pub fn resync(reason: &'static str) {
    counter!(RESYNCS, "reason" => reason).increment(1);
}

/// An update did not fit.
pub fn overflow() {
    counter!(OVERFLOWS).increment(1);
}

/// How much waits and how much is under way.
pub fn queue(waiting: usize, in_flight: usize) {
    gauge!(QUEUE).set(count(waiting));
    gauge!(IN_FLIGHT).set(count(in_flight));
}

/// A planning.
pub fn planned(accounts: usize, looked_at: usize, took: Duration) {
    gauge!(ACCOUNTS).set(count(accounts));
    gauge!(LOOKED_AT).set(count(looked_at));
    histogram!(PLAN_TIME).record(took.as_secs_f64());
}

/// The age of a price.
pub fn price_age(of: PriceOf, secs: i64) {
    let age = u32::try_from(secs.max(0)).map_or(f64::INFINITY, f64::from);
    let gauge = match of {
        PriceOf::Market(market) => gauge!(PRICE_AGE, "market" => market.to_string()),
        PriceOf::Bank(bank) => gauge!(COLLATERAL_AGE, "bank" => bank.to_string(), "feed" => "price"),
        PriceOf::Rate(bank) => gauge!(COLLATERAL_AGE, "bank" => bank.to_string(), "feed" => "rate"),
    };
    gauge.set(age);
}

/// Exact up to 2^53, which no slot reaches.
fn number(value: u64) -> f64 {
    let (high, low) = (value >> 32, value & u64::from(u32::MAX));
    let part = |bits: u64| u32::try_from(bits).map_or(0.0, f64::from);
    part(high) * 4_294_967_296.0 + part(low)
}

fn count(value: usize) -> f64 {
    u64::try_from(value).map_or(f64::INFINITY, number)
}
