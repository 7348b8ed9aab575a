//! The Pod structs that *are* the accounts' contents. Used in place, 8-byte aligned, padding explicit, all of whose bit
//! patterns are valid. Sizes and offsets are pinned by `tests/layout.rs` and documented in `docs/layouts.md`.

mod account;
mod bank;
mod exchange;
mod market;
mod order;
mod pool;
mod ranges;
mod ticks;

pub use account::{DELEGATE_MARKETS, MAX_BANKS, MAX_POSITIONS, MarginAccount, Position, USDC};
pub use bank::{Bank, SAMPLES};
pub use exchange::{CHANGE_LENGTH, Change, Exchange, Ticket};
pub use market::{ARRAY_BITMAP_WORDS, GUARD_SLOTS, HOURS, MARK_RING_MAX, Market, Mode, ReplacedIndex};
pub use order::{BuilderApproval, PlacedOrder};
pub use pool::{Pool, PoolRequest, Strategy};
pub use ranges::{MAX_RANGES, Range, Ranges};
pub use ticks::{TICKS_PER_ARRAY, Tick, TickArray};
