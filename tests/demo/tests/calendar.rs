//! Unix time in words.

use keel_demo::calendar::{day, moment, time};

#[test]
fn dates_are_those_of_the_calendar() {
    assert_eq!(moment(0), " 1 Jan 1970 00:00");
    assert_eq!(moment(1_677_628_800), " 1 Mar 2023 00:00");
    assert_eq!(moment(1_709_164_800), "29 Feb 2024 00:00");
    assert_eq!(moment(1_735_689_599), "31 Dec 2024 23:59");
    assert_eq!(day(1_678_406_400), "10 Mar");
    assert_eq!(time(1_678_406_400 + 52_200), "14:30");
}
