//! Small multiples: the equity of every account, each on a scale of its own.

use super::axis::{Axis, short};
use super::chart::colours;
use super::svg::{Anchor, Svg, escaped};
use crate::calendar;
use crate::play::Played;
use crate::recorder::Kind;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 132.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 22.0;

/// One small chart for each account.
pub fn render(played: &Played) -> String {
    let mut html = String::from(
        "<figure><figcaption><h2>Equity of each account</h2><p>USD at mark; deposits and withdrawals show as steps. \
         Each account has its own scale.</p><ul class=\"legend\">",
    );
    html.push_str(&format!(
        "<li><span class=\"swatch\" style=\"border-top:3px solid {}\"></span>equity</li>\
         <li><span class=\"dot\" style=\"border-color:{red};background:{red}\"></span>liquidation step</li>\
         <li><span class=\"dot\" style=\"border-color:{red};background:#fff\"></span>bankrupt, resolved</li></ul>\
         </figcaption><div class=\"small\">",
        colours::BLUE,
        red = colours::RED
    ));
    for slot in 0..played.accounts.len() {
        html.push_str(&draw(played, slot));
    }
    html.push_str("</div></figure>");
    html
}

fn draw(played: &Played, slot: usize) -> String {
    let Some((name, who)) = played.accounts.get(slot) else { return String::new() };
    let frames = &played.recorder.frames;
    let points: Vec<(f64, f64)> =
        frames.iter().filter_map(|frame| Some((frame.unix as f64, *frame.equity.get(slot)?))).collect();
    let x = Axis::time(frames.iter().map(|frame| frame.unix));
    // From zero, unless that would flatten the line.
    let (low, high) = points.iter().fold((f64::MAX, 0.0f64), |(low, high), (_, e)| (low.min(*e), high.max(*e)));
    let zero = (low < high / 2.0).then_some(0.0);
    let y = Axis::around(points.iter().map(|(_, equity)| *equity).chain(zero));
    let at = |(unix, equity): (f64, f64)| {
        let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        (LEFT + width * x.place(unix), TOP + height * (1.0 - y.place(equity)))
    };
    let mut svg = Svg::new(WIDTH, HEIGHT, name);
    for (value, _) in y.ticks(3) {
        let (_, height) = at((0.0, value));
        svg.line((LEFT, height), (WIDTH - RIGHT, height), "class=\"grid\"");
        svg.text((LEFT - 5.0, height + 4.0), Anchor::End, "tick", &short(value));
    }
    for (value, label) in x.ticks(3) {
        svg.text((at((value, 0.0)).0, HEIGHT - 6.0), Anchor::Middle, "tick", &label);
    }
    let floor = if zero.is_some() { at((0.0, 0.0)).1 } else { HEIGHT - BOTTOM };
    let (first, last) = (points.first().copied().unwrap_or_default(), points.last().copied().unwrap_or_default());
    let closed = points.iter().map(|point| at(*point)).chain([(at(last).0, floor), (at(first).0, floor)]);
    svg.area(closed, &format!("fill=\"{}\" fill-opacity=\"0.10\"", colours::BLUE));
    svg.path(points.iter().map(|point| at(*point)), &format!("stroke=\"{}\" stroke-width=\"1.5\"", colours::BLUE));
    for event in played.recorder.events.iter().filter(|event| event.who == *who) {
        let (fill, text) = match event.kind {
            Kind::Flag => continue,
            Kind::Step(usd) => (colours::RED, format!("{} liquidated at {:.2}", short(usd), event.price)),
            Kind::Resolve => ("#fff", "bankrupt, resolved".to_owned()),
            Kind::Backstop => (colours::PURPLE, format!("taken over by the pool at {:.2}", event.price)),
        };
        let equity = points.iter().rfind(|(unix, _)| *unix <= event.unix as f64).map_or(0.0, |(_, equity)| *equity);
        let style = format!("fill=\"{fill}\" stroke=\"{}\" stroke-width=\"1.2\"", colours::RED);
        let title = format!("{}: {text}", calendar::moment(event.unix).trim());
        svg.circle(at((event.unix as f64, equity)), 2.8, &style, &title);
    }
    let (start, end) = (short(first.1), short(last.1));
    format!("<div><h3>{}<span>{start} \u{2192} {end} USD</span></h3>{}</div>", escaped(name), svg.finish())
}
