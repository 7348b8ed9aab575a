//! Bars in groups: a few figures side by side for each of some names.

use super::axis::{Axis, short};
use super::svg::{Anchor, Svg, escaped};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 34.0;
/// Part of a group's room that its bars take.
const FILLED: f64 = 0.72;

/// One colour of bars: a name, and a value for each group.
pub struct Bars {
    pub name: &'static str,
    pub colour: &'static str,
    pub values: Vec<f64>,
}

/// Legend and drawing of groups of bars.
pub fn render(label: &str, unit: &str, groups: &[String], bars: &[Bars]) -> String {
    let mut html = String::from("<ul class=\"legend\">");
    for Bars { name, colour, .. } in bars {
        let dot = format!("<span class=\"dot\" style=\"border-color:{colour};background:{colour}\"></span>");
        html.push_str(&format!("<li>{dot}{}</li>", escaped(name)));
    }
    html.push_str("</ul>");
    html.push_str(&draw(label, unit, groups, bars));
    html
}

fn draw(label: &str, unit: &str, groups: &[String], bars: &[Bars]) -> String {
    let y = Axis::from_zero(bars.iter().flat_map(|bars| bars.values.iter().copied()));
    let (floor, room) = (HEIGHT - BOTTOM, (WIDTH - LEFT - RIGHT) / groups.len().max(1) as f64);
    let height = |value: f64| (floor - TOP) * y.place(value);
    let mut svg = Svg::new(WIDTH, HEIGHT, label);
    for (value, _) in y.ticks(5) {
        let at = floor - height(value);
        svg.line((LEFT, at), (WIDTH - RIGHT, at), "class=\"grid\"");
        svg.text((LEFT - 8.0, at + 4.0), Anchor::End, "tick", &short(value));
    }
    let width = room * FILLED / bars.len().max(1) as f64;
    for (group, name) in groups.iter().enumerate() {
        let left = LEFT + room * (group as f64 + (1.0 - FILLED) / 2.0);
        for (place, bars) in bars.iter().enumerate() {
            let value = bars.values.get(group).copied().unwrap_or(0.0);
            let (x, tall) = (left + width * place as f64, height(value));
            svg.rect((x, floor - tall), (width - 3.0, tall), &format!("fill=\"{}\" rx=\"2\"", bars.colour));
            svg.text((x + width / 2.0 - 1.5, floor - tall - 5.0), Anchor::Middle, "tick", &short(value));
        }
        svg.text((left + room * FILLED / 2.0, floor + 20.0), Anchor::Middle, "label", name);
    }
    svg.line((LEFT, floor), (WIDTH - RIGHT, floor), "class=\"axis\"");
    svg.text((4.0, TOP - 16.0), Anchor::Start, "label", unit);
    svg.finish()
}
