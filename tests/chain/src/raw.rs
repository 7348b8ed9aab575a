//! Instructions as bytes: a discriminator and arguments of any value, for what the SDK does not let one say.

use solana_instruction::{AccountMeta, Instruction};

/// The kind of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Unsigned, of that many bytes.
    Unsigned(usize),
    /// Signed, of that many bytes.
    Signed(usize),
    /// Bytes without an order.
    Bytes(usize),
}

impl Argument {
    /// Its length in bytes.
    pub const fn len(self) -> usize {
        match self {
            Self::Unsigned(len) | Self::Signed(len) | Self::Bytes(len) => len,
        }
    }

    /// Whether it takes no room.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The values at the edges of its type, little-endian.
    pub fn edges(self) -> Vec<Vec<u8>> {
        let len = self.len();
        let small = |value: u8| {
            let mut bytes = vec![0; len];
            if let Some(first) = bytes.first_mut() {
                *first = value;
            }
            bytes
        };
        let topped = |low: u8, top: u8| {
            let mut bytes = vec![0xff; len];
            bytes[0] = low;
            if top != 0xff {
                let last = len - 1;
                bytes[last] = if last == 0 { low & top } else { top };
            }
            bytes
        };
        match self {
            Self::Unsigned(_) => vec![small(0), small(1), topped(0xfe, 0xff), topped(0xff, 0xff)],
            Self::Signed(_) => {
                let mut least = vec![0; len];
                least[len - 1] = 0x80;
                let mut next = least.clone();
                next[0] |= 1;
                vec![small(0), small(1), vec![0xff; len], topped(0xfe, 0x7f), topped(0xff, 0x7f), least, next]
            }
            Self::Bytes(_) => vec![vec![0; len], vec![0xff; len]],
        }
    }
}

/// The same accounts with other data.
pub fn with_data(instruction: &Instruction, data: Vec<u8>) -> Instruction {
    Instruction { data, ..instruction.clone() }
}

/// The same data with one more account at the end.
pub fn with_account(instruction: &Instruction, meta: AccountMeta) -> Instruction {
    let mut bent = instruction.clone();
    bent.accounts.push(meta);
    bent
}
