//! One event for each state change, numbered without gaps, and none for what was refused.

use std::collections::BTreeMap;

use keel_chain_tests::{Cast, cases};
use keel_embedded::Chain;
use keel_engine::state::{Bank, Exchange, Market, Pool};
use keel_sdk::accounts::decode;
use keel_sdk::address;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// The sequence numbers of all accounts that an instruction may write, that are there, and that count their events, each
/// with all its bytes.
fn sequences(chain: &Chain, instruction: &Instruction) -> BTreeMap<Pubkey, (u64, Vec<u8>)> {
    let written = instruction.accounts.iter().filter(|meta| meta.is_writable);
    let numbered = written.filter_map(|meta| {
        let data = chain.data(&meta.pubkey)?;
        let market = decode::<Market>(data).map(|market| market.sequence);
        let bank = || decode::<Bank>(data).map(|bank| bank.sequence);
        let exchange = || decode::<Exchange>(data).map(|exchange| exchange.sequence);
        let pool = || decode::<Pool>(data).map(|pool| pool.sequence);
        Some((meta.pubkey, (market.or_else(bank).or_else(exchange).or_else(pool)?, data.to_vec())))
    });
    numbered.collect()
}

#[test]
fn one_for_each_state_change() {
    for make in cases::ALL.into_iter().skip(3) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let mut before = sequences(&cast.world.exchange.chain, &case.instruction);
        if case.name == "resolve" {
            // The exchange counts only what its insurance pays, which is nothing here.
            before.remove(&address::exchange());
        }
        if ["rebalance", "backstop"].contains(&case.name) {
            // The market counts what the pool does there.
            before.remove(&address::pool());
        }
        let executed = cast.world.send(case.instruction.clone());
        let after = sequences(&cast.world.exchange.chain, &case.instruction);
        // The trade, and what its builder was paid.
        let each = if case.name == "trade_with_builder" { 2 } else { 1 };
        let mut changed = Vec::new();
        for (address, (number, bytes)) in &before {
            // A market that is swept away has no number any more.
            let Some((now, bytes_now)) = after.get(address) else { continue };
            let is_changed = bytes != bytes_now;
            assert_eq!(*now, number + each * u64::from(is_changed), "{}: {address}", case.name);
            changed.extend(is_changed.then_some(*now));
        }
        // One for each account that counts and changed, because an event has one number.
        let is_view = case.name.starts_with("view_");
        // An execution is a trade, and something that happened to an order.
        let more = u64::from(case.name == "execute_order");
        let expected = changed.len().max(usize::from(!is_view)) as u64 * each + more;
        assert_eq!(executed.events.len() as u64, expected, "{}", case.name);
        // What has a sequence number begins with it, behind the event's discriminator.
        if let [number] = changed[..] {
            assert_eq!(executed.events[0][8..16], (number + 1 - each).to_le_bytes(), "{}", case.name);
        }
        let again = cast.world.send_unaudited(&[case.instruction]);
        if let Err(refused) = again {
            assert!(refused.logs.iter().all(|line| !line.starts_with("Program data")), "{}", case.name);
        }
    }
}
