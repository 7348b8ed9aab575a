//! The loader's instructions: a program deployed from a buffer, replaced by one, handed over.
//!
//! Each of these may be run again after an interruption: the buffer's address follows from who deploys and from the
//! program's hash, so a half-written one is found and completed, and what is deployed already is left alone.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use solana_keypair::Keypair;
use solana_loader_v3_interface::instruction as loader;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::upload::{Buffer, upload};
use super::{Deployed, Program};
use crate::apply::Progress;
use crate::node::Node;

/// Pause between two looks at the slot.
const SLOT_PAUSE: Duration = Duration::from_millis(200);
/// How often the slot is looked at.
const SLOT_LOOKS: usize = 300;

/// The least number of bytes by which the loader extends a program.
const LEAST_GROWTH: usize = 10_240;

/// How long a program may become before its account has to be extended: a quarter longer than it is.
const fn with_room(bytes: usize) -> usize {
    bytes.saturating_add(bytes / 4)
}

/// Deploys a program for the first time, at the address of a key. `room` is how long it may become; without it a
/// quarter longer than it is. Nothing is done where this program is deployed already.
pub async fn deploy_program(
    node: &Node<'_>,
    deployer: &Keypair,
    program_key: &Keypair,
    program: &Program,
    room: Option<usize>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let program_id = program_key.pubkey();
    if let Some(deployed) = Deployed::read(node, &program_id).await? {
        ensure!(deployed.sha256 == program.sha256(), "another program is deployed at {program_id}: replace it instead");
        return Ok(());
    }
    let room = room.unwrap_or(with_room(program.bytes().len()));
    ensure!(room >= program.bytes().len(), "the program has {} bytes, its room is {room}", program.bytes().len());
    let buffer = upload(node, deployer, program, progress).await?;
    let lamports = node.rpc().get_minimum_balance_for_rent_exemption(36).await?;
    let instructions = loader::deploy_with_max_program_len(
        &deployer.pubkey(),
        &program_id,
        &buffer.address,
        &deployer.pubkey(),
        lamports,
        room,
    )?;
    progress.say(&format!("deploys {program_id} with room for {room} bytes"));
    node.send(&instructions, &[deployer, program_key]).await?;
    Ok(())
}

/// Replaces a program by another. Nothing is done where it is deployed already. Errors where the key may not.
pub async fn upgrade_program(
    node: &Node<'_>,
    authority: &Keypair,
    program_id: &Pubkey,
    program: &Program,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let deployed = Deployed::read(node, program_id).await?.context("there is no program to replace")?;
    if deployed.sha256 == program.sha256() {
        return Ok(());
    }
    if deployed.authority != Some(authority.pubkey()) {
        bail!("the upgrade authority is {:?}: sign with its key", deployed.authority);
    }
    let buffer = upload(node, authority, program, progress).await?;
    let missing = program.bytes().len().saturating_sub(deployed.room);
    if missing != 0 {
        extend(node, authority, program_id, missing.max(LEAST_GROWTH), progress).await?;
    }
    // The loader changes a program once in a slot.
    next_slot(node, Deployed::read(node, program_id).await?.map_or(0, |deployed| deployed.slot)).await?;
    progress.say(&format!("replaces {program_id}"));
    let upgrade = loader::upgrade(program_id, &buffer.address, &authority.pubkey(), &authority.pubkey());
    node.send(&[upgrade], &[authority]).await?;
    Ok(())
}

/// Makes a program's account longer.
async fn extend(
    node: &Node<'_>,
    authority: &Keypair,
    program_id: &Pubkey,
    bytes: usize,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let bytes = u32::try_from(bytes)?;
    progress.say(&format!("extends {program_id} by {bytes} bytes"));
    let (payer, at) = (authority.pubkey(), Deployed::read(node, program_id).await?.map_or(0, |deployed| deployed.slot));
    next_slot(node, at).await?;
    let checked = loader::extend_program_checked(program_id, &payer, Some(&payer), bytes);
    if node.send(&[checked], &[authority]).await.is_err() {
        // Clusters where only the older form is served.
        node.send(&[loader::extend_program(program_id, Some(&payer), bytes)], &[authority]).await?;
    }
    Ok(())
}

/// Waits until the cluster is past a slot.
async fn next_slot(node: &Node<'_>, slot: u64) -> Result<()> {
    for _ in 0..SLOT_LOOKS {
        if node.rpc().get_slot().await? > slot {
            return Ok(());
        }
        tokio::time::sleep(SLOT_PAUSE).await;
    }
    bail!("the cluster does not get past slot {slot}")
}

/// Hands a program over; to nobody, for ever, where there is no new authority. The new one does not sign: it may be a
/// multisig's address.
pub async fn set_upgrade_authority(
    node: &Node<'_>,
    authority: &Keypair,
    program_id: &Pubkey,
    new: Option<&Pubkey>,
) -> Result<()> {
    node.send(&[loader::set_upgrade_authority(program_id, &authority.pubkey(), new)], &[authority]).await?;
    Ok(())
}

impl Buffer {
    /// The account that a deployer writes this program into: it follows from both, so whoever goes on finds it.
    pub(super) fn of(deployer: &Pubkey, program: &Program) -> Result<Self> {
        let seed = program.sha256().get(..32).context("a hash is longer")?.to_owned();
        let address = Pubkey::create_with_seed(deployer, &seed, &keel_sdk::address::UPGRADEABLE_LOADER)?;
        Ok(Self { address, seed })
    }
}
