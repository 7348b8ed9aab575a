//! The keeper's key, read from a file that nobody else can read. The key is never printed: errors tell the path alone.

use std::fs;
use std::path::Path;

use solana_keypair::Keypair;

/// Why a key could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("the key file {path} cannot be read ({reason}): check its path and owner")]
    Unreadable {
        /// Where it is.
        path: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Others may read the file.
    #[error("the key file {path} may be read by others (mode {mode:03o}): run `chmod 600 {path}`")]
    Exposed {
        /// Where it is.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds no key.
    #[error("the key file {path} holds no keypair: it is a JSON array of 64 numbers, as `solana-keygen new` writes it")]
    Malformed {
        /// Where it is.
        path: String,
    },
}

/// Where the service manager puts credentials of a unit.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The keypair in a file as the Solana tools write it. Refuses a file that group or others may read.
pub fn load(path: &Path) -> Result<Keypair, KeyError> {
    load_beside(path, std::env::var_os(CREDENTIALS).as_deref().map(Path::new))
}

/// The same, where the service manager keeps credentials in a folder: it admits the unit's user by an access list, which
/// shows as a group that may read.
pub fn load_beside(path: &Path, credentials: Option<&Path>) -> Result<Keypair, KeyError> {
    let shown = path.display().to_string();
    let unreadable = |reason| KeyError::Unreadable { path: path.display().to_string(), reason };
    let mode = permissions(path).map_err(unreadable)?;
    let is_credential = credentials.is_some_and(|folder| path.parent() == Some(folder));
    let forbidden = if is_credential { 0o037 } else { 0o077 };
    if mode & forbidden != 0 {
        return Err(KeyError::Exposed { path: shown, mode });
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let bytes: Vec<u8> = serde_json::from_str(&text).map_err(|_| KeyError::Malformed { path: shown.clone() })?;
    Keypair::try_from(bytes.as_slice()).map_err(|_| KeyError::Malformed { path: shown })
}

#[cfg(unix)]
fn permissions(path: &Path) -> std::io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn permissions(path: &Path) -> std::io::Result<u32> {
    fs::metadata(path).map(|_| 0o600)
}
