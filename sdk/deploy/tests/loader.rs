//! The loader: a program deployed for the first time at the address of a key, on an empty network; its hash; replaced;
//! handed over.

mod network;

use std::ops::ControlFlow;

use keel_deploy::{
    Deployed, Node, Program, Progress, deploy_program, set_upgrade_authority, sha256_of, upgrade_program, verify,
};
use keel_localnet::{Localnet, Options};
use network::{marked, program, stranger};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_signer::Signer;

#[test]
fn a_hash_is_that_of_the_bytes_without_trailing_zeros() {
    // sha256 of "abc", as everybody knows it.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256_of(b"abc"), abc);
    assert_eq!(sha256_of(b"abc\0\0\0"), abc);
    assert_ne!(sha256_of(b"\0abc"), abc);
    assert!(Program::new(b"#!/bin/sh".to_vec()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn deployed_on_an_empty_network_then_replaced_by_a_longer_one_then_nobodys() {
    let options = Options { bare: true, ..Options::new().unwrap() };
    let localnet = Localnet::start(&options).unwrap();
    let rpc = RpcClient::new_with_commitment(localnet.rpc_url(), CommitmentConfig::confirmed());
    let (node, deployer, key) = (Node::new(&rpc), &localnet.keys.admin, stranger());
    let address = key.pubkey();
    let program = program();
    assert!(Deployed::read(&node, &address).await.unwrap().is_none());

    // Interrupted in the middle of its upload, it goes on where it was.
    let mut stop =
        |line: &str| if line.ends_with("parts written") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let mut progress = Progress::new(&mut stop);
    let room = Some(program.bytes().len());
    let first = deploy_program(&node, deployer, &key, &program, room, &mut progress).await;
    assert!(first.unwrap_err().to_string().contains("stopped"));
    assert!(Deployed::read(&node, &address).await.unwrap().is_none());
    let mut lines = Vec::new();
    let mut listen = |line: &str| {
        lines.push(line.to_owned());
        ControlFlow::Continue(())
    };
    let mut progress = Progress::new(&mut listen);
    deploy_program(&node, deployer, &key, &program, room, &mut progress).await.unwrap();
    assert!(lines.iter().any(|line| line.contains("goes on with")), "{lines:?}");

    let deployed = verify(&node, &address, Some(&program), Some(program.sha256())).await.unwrap();
    assert_eq!((deployed.authority, deployed.room), (Some(deployer.pubkey()), program.bytes().len()));
    assert_eq!(deployed.sha256, program.sha256());

    // Once more is nothing; another program is not put over it.
    let slot = deployed.slot;
    let mut listen = |_: &str| ControlFlow::Continue(());
    let mut progress = Progress::new(&mut listen);
    deploy_program(&node, deployer, &key, &program, None, &mut progress).await.unwrap();
    let longer = Program::new(marked(&[7; 5_000])).unwrap();
    assert!(deploy_program(&node, deployer, &key, &longer, None, &mut progress).await.is_err());
    assert_eq!(Deployed::read(&node, &address).await.unwrap().unwrap().slot, slot);

    // Who is not the authority replaces nothing.
    let thief = localnet.keys.alice.insecure_clone();
    assert!(upgrade_program(&node, &thief, &address, &longer, &mut progress).await.is_err());
    assert!(verify(&node, &address, Some(&longer), None).await.unwrap_err().to_string().contains("has hash"));

    // Longer than there is room for: the room grows first.
    upgrade_program(&node, deployer, &address, &longer, &mut progress).await.unwrap();
    let deployed = verify(&node, &address, Some(&longer), None).await.unwrap();
    assert!(deployed.room >= longer.bytes().len(), "{}", deployed.room);

    set_upgrade_authority(&node, deployer, &address, None).await.unwrap();
    assert_eq!(Deployed::read(&node, &address).await.unwrap().unwrap().authority, None);
    assert!(upgrade_program(&node, deployer, &address, &program, &mut progress).await.is_err());
    assert!(set_upgrade_authority(&node, deployer, &address, Some(&thief.pubkey())).await.is_err());
}
