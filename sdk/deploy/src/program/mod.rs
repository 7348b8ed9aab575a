//! The program: its file, what of it is deployed, and how the one becomes the other.

mod loader;
mod upload;

pub use loader::{deploy_program, set_upgrade_authority, upgrade_program};

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use keel_sdk::address::UPGRADEABLE_LOADER;
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

use crate::node::Node;

/// Bytes in front of a program in its data account: a tag, the slot, and the optional authority.
pub(crate) const DATA_HEADER: usize = 45;
/// The tag of a program account; the address of its data account follows.
const PROGRAM_TAG: [u8; 4] = 2u32.to_le_bytes();
/// The tag of a data account.
const DATA_TAG: [u8; 4] = 3u32.to_le_bytes();

/// A program file.
#[derive(Clone)]
pub struct Program {
    bytes: Vec<u8>,
    sha256: String,
}

impl core::fmt::Debug for Program {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Program").field("bytes", &self.bytes.len()).field("sha256", &self.sha256).finish()
    }
}

impl Program {
    /// The program in these bytes. Errors where they are no ELF file.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        ensure!(bytes.starts_with(b"\x7fELF"), "this is no program: an ELF file is wanted");
        let sha256 = sha256_of(&bytes);
        Ok(Self { bytes, sha256 })
    }

    /// The program in a file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the program {}", path.display()))?;
        Self::new(bytes).with_context(|| path.display().to_string())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its hash: [`sha256_of`].
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// The hash by which a program is known: sha256 of its bytes without trailing zeros, in hexadecimal. The account that a
/// program is deployed in is longer than the program and ends in zeros; so the hash of both is the same.
pub fn sha256_of(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let digest = Sha256::digest(bytes.get(..end).unwrap_or_default());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A program as it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// Who may replace it; nobody, for ever.
    pub authority: Option<Pubkey>,
    /// Slot of the last deployment.
    pub slot: u64,
    /// Bytes that there is room for.
    pub room: usize,
    /// Its hash: [`sha256_of`].
    pub sha256: String,
}

impl Deployed {
    /// The program at an address, if one is deployed there. Errors where something else is there.
    pub async fn read(node: &Node<'_>, program_id: &Pubkey) -> Result<Option<Self>> {
        let data_address = data_address(program_id);
        let mut found = node.accounts(&[*program_id, data_address]).await?.into_iter();
        let (Some(program), data) = (found.next().flatten(), found.next().flatten()) else { return Ok(None) };
        if program.lamports == 0 {
            return Ok(None);
        }
        if program.owner != UPGRADEABLE_LOADER {
            bail!("the account {program_id} is of {}, not of the loader: is the address right?", program.owner);
        }
        let points_there =
            program.data.strip_prefix(&PROGRAM_TAG).is_some_and(|rest| rest.starts_with(data_address.as_ref()));
        ensure!(points_there, "the program {program_id} does not name its data account");
        let data = data.with_context(|| format!("the program {program_id} was closed: its address is lost"))?.data;
        ensure!(data.starts_with(&DATA_TAG), "the account {data_address} is no data account of a program");
        let (header, bytes) = data.split_at_checked(DATA_HEADER).context("the program's data account is too short")?;
        let slot = header.get(4..).and_then(|rest| rest.first_chunk::<8>()).copied().unwrap_or_default();
        let authority = match header.get(12..).and_then(|rest| rest.first_chunk::<33>()) {
            Some([1, authority @ ..]) => Some(Pubkey::from(*authority)),
            _ => None,
        };
        let (room, sha256) = (bytes.len(), sha256_of(bytes));
        Ok(Some(Self { authority, slot: u64::from_le_bytes(slot), room, sha256 }))
    }
}

/// The account of the loader that holds a program.
pub(crate) fn data_address(program_id: &Pubkey) -> Pubkey {
    Pubkey::find_program_address(&[program_id.as_ref()], &UPGRADEABLE_LOADER).0
}

/// Refuses a program on the chain that is not this file's, or not the one that was announced. Returns what is deployed.
pub async fn verify(
    node: &Node<'_>,
    program_id: &Pubkey,
    file: Option<&Program>,
    announced: Option<&str>,
) -> Result<Deployed> {
    let deployed = Deployed::read(node, program_id).await?;
    let deployed = deployed.with_context(|| format!("there is no program at {program_id}"))?;
    let wanted = [("the file", file.map(Program::sha256)), ("the announced program", announced)];
    for (whose, sha256) in wanted {
        if let Some(sha256) = sha256.filter(|sha256| !sha256.eq_ignore_ascii_case(&deployed.sha256)) {
            bail!("the program at {program_id} has hash {}, {whose} has {sha256}", deployed.sha256);
        }
    }
    Ok(deployed)
}
