//! What the data of each kind of account begins with.
//! Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.

/// `Bank`.
pub const BANK: [u8; 8] = [43, 1, 157, 150, 152, 181, 247, 246];

/// `BuilderApproval`.
pub const BUILDER_APPROVAL: [u8; 8] = [169, 84, 59, 29, 166, 124, 3, 234];

/// `Change`.
pub const CHANGE: [u8; 8] = [171, 165, 237, 95, 38, 201, 25, 233];

/// `Exchange`.
pub const EXCHANGE: [u8; 8] = [11, 156, 88, 90, 121, 215, 86, 247];

/// `MarginAccount`.
pub const MARGIN_ACCOUNT: [u8; 8] = [111, 222, 42, 107, 177, 76, 38, 149];

/// `Market`.
pub const MARKET: [u8; 8] = [201, 78, 187, 225, 240, 198, 201, 251];

/// `PlacedOrder`.
pub const PLACED_ORDER: [u8; 8] = [79, 67, 112, 155, 214, 14, 32, 55];

/// `Pool`.
pub const POOL: [u8; 8] = [116, 210, 187, 119, 196, 196, 52, 137];

/// `PoolRequest`.
pub const POOL_REQUEST: [u8; 8] = [108, 23, 6, 158, 184, 6, 152, 121];

/// `Ranges`.
pub const RANGES: [u8; 8] = [15, 147, 93, 113, 202, 2, 113, 118];

/// `TickArray`.
pub const TICK_ARRAY: [u8; 8] = [253, 169, 215, 220, 82, 217, 14, 48];

/// `Ticket`.
pub const TICKET: [u8; 8] = [231, 93, 13, 18, 239, 66, 21, 45];
