//! Decimal numbers, exactly: what a scenario writes, or a person types, becomes atoms without a float and without a silent
//! rounding.

use keel_engine::math::sqrt::sqrt_ratio_floor;
use keel_engine::math::wide::U256;
use keel_engine::units::{Price, SqrtPrice};

/// Decimals of a contract in base atoms.
pub const BASE: u32 = 9;
/// Decimals of a USD in quote atoms.
pub const QUOTE: u32 = 6;
/// Decimals of a price as it is published, at least.
pub const PRICE: u32 = 8;
/// Decimals of a price as it is published, at most.
pub const FINEST_PRICE: u32 = 12;

/// What ends a number that is in atoms already.
const RAW: &str = "raw";

/// `(-1)^negative * digits * 10^-decimals`, without needless zeros at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Below zero.
    pub negative: bool,
    /// All digits, without the point.
    pub digits: u128,
    /// How many of them stand behind the point.
    pub decimals: u32,
}

impl Decimal {
    /// Reads `-12.50`; with the suffix `raw` the digits count units of `10^-raw_decimals`. The error says what is allowed.
    pub fn parse(text: &str, raw_decimals: u32) -> Result<Self, String> {
        let malformed = || {
            format!("`{text}` is no amount: write digits with a point, like \"12.5\", or atoms, like \"12500000{RAW}\"")
        };
        let (number, raw) = match text.strip_suffix(RAW) {
            Some(number) => (number, true),
            None => (text, false),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if !raw && !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(malformed()),
            None => (number, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(malformed());
        }
        let fraction = fraction.trim_end_matches('0');
        let too_large = || format!("`{text}` is too large");
        let digits = format!("{whole}{fraction}").parse().map_err(|_| too_large())?;
        let decimals = if raw { raw_decimals } else { u32::try_from(fraction.len()).map_err(|_| too_large())? };
        Ok(Self { negative, digits, decimals })
    }

    /// The magnitude in units of `10^-decimals`. Errors when it is finer than that, or too large.
    pub fn magnitude(self, decimals: u32) -> Result<u128, String> {
        let places = decimals
            .checked_sub(self.decimals)
            .ok_or_else(|| format!("the amount is too precise: at most {decimals} decimals are served here"))?;
        let scale = 10u128.checked_pow(places);
        scale.and_then(|scale| self.digits.checked_mul(scale)).ok_or_else(|| "the amount is too large".to_owned())
    }

    /// USD for a contract as the bits of a [`Price`], rounded up or down. Errors beyond 64 bits.
    pub fn price_bits(self, round_up: bool) -> Result<u64, String> {
        let too_large = || format!("the price is too high: at most {} USD for a contract", 1u64 << 25);
        // A USD for a contract is 10^-3 quote atoms for a base atom.
        let divisor = 10u128.checked_pow(self.decimals + 3).ok_or_else(too_large)?;
        let whole = self.digits / divisor;
        if whole >> 16 != 0 || divisor >> 80 != 0 {
            return Err(too_large());
        }
        let rest = (self.digits % divisor) << 48;
        let bits = (whole << 48) + rest / divisor + u128::from(round_up && !rest.is_multiple_of(divisor));
        u64::try_from(bits).map_err(|_| too_large())
    }
}

/// The lowest (`round_up`) or highest `s` whose price is not beyond a bound: `peg * s^2 >= bound`, or `<= bound`.
pub fn sqrt_price_bound(bound: Price, peg: Price, round_up: bool) -> SqrtPrice {
    let Ok(floor) = sqrt_ratio_floor(bound.bits, peg.bits) else { return SqrtPrice::default() };
    // peg * s^2 has 48 + 128 fraction bits.
    let price = U256::product(floor.get(), floor.get()).checked_mul_64(peg.bits);
    let is_below = price.is_some_and(|price| price.is_below(U256::from_halves(u128::from(bound.bits), 0)));
    SqrtPrice::from_bits(floor.get() + u128::from(round_up && is_below))
}
