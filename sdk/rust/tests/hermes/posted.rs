//! The receiver's accounts and instructions, against addresses that clusters have and against the published interface.

use keel_sdk::address::SYSTEM_PROGRAM;
use keel_sdk::hermes::{PostUpdateAtomic, Proven, Receiver, ReclaimRent, Vaa, current_guardian_set, guardians};
use keel_sdk::pyth;
use sha2::{Digest, Sha256};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;

use crate::made;

const PAYER: Pubkey = Pubkey::new_from_array([1; 32]);
const PRICE: Pubkey = Pubkey::new_from_array([2; 32]);

fn address(text: &str) -> Pubkey {
    text.parse().unwrap()
}

fn feed(id: &str) -> [u8; 32] {
    core::array::from_fn(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
}

#[test]
fn accounts_are_where_clusters_have_them() {
    let sol = feed("ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d");
    let btc = feed("e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43");

    let core = Receiver::CORE;
    assert_eq!(core.config(), address("DaWUKXCyXsnzcvLUyeJRWou8KTn7XtadgTsdhJ6RHS7b"));
    assert_eq!(core.treasury(0), address("8hQfT7SVhkCrzUSgBq6u2wYEt1sH3xmofZ5ss3YaydZW"));
    assert_eq!(core.guardian_set(1), address("8d9szTd157GKCLcxBqiLUgB7mek3v65rbsy2ErRyjwQ5"));
    assert_eq!(core.guardian_set(4), address("5gxPdahvSzcKySxXxPuRXZZ9s6h8hZ88XDVKavWpaQGn"));
    assert_eq!(core.feed_account(0, &sol), address("7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE"));
    assert_eq!(core.feed_account(0, &btc), address("4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo"));
    assert_eq!(core.feed_account(3, &btc), pyth::feed_account(3, &btc));

    let compatible = Receiver::COMPATIBLE;
    assert_eq!(compatible.config(), address("H3R4M45f2gyqp6geVUruapzZdyxpgGZ96UnWkDM3ndye"));
    assert_eq!(compatible.guardian_set(1), address("59LY6jV5LcoEdXrhNhX7AJQmW1gHUHQWSLy3299CgGBY"));
    assert_eq!(compatible.feed_account(0, &sol), address("7AviUf9nL62mcxNbQGKm4nKDQnPjswo6c5MX4D57HmyE"));
    assert_eq!(compatible.feed_account(0, &btc), address("APgzQGGdv2qCgBkX6aHVkrGePtBVDDg68GiqaM7rmtf5"));
}

#[test]
fn a_receiver_is_known_by_its_program() {
    for receiver in [Receiver::CORE, Receiver::COMPATIBLE] {
        assert_eq!(Receiver::of(&receiver.program), Some(receiver));
    }
    assert_eq!(Receiver::of(&PAYER), None);
}

#[test]
fn a_quorum_is_what_the_receiver_calls_full() {
    assert_eq!([5, 19].map(|members| Receiver::COMPATIBLE.quorum(members)), [3, 10]);
    assert_eq!([5, 19].map(|members| Receiver::CORE.quorum(members)), [4, 13]);
}

#[test]
fn guardian_sets_are_read_in_both_layouts() {
    let members = [[0xaa; 20], [0xbb; 20], [0xcc; 20]];
    let legacy = [&1_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), members.as_flattened(), &[0; 8]].concat();
    let tagged = [&Sha256::digest("account:GuardianSet")[..8], &legacy].concat();
    assert_eq!(guardians(&legacy).unwrap(), members);
    assert_eq!(guardians(&tagged).unwrap(), members);
    assert!(guardians(&legacy[..40]).is_err());
    assert!(guardians(&[0xff; 24]).is_err(), "four billion members");
    assert_eq!(current_guardian_set(&7_u32.to_le_bytes()), Some(7));
    assert_eq!(current_guardian_set(&[0; 3]), None);
}

#[test]
fn posting_names_accounts_and_data_as_the_receiver_reads_them() {
    let body = made::body(&[9; 20]);
    let vaa = made::vaa(1, &[[1; 66]; 3], &body);
    let message = Proven { message: vec![5; 85], proof: vec![[6; 20]; 12] };
    let receiver = Receiver::COMPATIBLE;
    let post =
        PostUpdateAtomic { receiver, payer: PAYER, price: PRICE, vaa: Vaa::parse(&vaa).unwrap(), message, treasury: 3 };
    let instruction = post.instruction().unwrap();
    assert_eq!(instruction.program_id, receiver.program);
    let metas = vec![
        AccountMeta::new(PAYER, true),
        AccountMeta::new_readonly(receiver.guardian_set(1), false),
        AccountMeta::new_readonly(receiver.config(), false),
        AccountMeta::new(receiver.treasury(3), false),
        AccountMeta::new(PRICE, true),
        AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
        AccountMeta::new_readonly(PAYER, true),
    ];
    assert_eq!(instruction.accounts, metas);
    let mut data = Sha256::digest("global:post_update_atomic")[..8].to_vec();
    data.extend(292_u32.to_le_bytes());
    data.extend(&vaa);
    data.extend(85_u32.to_le_bytes());
    data.extend([5; 85]);
    data.extend(12_u32.to_le_bytes());
    data.extend([6; 240]);
    data.push(3);
    assert_eq!(instruction.data, data);
}

#[test]
fn reclaiming_closes_the_account_for_the_payer() {
    let instruction = ReclaimRent { receiver: Receiver::CORE, payer: PAYER, price: PRICE }.instruction();
    assert_eq!(instruction.program_id, pyth::RECEIVER);
    assert_eq!(instruction.accounts, [AccountMeta::new(PAYER, true), AccountMeta::new(PRICE, false)]);
    assert_eq!(instruction.data, Sha256::digest("global:reclaim_rent")[..8]);
}
