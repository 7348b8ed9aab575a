//! Filters look where the field is.

use bytemuck::Zeroable;
use keel_client::filter;
use keel_engine::state::{MarginAccount, PlacedOrder, PoolRequest, Ticket};
use keel_sdk::accounts::encode;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::filter::RpcFilterType;

const WANTED: Pubkey = Pubkey::new_from_array([7; 32]);

fn passes(filter: &RpcFilterType, data: &[u8]) -> bool {
    match filter {
        RpcFilterType::Memcmp(compare) => compare.bytes_match(data),
        RpcFilterType::DataSize(size) => *size == data.len() as u64,
        RpcFilterType::TokenAccountState => panic!(),
    }
}

#[test]
fn each_field_filter_passes_its_field_alone() {
    let wanted = WANTED.to_bytes();
    let cases = [
        (filter::owned_by(&WANTED), encode(&MarginAccount { owner: wanted, ..MarginAccount::zeroed() })),
        (filter::delegated_to(&WANTED), encode(&MarginAccount { delegate: wanted, ..MarginAccount::zeroed() })),
        (filter::orders_of(&WANTED), encode(&PlacedOrder { account: wanted, ..PlacedOrder::zeroed() })),
        (filter::tickets_of(&WANTED), encode(&Ticket { account: wanted, ..Ticket::zeroed() })),
        (filter::requests_of(&WANTED), encode(&PoolRequest { account: wanted, ..PoolRequest::zeroed() })),
    ];
    for (number, (filter, data)) in cases.iter().enumerate() {
        assert!(passes(filter, data), "{number}");
        assert!(!passes(filter, &vec![0; data.len()]), "{number}");
    }
    assert!(!passes(&cases[0].0, &cases[1].1), "a delegate is no owner");
}

#[test]
fn each_kind_passes_its_own_accounts_alone() {
    let account = encode(&MarginAccount::zeroed());
    assert!(filter::kind::<MarginAccount>().iter().all(|filter| passes(filter, &account)));
    for filters in [filter::kind::<PlacedOrder>(), filter::kind::<Ticket>(), filter::kind::<PoolRequest>()] {
        assert!(!filters.iter().all(|filter| passes(filter, &account)));
    }
}
