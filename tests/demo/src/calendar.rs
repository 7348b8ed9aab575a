//! Unix time as people read it.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month from 1, day of the month.
fn date(unix: i64) -> (i64, usize, i64) {
    // Days of a calendar that begins in March: leap days come last (Howard Hinnant's civil_from_days).
    let days = unix.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month as usize, day)
}

/// `10 Mar`.
pub fn day(unix: i64) -> String {
    let (_, month, day) = date(unix);
    format!("{day} {}", MONTHS[month - 1])
}

/// `14:30`.
pub fn time(unix: i64) -> String {
    let secs = unix.rem_euclid(86_400);
    format!("{:02}:{:02}", secs / 3_600, secs / 60 % 60)
}

/// `10 Mar 2023 14:30`.
pub fn moment(unix: i64) -> String {
    let (year, month, day) = date(unix);
    format!("{day:>2} {} {year} {}", MONTHS[month - 1], time(unix))
}

/// Whether shares trade in New York: Monday to Friday, 14:30 to 21:00 UTC, as in winter and without holidays.
pub fn is_session(unix: i64) -> bool {
    // The first of January 1970 was a Thursday.
    let weekday = (unix.div_euclid(86_400) + 3).rem_euclid(7);
    weekday < 5 && (52_200..75_600).contains(&unix.rem_euclid(86_400))
}
