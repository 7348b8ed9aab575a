//! Off hours as protocol.md section 4 defines them, a second at a time in rationals: the index that walks, the peg that
//! returns. Rounded where the definition works in whole units (a speed is whole per second or per step), and near it
//! elsewhere.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive};

use super::{Real, clamp, floor, int, power, price, root};

/// Parameters.
#[derive(Clone, Debug)]
pub struct Terms {
    pub gap: i64,
    pub step: i64,
    pub speed_ppm: u32,
    pub band_ppm: u32,
    pub offset_ppm: u32,
    pub stable_ppm: u32,
    pub max_age_mark: i64,
    pub floating: bool,
}

/// What time moves, prices and offset in 2^-48.
#[derive(Clone, Debug)]
pub struct Session {
    pub unix: i64,
    pub asleep: bool,
    pub origin: BigInt,
    pub s: BigInt,
    pub has_liquidity: bool,
    pub guarded: bool,
    pub index: BigInt,
    pub index_time: i64,
    pub peg: BigInt,
    pub offset: BigInt,
    pub stable: BigInt,
    /// Whether the peg has moved: where it stops is only known to the last bits of `1/s`.
    pub returned: bool,
}

/// Parts per million, exactly.
fn share(ppm: u32) -> Real {
    Real::new(ppm.into(), 1_000_000.into())
}

/// A part of a number of units, in whole units.
fn part(of: &BigInt, share: Real) -> BigInt {
    floor(&(Real::from(of.clone()) * share))
}

/// `from` moved towards a target by at most that much.
fn towards(from: &BigInt, target: &BigInt, most: BigInt) -> BigInt {
    from + (target - from).clamp(-&most, most)
}

impl Session {
    pub fn index(&self) -> u64 {
        self.index.to_u64().unwrap()
    }

    pub fn peg(&self) -> u64 {
        self.peg.to_u64().unwrap()
    }

    /// The square of `s` cut to 48 fraction bits, cut to as many.
    fn x(&self) -> Real {
        let s: BigInt = &self.s >> 16;
        price((&s * &s) >> 48)
    }

    /// One second passes.
    pub fn second(&mut self, terms: &Terms) {
        if !self.asleep && terms.gap != 0 && !self.guarded && self.unix - self.index_time >= terms.gap {
            self.asleep = true;
            self.origin = self.index.clone();
        }
        let stable = part(&self.index, share(terms.stable_ppm) / int(3_600));
        self.stable = towards(&self.stable, &self.index, stable);
        let fresh = self.unix < self.index_time + terms.max_age_mark;
        self.unix += 1;
        if self.asleep {
            if self.unix % terms.step == 0 && self.has_liquidity {
                self.walk(terms);
            }
        } else if self.unix % terms.step == 0 && terms.floating && fresh && !self.guarded && self.offset != power(48) {
            self.come_back(terms);
        }
    }

    fn walk(&mut self, terms: &Terms) {
        let curve = floor(&(self.x() * Real::from(self.peg.clone())));
        let room = part(&self.origin, share(terms.band_ppm));
        let target = curve.clamp(&self.origin - &room, &self.origin + &room);
        let speed = part(&self.origin, share(terms.speed_ppm) * int(terms.step) / int(3_600));
        let before = self.index.clone();
        self.index = towards(&before, &target, speed);
        if self.index != before {
            self.offset = floor(&Real::new(&self.peg * power(48), self.index.clone()));
        }
    }

    fn come_back(&mut self, terms: &Terms) {
        let one = power(48);
        let most = part(&one, share(terms.offset_ppm) / int(60)) * BigInt::from(terms.step);
        // At the offset 1/x the curve's price is the index.
        let at_index = Real::from(one.clone()) / self.x();
        let offset = Real::from(self.offset.clone());
        let (low, high) = if offset < Real::from(one.clone()) {
            (offset.clone(), Real::from(one))
        } else {
            (Real::from(one), offset.clone())
        };
        let target = floor(&clamp(at_index, &low, &high));
        let moved = towards(&self.offset, &target, most);
        self.returned = true;
        if moved != self.offset {
            self.offset = moved;
            self.peg = floor(&Real::new(&self.index * &self.offset, power(48)));
        }
    }

    /// The walk is exact. A peg that comes back stops where the curve's price is the index, to within the last bits of
    /// `1/s`, which is cut to 48 fraction bits.
    pub fn assert_near(&self, kept: &Self) {
        assert_eq!((self.unix, self.asleep, &self.origin), (kept.unix, kept.asleep, &kept.origin));
        if !self.returned {
            assert_eq!((&self.index, &self.stable), (&kept.index, &kept.stable));
            assert_eq!((&self.offset, &self.peg), (&kept.offset, &kept.peg));
            return;
        }
        let near = |a: &BigInt, b: &BigInt, units: &Real, what: &str| {
            let off = Real::from((a - b).abs());
            assert!(&off <= units, "{what}: {b} for {a}, {off} off of {units}");
        };
        let inverse = root(self.s.clone()).recip();
        // Both ends of the cut `1/s` squared, and the cut `x` of this side: its unit is 1/x^2 units of 1/x.
        let of_offset = &inverse * int(4) + int(4) + power_of(&inverse, 3) * int(4) + power_of(&inverse, 4) * int(4);
        near(&self.offset, &kept.offset, &of_offset, "offset");
        let of_peg = &of_offset * price(self.index.clone()) + int(2);
        near(&self.peg, &kept.peg, &of_peg, "peg");
        // What fell asleep after that walks to where the peg says.
        let of_index = of_peg * self.x() + int(2);
        near(&self.index, &kept.index, &of_index, "index");
        near(&self.stable, &kept.stable, &of_index, "stable");
    }
}

fn power_of(base: &Real, exponent: u32) -> Real {
    (0..exponent).fold(Real::one(), |product, _| product * base)
}
