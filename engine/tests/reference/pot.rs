//! The pot of a market: settlement at mark, claims that mature, payout at `h`, and who bears a loss (protocol.md
//! section 7).
//!
//! Plain bookkeeping on big integers. Each function asserts for itself that it neither makes nor loses money.

use std::sync::LazyLock;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::{Real, binary, ceil, floor, int, power};

/// What a market owes and owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Pot {
    pub pot: BigInt,
    pub claims: BigInt,
    pub insurance_claim: BigInt,
    pub treasury_claim: BigInt,
    pub surplus: BigInt,
    pub written_off: BigInt,
    pub uncovered: BigInt,
    pub insurance: BigInt,
    pub treasury: BigInt,
    pub curve_quote: BigInt,
}

/// A holder's position in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    pub base: BigInt,
    pub quote: BigInt,
    pub paid_in: BigInt,
    pub unmatured: BigInt,
    pub mature: BigInt,
    pub debt: BigInt,
}

/// What a settlement moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    pub profit: BigInt,
    pub cancelled: BigInt,
    pub paid: BigInt,
    pub owed: BigInt,
}

/// Where the loss of a bankrupt account went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    pub own: BigInt,
    pub pledged: BigInt,
    pub surplus: BigInt,
    pub insurance: BigInt,
    pub exchange: BigInt,
    pub treasury: BigInt,
    pub written_off: BigInt,
}

/// Claims that belong to another market's insurance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pledge {
    pub amount: BigInt,
    /// Nobody's is anybody's.
    pub is_anothers: bool,
}

/// Fraction digits of a decay.
const DIGITS: u32 = 256;
/// `2^-(2^-1), 2^-(2^-2), ...`, each rounded down to [`DIGITS`].
static ROOTS: LazyLock<Vec<BigInt>> = LazyLock::new(|| {
    let mut roots = vec![power(DIGITS) >> 1_u32];
    for place in 0..128 {
        let scaled: BigInt = &roots[place] << DIGITS;
        roots.push(scaled.sqrt());
    }
    roots.split_off(1)
});

/// `2^-(secs / half_life)`: at least and at most.
pub fn decay(secs: u64, half_life: u32) -> (Real, Real) {
    if half_life == 0 {
        return (Real::zero(), Real::zero());
    }
    let halvings = secs / u64::from(half_life);
    // The fraction of a half-life, bit by bit.
    let (mut rest, half_life) = (secs % u64::from(half_life), u64::from(half_life));
    let mut left = power(DIGITS);
    for root in ROOTS.iter() {
        rest *= 2;
        if rest >= half_life {
            rest -= half_life;
            left = (left * root) >> DIGITS;
        }
    }
    // 128 roots and products, each a unit low; what is left of the exponent is below 2^-128.
    let halved = |value: BigInt| binary(value, DIGITS) / int(BigInt::one() << halvings.min(100_000));
    (halved(&left - (&left >> 127_u32) - 1_000_i32), halved(left + 1_000_i32))
}

/// Whether a kept part of what is not mature may stand for it: rounded up, and less than an atom is nothing.
pub fn allows_kept(before: u64, secs: u64, half_life: u32, kept: u64) -> bool {
    let (low, high) = decay(secs, half_life);
    let (low, high) = (low * int(before), high * int(before));
    let loose = binary(before, 60);
    if kept == 0 { low < Real::one() } else { int(kept) >= low && int(kept) <= high + loose + Real::one() }
}

/// Whether a kept `paid_in` may stand for it: rounded down, by a factor less than 2^-60 too large.
pub fn allows_paid_in(before: u64, secs: u64, half_life: u32, kept: u64) -> bool {
    let (low, high) = decay(secs, half_life);
    int(kept) > low * int(before) - Real::one() && int(kept) <= high * int(before) + binary(before, 60)
}

/// Funding due, rounded up.
pub fn funding_due(base: &BigInt, grown: &Real) -> BigInt {
    ceil(&(int(base.clone()) * grown))
}

/// `base * mark + quote`, rounded down.
pub fn value(holder: &Holder, mark: &Real) -> BigInt {
    floor(&(int(holder.base.clone()) * mark)) + &holder.quote
}

impl Pot {
    /// `written_off + uncovered`, less what claims gave up for it already.
    pub fn shortfall(&self) -> BigInt {
        (&self.written_off + &self.uncovered - &self.surplus).max(BigInt::zero())
    }

    /// What a claim is worth: `max(0, 1 - shortfall / claims)`.
    pub fn worth(&self) -> Real {
        if self.shortfall().is_zero() {
            return Real::one();
        }
        if self.claims.is_zero() {
            return Real::zero();
        }
        (Real::one() - Real::new(self.shortfall(), self.claims.clone())).max(Real::zero())
    }

    /// `h = min(1, pot / claims, max(0, 1 - shortfall / claims))`.
    pub fn ratio(&self) -> Real {
        if self.pot >= self.claims {
            return self.worth();
        }
        self.worth().min(Real::new(self.pot.clone(), self.claims.clone()))
    }

    /// What claims and unsettled quote exceed the pot by: never changes, at any price.
    fn balance(&self, holder: &Holder) -> BigInt {
        &holder.quote + &self.curve_quote + &self.claims + &self.insurance_claim + &self.treasury_claim + &self.surplus
            - &self.pot
            - &self.written_off
    }

    fn tokens(&self, capital: &BigInt) -> BigInt {
        capital + &self.pot + &self.insurance + &self.treasury
    }

    /// Runs an operation and asserts that value and tokens are what they were.
    fn audited<T>(
        &mut self,
        holder: &mut Holder,
        capital: &mut BigInt,
        run: impl FnOnce(&mut Self, &mut Holder, &mut BigInt) -> T,
    ) -> T {
        let before = (self.balance(holder), self.tokens(capital));
        let result = run(self, holder, capital);
        assert_eq!((self.balance(holder), self.tokens(capital)), before);
        result
    }

    /// Funding since the checkpoint.
    pub fn fold_funding(&mut self, holder: &mut Holder, grown: &Real) {
        let due = funding_due(&holder.base, grown);
        holder.quote -= &due;
        self.curve_quote += due;
    }

    /// Settles a holder whose funding and maturity are up to date.
    pub fn settle(&mut self, holder: &mut Holder, capital: &mut BigInt, mark: &Real) -> Settled {
        self.audited(holder, capital, |pot, holder, capital| {
            let value = value(holder, mark);
            let mut settled = Settled::default();
            if !value.is_negative() {
                let at_once = value.clone().min(holder.paid_in.clone());
                holder.paid_in -= &at_once;
                holder.mature += &at_once;
                holder.unmatured += &value - at_once;
                pot.claims += &value;
                holder.quote -= &value;
                settled.profit = value;
            } else {
                let mut left = -value;
                let mut take = |from: &mut BigInt| {
                    let part = left.clone().min(from.clone());
                    *from -= &part;
                    left -= &part;
                    part
                };
                let cancelled = take(&mut holder.unmatured) + take(&mut holder.mature);
                let paid = take(capital);
                pot.claims -= &cancelled;
                pot.pot += &paid;
                holder.paid_in += &paid;
                holder.quote += &cancelled + &paid;
                settled = Settled { profit: BigInt::zero(), cancelled, paid, owed: left };
            }
            pot.uncovered += &settled.owed - &holder.debt;
            holder.debt = settled.owed.clone();
            if holder.base.is_zero() {
                holder.paid_in = BigInt::zero();
            }
            pot.sweep();
            settled
        })
    }

    /// Turns a mature claim into capital. Returns the claim and what was paid.
    pub fn release(
        &mut self,
        holder: &mut Holder,
        capital: &mut BigInt,
        least: &Real,
    ) -> Result<(BigInt, BigInt), &'static str> {
        if holder.mature.is_zero() {
            return Err("NothingToRelease");
        }
        let claim = holder.mature.clone();
        // What came in since the last payment bears first.
        self.bear();
        let paid = floor(&(int(claim.clone()) * self.ratio()));
        if int(paid.clone()) < int(claim.clone()) * least {
            return Err("PayoutRatioTooLow");
        }
        Ok(self.audited(holder, capital, |pot, holder, capital| {
            holder.mature = BigInt::zero();
            pot.claims -= &claim;
            pot.pot -= &paid;
            *capital += &paid;
            // What is given up pays for written-off losses first; the rest stays in the pot for those to come.
            let given_up = &claim - &paid;
            let relief = given_up.clone().min(pot.written_off.clone());
            pot.written_off -= &relief;
            pot.surplus += given_up - relief;
            pot.sweep();
            (claim, paid)
        }))
    }

    /// Surplus, the protocol's claims and insurance bear what is written off.
    fn bear(&mut self) {
        let cash = {
            let mut bear = |from: &mut BigInt| {
                let part = self.written_off.clone().min(from.clone());
                *from -= &part;
                self.written_off -= &part;
                part
            };
            bear(&mut self.surplus);
            bear(&mut self.insurance_claim);
            bear(&mut self.treasury_claim);
            bear(&mut self.insurance)
        };
        self.pot += cash;
    }

    /// What is written off is borne. Then, while nothing is short, what the pot holds beyond claims pays insurance,
    /// treasury, and surplus once no loss is open.
    fn sweep(&mut self) {
        self.bear();
        if !self.shortfall().is_zero() {
            return;
        }
        let free = |pot: &Self, claim: &BigInt| (&pot.pot - &pot.claims).max(BigInt::zero()).min(claim.clone());
        let paid = free(self, &self.insurance_claim);
        self.insurance_claim -= &paid;
        self.insurance += &paid;
        self.pot -= paid;
        let paid = free(self, &self.treasury_claim);
        self.treasury_claim -= &paid;
        self.treasury += &paid;
        self.pot -= paid;
        if self.written_off.is_zero() && self.uncovered.is_zero() {
            let paid = free(self, &self.surplus);
            self.surplus -= &paid;
            self.insurance += &paid;
            self.pot -= paid;
        }
    }

    /// Whether somebody else may settle a holder of that value, settled last so many seconds ago.
    pub fn may_settle_other(&self, value: &BigInt, rested: i64, mark_step: i64, flagged: bool) -> bool {
        let loser = value.is_negative() && (self.pot < self.claims || flagged);
        rested >= mark_step && (loser || self.shortfall().is_positive())
    }
}

/// The smallest part of `held` claims that is worth `owed`, or all of them.
fn part_worth(pot: &Pot, held: &BigInt, owed: &BigInt) -> BigInt {
    let worth = |claims: &BigInt| floor(&(int(claims.clone()) * pot.worth()));
    if &worth(held) <= owed {
        return held.clone();
    }
    let part = ceil(&(int(owed.clone()) / pot.worth()));
    assert!(&worth(&part) >= owed && (part.is_zero() || &worth(&(&part - 1)) < owed));
    part
}

/// Resolves a bankrupt account: `here` is the market in which it owes, `there` one in which something may be coming.
/// Both are up to date in funding and maturity, and nothing is open. `room` is what the exchange still pays.
pub fn resolve(
    here: (&mut Pot, &mut Holder),
    there: Option<(&mut Pot, &mut Holder, &mut Pledge)>,
    capital: &mut BigInt,
    room: &mut BigInt,
    dust: &BigInt,
) -> Result<Resolved, &'static str> {
    let (pot, holder) = here;
    let none = Real::zero();
    let mut resolved = Resolved::default();
    let settled = pot.settle(holder, capital, &none);
    resolved.own += settled.paid;
    let mut owed = settled.owed;
    if owed.is_zero() {
        return Err("NotBankrupt");
    }
    if let Some((other, held, pledge)) = there
        && (held.mature.is_positive() || held.unmatured.is_positive() || held.quote.is_positive())
    {
        if !held.quote.is_zero() {
            other.settle(held, capital, &none);
        }
        other.bear();
        let paid = |ratio: Real| floor(&(int(held.mature.clone()) * ratio));
        let mut to_come = held.unmatured.clone();
        if paid(other.ratio()) < paid(other.worth()) {
            // Short only because losers are not settled yet.
            to_come += &held.mature;
        } else if !held.mature.is_zero() {
            other.release(held, capital, &none)?;
        }
        let settled = pot.settle(holder, capital, &none);
        resolved.own += settled.paid;
        owed = settled.owed;
        let is_taken = pledge.is_anothers && pledge.amount.is_positive();
        if !owed.is_zero() && is_taken && &to_come >= dust {
            return if resolved.own.is_zero() { Err("NotBankrupt") } else { Ok(resolved) };
        }
        if !owed.is_zero() && !is_taken {
            // Mature claims first.
            resolved.pledged = part_worth(other, &to_come, &owed);
            let mature = resolved.pledged.clone().min(held.mature.clone());
            held.unmatured -= &resolved.pledged - &mature;
            held.mature -= mature;
            pledge.amount += &resolved.pledged;
        }
    }
    pot.audited(holder, capital, |pot, holder, _| {
        let mut cover = |source: &mut BigInt| {
            let part = owed.clone().min(source.clone());
            *source -= &part;
            owed -= &part;
            part
        };
        resolved.surplus = cover(&mut pot.surplus);
        let cash = cover(&mut pot.insurance);
        resolved.insurance = &cash + cover(&mut pot.insurance_claim);
        pot.pot += cash;
        resolved.treasury = cover(&mut pot.treasury_claim);
        resolved.exchange = cover(room);
        pot.pot += &resolved.exchange;
        resolved.written_off = owed.clone();
        pot.written_off += &owed;
        holder.quote +=
            &resolved.surplus + &resolved.insurance + &resolved.exchange + &resolved.treasury + &resolved.written_off;
        pot.uncovered -= &holder.debt;
        holder.debt = BigInt::zero();
        // What the exchange paid came from outside of what is audited here.
        pot.insurance -= &resolved.exchange;
    });
    pot.insurance += &resolved.exchange;
    Ok(resolved)
}
