//! Lookup tables: what an exchange's table should hold, making one, loading it, and choosing those that make a message
//! smaller.
//!
//! An address in a table costs a message one byte in place of 32; a table that is used costs 34. Programs that are called
//! and accounts that sign cannot come out of one. So an exchange keeps one table of what every trade names, and a trader
//! with many ranges may keep another of their own accounts.

use std::collections::BTreeSet;

use keel_engine::Side;
use keel_engine::book::Place;
use keel_engine::state::{Bank, Market};
use keel_sdk::address::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_sdk::hermes::{Receiver, current_guardian_set};
use keel_sdk::path::{self, Reach};
use solana_address_lookup_table_interface::instruction::{create_lookup_table, extend_lookup_table};
use solana_address_lookup_table_interface::program;
use solana_address_lookup_table_interface::state::{AddressLookupTable, LOOKUP_TABLE_MAX_ADDRESSES};
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;

use crate::clock::{self, CLOCK};
use crate::error::{ClientError, Result};
use crate::nonblocking::Client;

/// Addresses that one instruction adds: as many as fit into a transaction of its own.
const EXTENSION: usize = 25;
/// Fewest addresses that pay for a table.
const WORTHWHILE: usize = 2;
/// Shard of the sponsored feeds.
const SHARD: u16 = 0;
/// The treasury that clients pay fees of price updates to.
pub const TREASURY: u8 = 0;

/// Those of the tables that make a message smaller, the most useful first.
pub fn choose(
    payer: &Pubkey,
    instructions: &[Instruction],
    tables: &[AddressLookupTableAccount],
) -> Vec<AddressLookupTableAccount> {
    let metas = || instructions.iter().flat_map(|instruction| &instruction.accounts);
    let fixed: BTreeSet<_> = instructions
        .iter()
        .map(|instruction| instruction.program_id)
        .chain(metas().filter(|meta| meta.is_signer).map(|meta| meta.pubkey))
        .chain([*payer])
        .collect();
    let mut open: BTreeSet<_> = metas().map(|meta| meta.pubkey).filter(|address| !fixed.contains(address)).collect();
    let mut chosen = Vec::new();
    loop {
        let saved = |table: &&AddressLookupTableAccount| {
            table.addresses.iter().collect::<BTreeSet<_>>().into_iter().filter(|address| open.contains(address)).count()
        };
        let best = tables.iter().map(|table| (saved(&table), table)).max_by_key(|(count, _)| *count);
        let Some((_, table)) = best.filter(|(count, _)| *count >= WORTHWHILE) else { return chosen };
        table.addresses.iter().for_each(|address| {
            open.remove(address);
        });
        chosen.push(table.clone());
    }
}

/// What an exchange's table should hold, the most used first, at most as many as one table has room for: exchange, banks
/// and vaults, markets with their price accounts, the pool, the programs and sysvars that instructions name, what posts
/// prices, and as many tick arrays around each market's price as there is room for.
pub async fn wanted(client: &Client) -> Result<Vec<Pubkey>> {
    let markets = client.markets().await?;
    let banks = client.banks().await?;
    let mut receivers = Vec::new();
    for (_, market) in &markets {
        receivers.extend(Receiver::of(&market.price_owner.into()).filter(|receiver| !receivers.contains(receiver)));
    }
    let bridges: Vec<_> = receivers.iter().map(Receiver::bridge).collect();
    let bridges = client.accounts(&bridges).await?.into_iter().zip(&receivers);
    let sets =
        bridges.filter_map(|(bridge, receiver)| Some(receiver.guardian_set(current_guardian_set(&bridge?.data)?)));
    Ok(listed(&markets, &banks, &receivers, &sets.collect::<Vec<_>>()))
}

/// The list of [`wanted`], from what it has read.
fn listed(
    markets: &[(u16, Market)],
    banks: &[(Pubkey, Bank)],
    receivers: &[Receiver],
    guardian_sets: &[Pubkey],
) -> Vec<Pubkey> {
    let mut list = vec![TOKEN_PROGRAM, SYSTEM_PROGRAM, INSTRUCTIONS_SYSVAR, address::exchange()];
    for (address, bank) in banks {
        list.extend([*address, bank.vault.into(), bank.mint.into()]);
    }
    for (number, market) in markets {
        list.push(address::market(*number));
        list.extend(price_account(market));
    }
    list.extend(receivers.iter().flat_map(|receiver| [receiver.config(), receiver.treasury(TREASURY)]));
    list.extend(guardian_sets);
    let pool = address::pool_account();
    list.extend([address::pool(), pool, address::ranges(&pool), address::share_mint(), address::share_vault()]);
    let near: Vec<_> = markets.iter().map(|(number, market)| (*number, nearest_arrays(market))).collect();
    let longest = near.iter().map(|(_, arrays)| arrays.len()).max().unwrap_or(0);
    for rank in 0..longest {
        let of_rank = near.iter().filter_map(|(number, arrays)| Some((*number, *arrays.get(rank)?)));
        list.extend(of_rank.map(|(number, index)| address::tick_array(number, index)));
    }
    let mut seen = BTreeSet::new();
    list.retain(|address| seen.insert(*address));
    list.truncate(LOOKUP_TABLE_MAX_ADDRESSES);
    list
}

/// Where a market's sponsored price is kept, if its receiver is a known one.
pub fn price_account(market: &Market) -> Option<Pubkey> {
    let receiver = Receiver::of(&market.price_owner.into())?;
    Some(receiver.feed_account(SHARD, &market.feed_id))
}

/// A market's tick arrays that hold an initialised tick, the nearest to its price first.
fn nearest_arrays(market: &Market) -> Vec<i32> {
    let far = Reach { ahead: LOOKUP_TABLE_MAX_ADDRESSES, behind: LOOKUP_TABLE_MAX_ADDRESSES };
    let here = Place::of(market.cursor).array;
    let mut arrays: Vec<_> = path::arrays(market, Side::Buy, far).into_iter().collect();
    arrays.sort_by_key(|index| index.abs_diff(here));
    arrays
}

/// The instruction that makes a table under an authority, and its address. The slot must be one of the last few that the
/// cluster has finished; a table is usable from the slot after.
pub fn create(authority: &Pubkey, payer: &Pubkey, recent_slot: u64) -> (Instruction, Pubkey) {
    create_lookup_table(*authority, *payer, recent_slot)
}

/// The instructions that add addresses to a table, each for a transaction of its own.
pub fn extend(table: &Pubkey, authority: &Pubkey, payer: &Pubkey, addresses: &[Pubkey]) -> Vec<Instruction> {
    let parts = addresses.chunks(EXTENSION);
    parts.map(|part| extend_lookup_table(*table, *authority, Some(*payer), part.to_vec())).collect()
}

/// A table as it is usable now: without what was added in this very slot. Errors with `NoTable` where there is none, or
/// one that is being closed.
pub async fn load(client: &Client, address: &Pubkey) -> Result<AddressLookupTableAccount> {
    let mut found = client.accounts(&[*address, CLOCK]).await?.into_iter();
    let (table, clock) = (found.next().flatten(), found.next().flatten());
    let slot = clock::of(clock)?.slot;
    let table = table.filter(|table| table.owner == program::ID).ok_or(ClientError::NoTable(*address))?;
    let content = AddressLookupTable::deserialize(&table.data).map_err(|_| ClientError::NoTable(*address))?;
    if content.meta.deactivation_slot != u64::MAX {
        return Err(ClientError::NoTable(*address));
    }
    let usable = match slot > content.meta.last_extended_slot {
        true => content.addresses.len(),
        false => usize::from(content.meta.last_extended_slot_start_index),
    };
    let addresses = content.addresses.iter().take(usable).copied().collect();
    Ok(AddressLookupTableAccount { key: *address, addresses })
}
