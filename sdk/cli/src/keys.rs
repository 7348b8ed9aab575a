//! Key files. One that others may read is refused, and nothing of what is in one is ever printed.

use std::path::Path;

use anyhow::{Context, Result, bail};
use solana_keypair::{Keypair, read_keypair};

/// Reads a key file, as `solana-keygen` writes it.
///
/// Errors tell the path and what to do, never anything of the content: where there is no such file, where others than its
/// owner may read or write it, and where it holds no key.
pub fn load(path: &Path) -> Result<Keypair> {
    let shown = path.display();
    if path.to_string_lossy().contains("://") {
        bail!("{shown} is a hardware wallet, which keel does not speak to: name a key file with --keypair");
    }
    let mut file = std::fs::File::open(path).with_context(|| {
        format!("cannot open the key file {shown}: name one with --keypair, or make one with solana-keygen")
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            file.metadata().with_context(|| format!("cannot look at the key file {shown}"))?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!("others may read the key file {shown} (mode {:03o}): run `chmod 600 {shown}`", mode & 0o777);
        }
    }
    // The reader's own error could quote what it read.
    read_keypair(&mut file).map_err(|_| anyhow::anyhow!("{shown} holds no key: solana-keygen writes such files"))
}
