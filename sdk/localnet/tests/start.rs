use std::time::Instant;
use keel_localnet::{Localnet, Options};
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;
#[test]
fn starts() {
    let t = Instant::now();
    let network = Localnet::start_telling(&Options::new().unwrap(), &mut |line| println!("{:?} {line}", t.elapsed())).unwrap();
    println!("ready in {:?}", t.elapsed());
    let rpc = RpcClient::new(network.rpc_url());
    println!("{:?} {:?} {:?}", rpc.get_version(), rpc.get_genesis_hash(), rpc.get_balance(&network.keys.alice.pubkey()));
    for _ in 0..6 {
        let c = rpc.get_account(&"SysvarC1ock11111111111111111111111111111111".parse().unwrap()).unwrap();
        println!("slot {:?} height {:?} unix {} wall {:?}", rpc.get_slot_with_commitment(solana_commitment_config::CommitmentConfig::processed()), rpc.get_block_height(), i64::from_le_bytes(c.data[32..40].try_into().unwrap()), std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64());
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    println!("{:?}", network.prices());
    let t = Instant::now(); network.advance(3600).unwrap(); println!("advance {:?}", t.elapsed());
    println!("{:?}", rpc.get_token_account_balance(&keel_sdk::address::token_account(&network.keys.alice.pubkey(), &network.mint())));
    println!("{:?} {}", rpc.get_token_supply(&network.mint()), rpc.get_account(&keel_sdk::address::PROGRAM_ID).unwrap().executable);
    let t = Instant::now();
    for i in 0..1000u64 {
        let hash = rpc.get_latest_blockhash().unwrap();
        let ix = solana_instruction::Instruction { program_id: keel_sdk::address::SYSTEM_PROGRAM, accounts: vec![solana_instruction::AccountMeta::new(network.keys.alice.pubkey(), true), solana_instruction::AccountMeta::new(network.keys.bob.pubkey(), false)], data: [&2u32.to_le_bytes()[..], &(i+1).to_le_bytes()].concat() };
        let tx = solana_transaction::Transaction::new_signed_with_payer(&[ix], Some(&network.keys.alice.pubkey()), &[&network.keys.alice], hash);
        let sig = rpc.send_transaction_with_config(&tx, solana_rpc_client_api::config::RpcSendTransactionConfig { preflight_commitment: Some(solana_commitment_config::CommitmentLevel::Processed), ..Default::default() }).unwrap();
        let mut polls = 0;
        loop { polls += 1; if let Some(s) = rpc.get_signature_statuses(&[sig]).unwrap().value[0].clone() { assert!(s.err.is_none()); break; } }
        if i % 200 == 0 { println!("{i} polls {polls} {:?}", t.elapsed()); }
    }
    println!("1000 in {:?}, slot {:?}", t.elapsed(), rpc.get_slot());
    let t = Instant::now(); network.stop().unwrap(); println!("stop {:?}", t.elapsed());
}
