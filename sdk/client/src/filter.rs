//! Filters for reading the program's accounts: by kind, and by an address in a field. The node applies them, so that only
//! what is asked for crosses the wire.

use core::mem::offset_of;

use keel_engine::state::{MarginAccount, PlacedOrder, PoolRequest, Ticket};
use keel_sdk::accounts::{DISCRIMINATOR_LEN, Stored};
use solana_pubkey::Pubkey;
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};

/// Accounts of one kind.
pub fn kind<T: Stored>() -> Vec<RpcFilterType> {
    let length = u64::try_from(T::LEN).unwrap_or(u64::MAX);
    vec![RpcFilterType::DataSize(length), bytes(0, &T::DISCRIMINATOR)]
}

/// Margin accounts of an owner.
pub fn owned_by(owner: &Pubkey) -> RpcFilterType {
    field(offset_of!(MarginAccount, owner), owner)
}

/// Margin accounts with a delegate.
pub fn delegated_to(delegate: &Pubkey) -> RpcFilterType {
    field(offset_of!(MarginAccount, delegate), delegate)
}

/// Orders of a margin account.
pub fn orders_of(account: &Pubkey) -> RpcFilterType {
    field(offset_of!(PlacedOrder, account), account)
}

/// Waiting withdrawals of a margin account.
pub fn tickets_of(account: &Pubkey) -> RpcFilterType {
    field(offset_of!(Ticket, account), account)
}

/// Requests to the pool of a margin account.
pub fn requests_of(account: &Pubkey) -> RpcFilterType {
    field(offset_of!(PoolRequest, account), account)
}

/// Accounts whose struct has this address at this offset.
pub fn field(offset: usize, address: &Pubkey) -> RpcFilterType {
    bytes(offset.saturating_add(DISCRIMINATOR_LEN), address.as_ref())
}

fn bytes(offset: usize, bytes: &[u8]) -> RpcFilterType {
    RpcFilterType::Memcmp(Memcmp::new_base58_encoded(offset, bytes))
}
