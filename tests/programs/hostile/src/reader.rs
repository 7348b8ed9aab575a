//! Reading a script: every read is in bounds or the script is wrong.

use pinocchio::error::ProgramError;

/// What of a script has not been read yet.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next bytes. Errors where there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], ProgramError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ProgramError::InvalidInstructionData)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next bytes as they are.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ProgramError> {
        self.take(N)?.try_into().map_err(|_| ProgramError::InvalidInstructionData)
    }

    /// A byte.
    pub fn byte(&mut self) -> Result<u8, ProgramError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number of two bytes.
    pub fn short(&mut self) -> Result<u16, ProgramError> {
        self.array().map(u16::from_le_bytes)
    }

    /// A number of eight bytes.
    pub fn long(&mut self) -> Result<u64, ProgramError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], ProgramError> {
        let count = self.short()?;
        self.take(count.into())
    }
}
