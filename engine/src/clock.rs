//! What time it is.

/// The cluster's clock, as every rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Unix time, in seconds.
    pub unix: i64,
    /// Slot.
    pub slot: u64,
}
