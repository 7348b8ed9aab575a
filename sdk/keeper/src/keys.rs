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

/// The keypair in a file as the Solana tools write it. Refuses a file that group or others may read.
pub fn load(path: &Path) -> Result<Keypair, KeyError> {
    let shown = path.display().to_string();
    let unreadable = |reason| KeyError::Unreadable { path: path.display().to_string(), reason };
    let mode = permissions(path).map_err(unreadable)?;
    if mode & 0o077 != 0 {
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
