//! Price files and how minutes become samples.

use keel_demo::prices::{Minute, built_in, read, samples};

fn file(name: &str, text: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("keel-{}-{name}.csv", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_file_of_minutes_is_read() {
    let path = file("good", "unix_time,open,high,low,close,volume\n60,10,12,9,11,5\n120,11,11.5,10,10.5,6\n\n");
    let minutes = read(&path).unwrap();
    assert_eq!(minutes.len(), 2);
    assert_eq!(minutes[0], Minute { unix: 60, open: 10.0, high: 12.0, low: 9.0, close: 11.0 });
}

#[test]
fn a_bad_line_is_an_error_that_names_it() {
    for (name, line) in
        [("short", "120,11,12"), ("text", "120,a,12,9,11,5"), ("back", "60,10,12,9,11,5"), ("zero", "120,0,1,1,1,1")]
    {
        let path = file(name, &format!("unix_time,open,high,low,close,volume\n60,10,12,9,11,5\n{line}\n"));
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(error.contains("line 3"), "{name}: {error}");
    }
}

#[test]
fn a_minute_walks_from_open_over_its_extremes_to_close() {
    let rising = Minute { unix: 600, open: 10.0, high: 14.0, low: 8.0, close: 12.0 };
    let falling = Minute { unix: 660, open: 12.0, high: 13.0, low: 6.0, close: 7.0 };
    let samples = samples(&[rising, falling], 4);
    let prices: Vec<f64> = samples.iter().map(|sample| sample.price).collect();
    assert_eq!(prices, [10.0, 8.0, 14.0, 12.0, 12.0, 13.0, 6.0, 7.0]);
    let times: Vec<i64> = samples.iter().map(|sample| sample.unix).collect();
    assert_eq!(times, [600, 615, 630, 645, 660, 675, 690, 705]);
    assert!(samples[3].ends_minute && samples[7].ends_minute && !samples[4].ends_minute);
}

#[test]
fn one_sample_a_minute_is_its_close() {
    let minute = Minute { unix: 0, open: 10.0, high: 14.0, low: 8.0, close: 12.0 };
    let samples = samples(&[minute], 1);
    assert_eq!(samples.len(), 1);
    assert_eq!(samples[0].quote.price, 1_200_000_000);
}

#[test]
fn the_built_in_path_falls_by_thirty_percent() {
    let minutes = built_in();
    let high = minutes.iter().map(|minute| minute.high).fold(0.0, f64::max);
    let low = minutes.iter().map(|minute| minute.low).fold(f64::MAX, f64::min);
    assert!((0.66..0.72).contains(&(low / high)), "{low} of {high}");
    assert!(minutes.windows(2).all(|pair| matches!(pair[1].unix - pair[0].unix, 60 | 300)));
}
