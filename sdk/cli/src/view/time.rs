//! Times as they are shown: to people as a date of UTC or a length, in JSON as seconds.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// A Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// None for 0, which says never.
    pub fn some(unix: i64) -> Option<Self> {
        (unix != 0).then_some(Self(unix))
    }
}

impl Display for Moment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (year, month, day) = date(self.0.div_euclid(DAY));
        let seconds = self.0.rem_euclid(DAY);
        let (hour, minute) = (seconds / 3_600, seconds / 60 % 60);
        f.pad(&format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02} UTC", seconds % 60))
    }
}

/// Year, month and day of a day counted from the first of January 1970: by eras of 400 years that begin in March, so that
/// the day that a leap year has more comes last.
fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let whole = era.saturating_mul(400).saturating_add(year).saturating_add(i64::from(month <= 2));
    (whole, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// A length of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Lasting(pub i64);

impl Display for Lasting {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let seconds = self.0.unsigned_abs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let text = match (days, hours, minutes) {
            (0, 0, 0) => format!("{seconds} s"),
            (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
            (0, ..) => format!("{hours} h {minutes} min"),
            _ => format!("{days} d {hours} h"),
        };
        f.pad(&if self.0 < 0 { format!("-{text}") } else { text })
    }
}
