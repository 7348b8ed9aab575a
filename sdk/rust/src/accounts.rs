//! What the program's accounts contain: an 8-byte discriminator and an engine struct, byte for byte.

use bytemuck::Pod;
use keel_engine::state::{
    Bank, BuilderApproval, Change, Exchange, MarginAccount, Market, PlacedOrder, Pool, PoolRequest, Ranges, TickArray,
    Ticket,
};

/// Bytes in front of the struct.
pub const DISCRIMINATOR_LEN: usize = 8;

/// A struct that is the content of one kind of account.
pub trait Stored: Pod {
    /// Name of the account's wrapper in the program and in its IDL.
    const NAME: &'static str;
    /// The first eight bytes of `sha256("account:" + NAME)`.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_LEN];
    /// Bytes of the whole account.
    const LEN: usize = DISCRIMINATOR_LEN + size_of::<Self>();
}

macro_rules! stored {
    ($($state:ty: $name:literal, $discriminator:expr;)*) => { $(
        impl Stored for $state {
            const NAME: &'static str = $name;
            const DISCRIMINATOR: [u8; DISCRIMINATOR_LEN] = $discriminator;
        }
    )* };
}

stored! {
    Exchange: "ExchangeAccount", [0x0b, 0x9c, 0x58, 0x5a, 0x79, 0xd7, 0x56, 0xf7];
    Bank: "BankAccount", [0x2b, 0x01, 0x9d, 0x96, 0x98, 0xb5, 0xf7, 0xf6];
    Market: "MarketAccount", [0xc9, 0x4e, 0xbb, 0xe1, 0xf0, 0xc6, 0xc9, 0xfb];
    TickArray: "TickArrayAccount", [0xfd, 0xa9, 0xd7, 0xdc, 0x52, 0xd9, 0x0e, 0x30];
    MarginAccount: "TraderAccount", [0x6f, 0xde, 0x2a, 0x6b, 0xb1, 0x4c, 0x26, 0x95];
    Ranges: "RangesAccount", [0x0f, 0x93, 0x5d, 0x71, 0xca, 0x02, 0x71, 0x76];
    Ticket: "TicketAccount", [0xe7, 0x5d, 0x0d, 0x12, 0xef, 0x42, 0x15, 0x2d];
    Change: "ChangeAccount", [0xab, 0xa5, 0xed, 0x5f, 0x26, 0xc9, 0x19, 0xe9];
    Pool: "PoolAccount", [0x74, 0xd2, 0xbb, 0x77, 0xc4, 0xc4, 0x34, 0x89];
    PoolRequest: "RequestAccount", [0x6c, 0x17, 0x06, 0x9e, 0xb8, 0x06, 0x98, 0x79];
    PlacedOrder: "OrderAccount", [0x4f, 0x43, 0x70, 0x9b, 0xd6, 0x0e, 0x20, 0x37];
    BuilderApproval: "ApprovalAccount", [0xa9, 0x54, 0x3b, 0x1d, 0xa6, 0x7c, 0x03, 0xea];
}

/// The struct in an account's data, copied; nothing if the discriminator or the length is another's.
pub fn decode<T: Stored>(data: &[u8]) -> Option<T> {
    let (discriminator, content) = data.split_at_checked(DISCRIMINATOR_LEN)?;
    let is_ours = discriminator == T::DISCRIMINATOR && content.len() == size_of::<T>();
    is_ours.then(|| bytemuck::pod_read_unaligned(content))
}

/// An account's data with this struct in it, as tests and local networks put it into place.
pub fn encode<T: Stored>(state: &T) -> Vec<u8> {
    [&T::DISCRIMINATOR, bytemuck::bytes_of(state)].concat()
}
