//! Unix time in words.

use keel_demo::calendar::{day, is_session, moment, time};

#[test]
fn dates_are_those_of_the_calendar() {
    assert_eq!(moment(0), " 1 Jan 1970 00:00");
    assert_eq!(moment(1_677_628_800), " 1 Mar 2023 00:00");
    assert_eq!(moment(1_709_164_800), "29 Feb 2024 00:00");
    assert_eq!(moment(1_735_689_599), "31 Dec 2024 23:59");
    assert_eq!(day(1_678_406_400), "10 Mar");
    assert_eq!(time(1_678_406_400 + 52_200), "14:30");
}

#[test]
fn new_york_trades_on_weekdays_from_half_past_two_to_nine() {
    // 14 Nov 2023 was a Tuesday.
    let tuesday = 1_699_920_000;
    assert_eq!(moment(tuesday), "14 Nov 2023 00:00");
    for (hour, open) in [(14.0, false), (14.5, true), (20.99, true), (21.0, false), (0.0, false)] {
        assert_eq!(is_session(tuesday + (hour * 3_600.0) as i64), open, "at {hour}");
    }
    let noon = |day: i64| is_session(tuesday + day * 86_400 + 15 * 3_600);
    assert_eq!([-1, 0, 1, 2, 3, 4, 5, 6].map(noon), [true, true, true, true, true, false, false, true]);
}
