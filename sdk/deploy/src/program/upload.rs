//! A program's bytes written into a buffer account, in parts that go side by side.
//!
//! What is in the buffer already is not written again, whoever wrote it: the buffer is read, the parts that differ are
//! sent, and again, until none does.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::join_all;
use keel_sdk::address::UPGRADEABLE_LOADER;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_loader_v3_interface::instruction as loader;
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_system_interface::instruction::create_account_with_seed;
use solana_transaction_status_client_types::TransactionStatus;

use super::Program;
use crate::apply::Progress;
use crate::node::Node;

/// Bytes of a buffer account in front of the program: a tag and the optional authority.
const BUFFER_HEADER: usize = 37;
/// The tag of a buffer account; a flag and the authority follow.
const BUFFER_TAG: [u8; 4] = 1u32.to_le_bytes();
/// Bytes that one transaction writes, a priority fee beside it.
const PART: usize = 940;
/// Transactions under way at once.
const SIDE_BY_SIDE: usize = 16;
/// Transactions sent over one blockhash, after which progress is told.
const BATCH: usize = 128;
/// How often the buffer is read and what is missing sent again.
const ROUNDS: usize = 20;
/// Longest wait for the parts of a batch, in pauses.
const LOOKS: u32 = 100;
/// Pause between two looks at the parts of a batch.
const PAUSE: Duration = Duration::from_millis(100);

/// A buffer account.
pub(super) struct Buffer {
    pub(super) address: Pubkey,
    pub(super) seed: String,
}

/// Writes a program into its buffer, whatever of it is there already.
pub(super) async fn upload(
    node: &Node<'_>,
    deployer: &Keypair,
    program: &Program,
    progress: &mut Progress<'_>,
) -> Result<Buffer> {
    let buffer = Buffer::of(&deployer.pubkey(), program)?;
    let total = program.bytes().len().div_ceil(PART);
    for round in 0..ROUNDS {
        let Some(held) = contents(node, &buffer, deployer, program).await? else {
            create(node, &buffer, deployer, program).await?;
            progress.say(&format!("buffer {} for {} bytes", buffer.address, program.bytes().len()));
            progress.stop_here()?;
            continue;
        };
        let missing = missing(program, &held);
        if missing.is_empty() {
            return Ok(buffer);
        }
        if round == 0 {
            progress.say(&format!("buffer {}: goes on with {} of {total} parts", buffer.address, missing.len()));
        }
        write(node, &buffer, deployer, &missing, total, progress).await?;
    }
    bail!(
        "the buffer {} is not complete after {ROUNDS} rounds: is the node healthy? Run it again to go on",
        buffer.address
    )
}

/// What the buffer holds, if it is there. Errors where somebody else's account is in its place.
async fn contents(node: &Node<'_>, buffer: &Buffer, deployer: &Keypair, program: &Program) -> Result<Option<Vec<u8>>> {
    let Some(account) = node.account(&buffer.address).await?.filter(|account| account.lamports != 0) else {
        return Ok(None);
    };
    let header = [&BUFFER_TAG[..], &[1], deployer.pubkey().as_ref()].concat();
    let is_ours = account.owner == UPGRADEABLE_LOADER && account.data.starts_with(&header);
    ensure!(is_ours, "the account {} is no buffer of {}", buffer.address, deployer.pubkey());
    let held = account.data.get(BUFFER_HEADER..).unwrap_or_default();
    ensure!(held.len() >= program.bytes().len(), "the buffer {} is too short: close it", buffer.address);
    Ok(Some(held.to_vec()))
}

async fn create(node: &Node<'_>, buffer: &Buffer, deployer: &Keypair, program: &Program) -> Result<()> {
    let payer = deployer.pubkey();
    let space = BUFFER_HEADER.saturating_add(program.bytes().len());
    let lamports = node.rpc().get_minimum_balance_for_rent_exemption(space).await?;
    let create = create_account_with_seed(
        &payer,
        &buffer.address,
        &payer,
        &buffer.seed,
        lamports,
        u64::try_from(space)?,
        &UPGRADEABLE_LOADER,
    );
    // The loader's own pair of instructions, whose first makes an account with a key of its own.
    let initialize = loader::create_buffer(&payer, &buffer.address, &payer, lamports, program.bytes().len())?;
    let initialize = initialize.into_iter().nth(1).context("the loader has no instruction for a buffer")?;
    node.send(&[create, initialize], &[deployer]).await?;
    Ok(())
}

/// The parts of a program that a buffer does not hold, each with its offset.
fn missing<'p>(program: &'p Program, held: &[u8]) -> Vec<(usize, &'p [u8])> {
    let parts = program.bytes().chunks(PART).enumerate().map(|(index, part)| (index.saturating_mul(PART), part));
    parts.filter(|(at, part)| held.get(*at..).is_none_or(|held| !held.starts_with(part))).collect()
}

async fn write(
    node: &Node<'_>,
    buffer: &Buffer,
    deployer: &Keypair,
    missing: &[(usize, &[u8])],
    total: usize,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let mut done = total.saturating_sub(missing.len());
    for batch in missing.chunks(BATCH) {
        let blockhash = node.rpc().get_latest_blockhash().await?;
        let mut sent = Vec::with_capacity(batch.len());
        for group in batch.chunks(SIDE_BY_SIDE) {
            let writes: Vec<Vec<Instruction>> = group
                .iter()
                .map(|(at, part)| {
                    let at = u32::try_from(*at)?;
                    Ok(vec![loader::write(&buffer.address, &deployer.pubkey(), at, part.to_vec())])
                })
                .collect::<Result<_>>()?;
            let under_way = writes.iter().map(|write| node.throw(write, deployer, blockhash));
            // What did not come through is missing in the next round and sent again.
            sent.extend(join_all(under_way).await.into_iter().flatten());
        }
        landed(node, &sent).await?;
        done = done.saturating_add(batch.len());
        progress.say(&format!("{done} of {total} parts written"));
        progress.stop_here()?;
    }
    Ok(())
}

/// Waits until these are confirmed, for a while: what is missing then is found by reading the buffer.
async fn landed(node: &Node<'_>, sent: &[Signature]) -> Result<()> {
    let mut open: Vec<_> = sent.to_vec();
    for _ in 0..LOOKS {
        let statuses = node.rpc().get_signature_statuses(&open).await?.value;
        let commitment = node.rpc().commitment();
        let is_open = |status: &Option<TransactionStatus>| {
            !status.as_ref().is_some_and(|status| status.satisfies_commitment(commitment))
        };
        open = open.into_iter().zip(statuses).filter(|(_, status)| is_open(status)).map(|(sent, _)| sent).collect();
        if open.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
