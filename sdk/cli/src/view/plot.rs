//! Lines in the terminal, with their axes. The only floats of the command line are here: a point on a plot is no money.

use textplots::{Chart, Plot, Shape};

/// Dots across; a character has two.
const WIDTH: u32 = 144;
/// Dots from bottom to top; a character has four.
const HEIGHT: u32 = 60;
/// Room for the figures of the axis on the left.
const MARGIN: usize = 12;

/// A point.
pub type Point = (f32, f32);

/// Axes of a plot: the figures at their ends.
pub struct Axes<'a> {
    /// What the axis upwards counts.
    pub upwards: &'a str,
    /// What the axis to the right counts.
    pub across: &'a str,
    /// How a figure upwards is written.
    pub label: &'a dyn Fn(f32) -> String,
    /// How a figure across is written.
    pub mark: &'a dyn Fn(f32) -> String,
}

/// Lines through points, in one picture, with a line at zero where zero is in it. Nothing to draw gives an empty text.
pub fn lines(series: &[Vec<Point>], axes: &Axes<'_>) -> String {
    let points = || series.iter().flatten();
    let (Some((left, right)), Some((low, high))) =
        (ends(points().map(|point| point.0)), ends(points().map(|point| point.1)))
    else {
        return String::new();
    };
    let shapes: Vec<Shape<'_>> = series.iter().map(|points| Shape::Lines(points)).collect();
    let mut chart = Chart::new_with_y_range(WIDTH, HEIGHT, left, right, low, high);
    let chart = shapes.iter().fold(&mut chart, |chart, shape| chart.lineplot(shape));
    chart.borders();
    chart.axis();
    chart.figures();
    framed(&chart.frame(), (left, right), (low, high), axes)
}

/// Both ends of some figures, apart from each other.
fn ends(figures: impl Iterator<Item = f32>) -> Option<(f32, f32)> {
    let (low, high) = figures.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let least = high.abs().max(low.abs()).max(1e-6) * 1e-3;
    Some(if high - low < least { (low - least, high + least) } else { (low, high) })
}

/// The picture with its axes.
fn framed(frame: &str, (left, right): (f32, f32), (low, high): (f32, f32), axes: &Axes<'_>) -> String {
    let drawn: Vec<&str> = frame.lines().collect();
    let last = drawn.len().saturating_sub(1);
    let middle = last / 2;
    let mut text = format!("{:>MARGIN$}  {}\n", "", axes.upwards);
    for (place, line) in drawn.iter().enumerate() {
        let figure = match place {
            0 => (axes.label)(high),
            place if place == last => (axes.label)(low),
            place if place == middle => (axes.label)(low.midpoint(high)),
            _ => String::new(),
        };
        text.push_str(&format!("{figure:>MARGIN$} │{line}\n"));
    }
    let width = usize::try_from(WIDTH / 2).unwrap_or_default();
    text.push_str(&format!("{:>MARGIN$} └{}\n", "", "─".repeat(width)));
    let (from, until) = ((axes.mark)(left), (axes.mark)(right));
    let gap = width.saturating_sub(from.chars().count());
    text.push_str(&format!("{:>MARGIN$}  {from}{until:>gap$}\n", ""));
    text.push_str(&format!("{:>MARGIN$}  {}", "", axes.across));
    text
}
