//! Amounts of money, in quote atoms, printed in dollars.

use std::fmt::{Display, Formatter, Result};
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

/// Quote atoms in a dollar.
const ATOMS: i64 = 1_000_000;

/// An amount in quote atoms, a millionth of a dollar each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub i64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole dollars.
    pub const fn of(dollars: i64) -> Self {
        Self(dollars * ATOMS)
    }

    /// As a number of dollars, for comparing orders of magnitude.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / ATOMS as f64
    }

    /// The distance from another amount.
    pub const fn distance(self, other: Self) -> Self {
        Self((self.0 - other.0).abs())
    }
}

impl From<u64> for Usd {
    fn from(atoms: u64) -> Self {
        Self(i64::try_from(atoms).expect("an amount beyond 2^63"))
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Usd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Display for Usd {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (whole, rest) =
            (self.0.unsigned_abs() / ATOMS.unsigned_abs(), self.0.unsigned_abs() % ATOMS.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{rest:06} USD")
    }
}
