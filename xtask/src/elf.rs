//! Reads which version of sBPF a compiled program is for.

use crate::Result;

const MAGIC: &[u8] = b"\x7fELF";
/// 64-bit, little endian.
const CLASS: &[u8] = &[2, 1];
/// `EM_BPF` and `EM_SBPF`.
const MACHINES: [u16; 2] = [247, 263];

/// The sBPF version in the file header's flags.
pub fn sbpf_version(file: &[u8]) -> Result<u32> {
    let header = file.get(..64).ok_or("the file is too short for an ELF header")?;
    if &header[..4] != MAGIC || &header[4..6] != CLASS {
        return Err("the file is not a 64-bit little-endian ELF".into());
    }
    let machine = u16::from_le_bytes([header[18], header[19]]);
    if !MACHINES.contains(&machine) {
        return Err(format!("the file is for machine {machine}, not for sBPF").into());
    }
    Ok(u32::from_le_bytes([header[48], header[49], header[50], header[51]]))
}
