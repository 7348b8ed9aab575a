//! Key files. One that others may read is refused, and nothing of what is in one is ever printed: errors tell its path and
//! what to do.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use solana_keypair::Keypair;

/// Why a key could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The path is a hardware wallet's.
    #[error("{path} is a hardware wallet, which is not spoken to: name a key file")]
    Hardware {
        /// Where it is.
        path: String,
    },
    /// The file cannot be read.
    #[error(
        "the key file {path} cannot be read ({reason}): name one that you own, or make one with `solana-keygen new`"
    )]
    Unreadable {
        /// Where it is.
        path: String,
        /// What the system said.
        reason: io::Error,
    },
    /// Others may read the file.
    #[error(
        "others may read the key file {path} (mode {mode:03o}): run `chmod 600 {path}`, and think of the key as known"
    )]
    Exposed {
        /// Where it is.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds no key.
    #[error("{path} holds no key: a key file is a JSON array of 64 numbers, as `solana-keygen new` writes it")]
    Malformed {
        /// Where it is.
        path: String,
    },
}

/// Where the service manager puts credentials of a unit.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The key in a file as the Solana tools write it.
///
/// Errors: see [`KeyError`]. Group and others may do nothing with the file, unless it is a credential that the service
/// manager hands to this process.
pub fn load(path: &Path) -> Result<Keypair, KeyError> {
    load_beside(path, std::env::var_os(CREDENTIALS).as_deref().map(Path::new))
}

/// The same, where the service manager keeps credentials in a folder: it admits the unit's user by an access list, which
/// shows as a group that may read.
pub fn load_beside(path: &Path, credentials: Option<&Path>) -> Result<Keypair, KeyError> {
    let shown = || path.display().to_string();
    let unreadable = |reason| KeyError::Unreadable { path: shown(), reason };
    if path.to_string_lossy().contains("://") {
        return Err(KeyError::Hardware { path: shown() });
    }
    // Permissions are those of what is then read: the file is opened once.
    let mut file = File::open(path).map_err(unreadable)?;
    let mode = permissions(&file).map_err(unreadable)?;
    let is_credential = credentials.is_some_and(|folder| path.parent() == Some(folder));
    let forbidden = if is_credential { 0o037 } else { 0o077 };
    if mode & forbidden != 0 {
        return Err(KeyError::Exposed { path: shown(), mode });
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(unreadable)?;
    let malformed = || KeyError::Malformed { path: shown() };
    let bytes: Vec<u8> = serde_json::from_slice(&text).map_err(|_| malformed())?;
    Keypair::try_from(bytes.as_slice()).map_err(|_| malformed())
}

#[cfg(unix)]
fn permissions(file: &File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn permissions(file: &File) -> io::Result<u32> {
    file.metadata().map(|_| 0o600)
}
