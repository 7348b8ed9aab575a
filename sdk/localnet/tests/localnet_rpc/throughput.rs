//! How many trades one client can have confirmed in a second, one after another.

use std::time::{Duration, Instant};

use keel_client::SendOptions;
use keel_engine::Side;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::scene::{THOUSAND, client, liquidity, network, open, rpc, trade, turn};

/// Trades that are measured.
const TRADES: u32 = 1_000;

/// Sends trades that are composed already, each over the latest blockhash and waited for. Returns each one's time.
#[test]
#[ignore = "a measurement: cargo test --workspace --test localnet_rpc -- --ignored --nocapture throughput"]
fn throughput_of_trades_one_after_another() {
    let _turn = turn();
    let (rpc, client, keeper) = (rpc(), client(), &network().keys.keeper);
    liquidity(&client);
    let account = open(&client, keeper, 7, 1_000 * THOUSAND);
    let mut times = Vec::new();
    for number in 0..TRADES {
        let side = if number % 2 == 0 { Side::Buy } else { Side::Sell };
        let trade = trade(keeper, account, side, THOUSAND / 10 + u64::from(number));
        let instruction = client.gather(|accounts| trade.instruction(accounts)).unwrap();
        let began = Instant::now();
        let blockhash = rpc.get_latest_blockhash().unwrap();
        let payer = Some(keeper.pubkey());
        let signed = Transaction::new_signed_with_payer(&[instruction], payer.as_ref(), &[keeper], blockhash);
        let signature = rpc.send_transaction(&signed).unwrap();
        while rpc.get_signature_statuses(&[signature]).unwrap().value[0].is_none() {}
        times.push(began.elapsed());
    }
    tell("plain RPC", &mut times);

    let mut times = Vec::new();
    for number in 0..TRADES {
        let side = if number % 2 == 0 { Side::Sell } else { Side::Buy };
        let trade = trade(keeper, account, side, THOUSAND / 10 + u64::from(number));
        let began = Instant::now();
        let instruction = client.gather(|accounts| trade.instruction(accounts)).unwrap();
        client.send(&[instruction], &[keeper], &SendOptions::default()).unwrap();
        times.push(began.elapsed());
    }
    tell("keel-client", &mut times);
}

fn tell(who: &str, times: &mut [Duration]) {
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{who}: {TRADES} trades in {total:?}, median {median:?}, one in a hundred above {late:?}");
}
