//! Instruction data as bytes: arguments of any value, for what the SDK does not let one say.

use solana_instruction::Instruction;

/// The kind of an argument, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Unsigned.
    Unsigned(usize),
    /// Signed.
    Signed(usize),
    /// Without an order.
    Bytes(usize),
}

impl Argument {
    /// Bytes that it takes.
    pub const fn size(self) -> usize {
        match self {
            Self::Unsigned(size) | Self::Signed(size) | Self::Bytes(size) => size,
        }
    }

    /// The values at the edges of its type, little-endian: 0, 1 and the two largest; -1 before these and the two smallest
    /// behind them where it has a sign; all bits clear and all set where it has no order.
    pub fn edges(self) -> Vec<Vec<u8>> {
        let bytes = |lowest: u8, between: u8, highest: u8| {
            let mut bytes = vec![between; self.size()];
            bytes[self.size() - 1] = highest;
            bytes[0] = lowest;
            bytes
        };
        match self {
            Self::Unsigned(_) => vec![bytes(0, 0, 0), bytes(1, 0, 0), bytes(0xfe, 0xff, 0xff), bytes(0xff, 0xff, 0xff)],
            Self::Signed(_) => vec![
                bytes(0, 0, 0),
                bytes(1, 0, 0),
                bytes(0xff, 0xff, 0xff),
                bytes(0xfe, 0xff, 0x7f),
                bytes(0xff, 0xff, 0x7f),
                bytes(0, 0, 0x80),
                bytes(1, 0, 0x80),
            ],
            Self::Bytes(_) => vec![bytes(0, 0, 0), bytes(0xff, 0xff, 0xff)],
        }
    }
}

/// The same accounts with other data.
pub fn with_data(instruction: &Instruction, data: Vec<u8>) -> Instruction {
    Instruction { data, ..instruction.clone() }
}
