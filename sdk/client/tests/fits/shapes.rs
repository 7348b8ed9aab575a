//! Accounts of several shapes, and the exchange's lookup table that knows all markets.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use keel_engine::Side;
use keel_engine::book::array_index;
use keel_engine::curve::Exact;
use keel_engine::math::bitmap::assign;
use keel_engine::state::{MarginAccount, Market, Ranges};
use keel_engine::trade::Order;
use keel_sdk::accounts::encode;
use keel_sdk::address;
use keel_sdk::chain::Accounts;
use keel_sdk::hermes::Receiver;
use keel_sdk::instructions::{Leg, Trade, TradeLegs};
use keel_sdk::path::Reach;
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;

/// Markets of the exchange.
const MARKETS: u16 = 8;
/// Ticks of one array at the markets' spacing.
const ARRAY: i32 = 64 * SPACING as i32;
const SPACING: u32 = 2;
/// Arrays on each side of the price that hold an initialised tick.
const DEEP: i32 = 12;
/// Array index of the first bit in a market's bitmap of tick arrays.
const FIRST_ARRAY: i32 = -2_344;

/// The chain that instructions are built from.
pub struct Shape {
    pub name: &'static str,
    pub owner: Pubkey,
    pub account: Pubkey,
    accounts: BTreeMap<Pubkey, Vec<u8>>,
}

impl Accounts for Shape {
    fn get(&self, address: &Pubkey) -> Option<Vec<u8>> {
        self.accounts.get(address).cloned()
    }
}

impl Shape {
    /// An account of an owner with positions in so many markets and these ranges `(market, lower, upper)` in arrays.
    pub fn new(name: &'static str, owner: Pubkey, positions: u16, held: &[(u16, i32, i32)]) -> Self {
        let account = address::margin_account(&owner, 0);
        let mut shape = Self { name, owner, account, accounts: BTreeMap::new() };
        for number in 1..=MARKETS {
            shape.accounts.insert(address::market(number), encode(&market(number)));
        }
        let mut state = MarginAccount::zeroed();
        state.owner = owner.to_bytes();
        for (position, market) in state.positions.iter_mut().zip(1..=positions) {
            position.market = market;
        }
        state.ranges = u8::try_from(held.len()).unwrap();
        let mut ranges = Ranges::zeroed();
        for (range, (market, lower, upper)) in ranges.ranges.iter_mut().zip(held) {
            (range.market, range.lower, range.upper) = (*market, lower * ARRAY, upper * ARRAY);
        }
        shape.accounts.insert(account, encode(&state));
        shape.accounts.insert(address::ranges(&account), encode(&ranges));
        shape
    }

    /// A trade in market 1.
    pub fn trade(&self, price: Pubkey) -> Instruction {
        let trade = Trade {
            authority: self.owner,
            account: self.account,
            market: 1,
            price,
            side: Side::Buy,
            exact: Exact::Base(1),
            limit: None,
            reduce_only: false,
            all_or_nothing: false,
            reach: Reach::default(),
        };
        trade.instruction(self).unwrap()
    }

    /// Trades in the first markets, one for each price.
    pub fn legs(&self, prices: &[Pubkey]) -> Instruction {
        let order =
            Order { side: Side::Buy, exact: Exact::Base(1), limit: None, reduce_only: false, all_or_nothing: false };
        let leg = |(market, price): (u16, &Pubkey)| Leg { market, price: *price, order, reach: Reach::default() };
        let legs = (1..).zip(prices).map(leg).collect();
        TradeLegs { authority: self.owner, account: self.account, legs }.instruction(self).unwrap()
    }
}

/// A market around whose price tick arrays are initialised.
fn market(number: u16) -> Market {
    let mut market = Market::zeroed();
    market.index_number = number;
    market.params.tick_spacing = SPACING;
    for array in -DEEP..=DEEP {
        assert!(assign(&mut market.arrays, u32::try_from(array - FIRST_ARRAY).unwrap(), true));
    }
    market
}

/// The exchange's table, as `tables::wanted` fills it: markets and their arrays, what posts prices, programs.
pub fn exchange_table(receiver: &Receiver) -> AddressLookupTableAccount {
    let mut addresses = vec![address::SYSTEM_PROGRAM, address::TOKEN_PROGRAM, address::exchange()];
    addresses.extend([receiver.config(), receiver.treasury(0), receiver.guardian_set(1)]);
    for number in 1..=MARKETS {
        addresses.push(address::market(number));
        let ends = -DEEP..=DEEP;
        addresses.extend(ends.map(|array| address::tick_array(number, array_index(array * ARRAY, SPACING).unwrap())));
    }
    assert!(addresses.len() <= 256, "{}", addresses.len());
    AddressLookupTableAccount { key: Pubkey::new_from_array([0xa1; 32]), addresses }
}
