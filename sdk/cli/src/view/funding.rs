//! A market's funding: what it was, what it will be while the premium stays, and the most that it can be.

use keel_engine::state::{HOURS, Market};
use keel_engine::units::Price;
use keel_sdk::views::FundingView;
use serde::Serialize;

use super::View;
use super::number::{Paid, Share, UsdPrice, name};
use super::plot::{Axes, Point, lines};
use super::table::facts;
use super::time::Moment;

/// Seconds in an hour.
const HOUR: i64 = 3_600;
/// Hours in a day.
const DAY: i64 = 24;

/// An hour of funding.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Hour {
    /// When it ends.
    pub until: Moment,
    /// What who is long pays in it for a unit of the asset; negative is what he gets.
    pub long_pays: Paid,
    /// The same over the index now.
    pub rate: Share,
}

/// An hour to come.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Coming {
    /// When it ends.
    pub until: Moment,
    /// What the side pays until then for a unit, while the premium stays as it is.
    pub forecast: Paid,
    /// The most that it can pay until then, whatever the premium does.
    pub worst: Paid,
    /// What the hour alone adds to the forecast, over the index now.
    pub forecast_rate: Share,
    /// And to the worst case.
    pub worst_rate: Share,
}

/// The curve of a market's funding.
#[derive(Debug, Serialize)]
pub struct Curve {
    /// The market's name.
    pub market: String,
    /// `long` or `short`: whose forecast and worst case it is.
    pub side: &'static str,
    /// The rate an hour now; who is long pays it where it is positive.
    pub rate: Share,
    /// The premium now, as funding counts it.
    pub premium: Share,
    /// The index.
    pub index: UsdPrice,
    /// What who is long has paid for a unit in the last 24 full hours.
    pub last_day: Paid,
    /// Full hours of the past week, oldest first.
    pub past: Vec<Hour>,
    /// Hours to come.
    pub coming: Vec<Coming>,
}

impl Curve {
    /// Of a market and its forecast.
    pub fn of(market: &Market, view: &FundingView) -> Self {
        let index = Price::from_bits(view.index);
        let count = i64::try_from(HOURS).unwrap_or(0);
        let at = |hour: i64| -> i128 {
            let place = usize::try_from(hour.rem_euclid(count)).unwrap_or(0);
            market.hours.get(place).map_or(0, |value| value.get())
        };
        // F has 64 fraction bits, what is shown 48.
        let between = |from: i64, until: i64| Paid::of(at(until).wrapping_sub(at(from)) >> 16, market);
        let first = market.hour.saturating_sub(count).saturating_add(2);
        let past = (first..=market.hour).map(|hour| {
            let long_pays = between(hour.saturating_sub(1), hour);
            Hour { until: Moment(hour.saturating_mul(HOUR)), long_pays, rate: long_pays.share(index) }
        });
        let points = view.forecast.iter().zip(&view.worst).take(view.points.into());
        let mut before = (0i128, 0i128);
        let coming = points.zip(1i64..).map(|((forecast, worst), hour)| {
            let (forecast, worst) = (i128::from(*forecast), i128::from(*worst));
            let (had, had_worst) = std::mem::replace(&mut before, (forecast, worst));
            Coming {
                until: Moment(view.at.saturating_add(hour.saturating_mul(HOUR))),
                forecast: Paid::of(forecast, market),
                worst: Paid::of(worst, market),
                forecast_rate: Paid::of(forecast.saturating_sub(had), market).share(index),
                worst_rate: Paid::of(worst.saturating_sub(had_worst), market).share(index),
            }
        });
        Self {
            market: name(market),
            side: if view.side == 0 { "long" } else { "short" },
            rate: Share(view.rate),
            premium: Share(view.premium),
            index: UsdPrice::of(index, market),
            last_day: between(market.hour.saturating_sub(DAY), market.hour),
            past: past.collect(),
            coming: coming.collect(),
        }
    }

    /// Past, forecast and worst case as lines over hours, in percent an hour as the side pays it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "points on a plot")]
    fn series(&self) -> Vec<Vec<Point>> {
        let sign = if self.side == "long" { 1.0 } else { -1.0 };
        let count = self.past.len();
        let past = self.past.iter().enumerate();
        let past = past.map(|(place, hour)| (place as f32 + 1.0 - count as f32, sign * hour.rate.plotted() as f32));
        let coming = |rate: fn(&Coming) -> Share| {
            self.coming
                .iter()
                .enumerate()
                .map(move |(place, hour)| (place as f32 + 1.0, rate(hour).plotted() as f32))
                .collect()
        };
        vec![past.collect(), coming(|hour| hour.forecast_rate), coming(|hour| hour.worst_rate)]
    }
}

impl View for Curve {
    fn text(&self) -> String {
        let until = |value: Option<Paid>| value.map_or_else(String::new, |value| value.to_string());
        let (last, hours) = (self.coming.last(), self.coming.len());
        let forecast = format!("in {hours} h while all stays");
        let worst = format!("in {hours} h at the worst");
        let whole = facts([
            ("funding", format!("{} an hour in {}; who is long pays what is positive", self.rate, self.market)),
            ("premium", format!("{} at an index of {}", self.premium, self.index)),
            ("last 24 h", format!("{} for a unit held long", self.last_day)),
            (&forecast, format!("{} for a unit held {}", until(last.map(|hour| hour.forecast)), self.side)),
            (&worst, format!("{} for a unit held {}", until(last.map(|hour| hour.worst)), self.side)),
        ]);
        let axes = Axes {
            upwards: &format!("% an hour, paid by who is {}", self.side),
            across: "hours from now; behind now the forecast, and the worst case as its own line",
            label: &|rate| format!("{rate:.4}"),
            mark: &|hour| format!("{hour:+.0} h"),
        };
        format!("{whole}\n\n{}", lines(&self.series(), &axes))
    }
}
