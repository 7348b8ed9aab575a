//! Answers of the program's view instructions, and their return data. The structs are the engine's: whoever has the
//! accounts computes the same by the same functions without a transaction ([`keel_engine::views`]).

use bytemuck::Pod;

pub use keel_engine::views::VERSION;
pub use keel_engine::views::auction::AuctionView;
pub use keel_engine::views::delta::DeltaView;
pub use keel_engine::views::fee::FeeView;
pub use keel_engine::views::fill::FillView;
pub use keel_engine::views::funding::FundingView;
pub use keel_engine::views::health::{HealthView, PositionView};
pub use keel_engine::views::liquidation_price::LiquidationPriceView;
pub use keel_engine::views::payout::PayoutView;
pub use keel_engine::views::pool::PoolView;

/// An answer.
pub trait View: Pod {}

impl View for AuctionView {}
impl View for DeltaView {}
impl View for FeeView {}
impl View for FillView {}
impl View for FundingView {}
impl View for HealthView {}
impl View for LiquidationPriceView {}
impl View for PayoutView {}
impl View for PoolView {}

/// The answer in return data; nothing if it is of another length or version. A chain cuts zeros off its end.
pub fn decode<V: View>(data: &[u8]) -> Option<V> {
    let mut whole = V::zeroed();
    let bytes = bytemuck::bytes_of_mut(&mut whole);
    let part = bytes.get_mut(..data.len())?;
    part.copy_from_slice(data);
    let version = bytes.first_chunk().map(|version| u32::from_le_bytes(*version));
    (version == Some(VERSION)).then_some(whole)
}
