//! A line chart with axes, legend, marks and reference lines.

use super::axis::Axis;
use super::svg::{Anchor, Svg, escaped};

const WIDTH: f64 = 960.0;
/// Of a chart that shares its row with another.
const HALF_WIDTH: f64 = 480.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 44.0;

/// Colours that colour-blind readers can tell apart (Okabe and Ito).
pub mod colours {
    pub const BLUE: &str = "#0072b2";
    pub const ORANGE: &str = "#e69f00";
    pub const GREEN: &str = "#009e73";
    pub const RED: &str = "#d55e00";
    pub const PURPLE: &str = "#aa4499";
    pub const GREY: &str = "#8a8f98";
}

/// One line of a chart.
pub struct Series {
    pub name: String,
    pub colour: &'static str,
    pub points: Vec<(f64, f64)>,
    pub dashed: bool,
    pub width: f64,
}

impl Series {
    pub fn new(name: &str, colour: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.to_owned(), colour, points, dashed: false, width: 1.6 }
    }

    pub fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    pub fn wide(self, width: f64) -> Self {
        Self { width, ..self }
    }
}

/// A reference line at a value, with a label.
pub struct Reference {
    pub value: f64,
    pub label: String,
    pub colour: &'static str,
    /// Whether the value is on the x axis.
    pub upright: bool,
}

/// A dot with a text that a pointer brings up.
pub struct Mark {
    pub x: f64,
    pub y: f64,
    pub colour: &'static str,
    pub hollow: bool,
    pub title: String,
}

/// A chart.
pub struct Chart {
    pub title: String,
    pub note: String,
    pub x: Axis,
    pub y: Axis,
    pub x_label: &'static str,
    pub y_label: &'static str,
    pub width: f64,
    pub height: f64,
    pub series: Vec<Series>,
    pub references: Vec<Reference>,
    pub marks: Vec<Mark>,
    /// What the marks are, for the legend.
    pub mark_names: Vec<(&'static str, &'static str, bool)>,
    /// Stretches of x that are shaded, and what that means.
    pub shaded: Vec<(f64, f64)>,
    pub shade_name: &'static str,
}

impl Chart {
    pub fn new(title: &str, x: Axis, y: Axis) -> Self {
        Self {
            title: title.to_owned(),
            note: String::new(),
            x,
            y,
            x_label: "time (UTC)",
            y_label: "",
            width: WIDTH,
            height: 300.0,
            series: Vec::new(),
            references: Vec::new(),
            marks: Vec::new(),
            mark_names: Vec::new(),
            shaded: Vec::new(),
            shade_name: "",
        }
    }

    /// The chart at half the width of the page.
    pub fn half(self) -> Self {
        Self { width: HALF_WIDTH, height: 230.0, ..self }
    }

    /// The chart as HTML: heading, legend, drawing.
    pub fn render(&self) -> String {
        let mut html = format!("<figure><figcaption><h2>{}</h2>", escaped(&self.title));
        if !self.note.is_empty() {
            html.push_str(&format!("<p>{}</p>", escaped(&self.note)));
        }
        html.push_str(&self.legend());
        html.push_str("</figcaption>");
        html.push_str(&self.draw());
        html.push_str("</figure>");
        html
    }

    fn legend(&self) -> String {
        let mut html = String::from("<ul class=\"legend\">");
        for Series { name, colour, dashed, .. } in &self.series {
            let style = if *dashed { "dashed" } else { "solid" };
            html.push_str(&format!(
                "<li><span class=\"swatch\" style=\"border-top:3px {style} {colour}\"></span>{}</li>",
                escaped(name)
            ));
        }
        for (name, colour, hollow) in &self.mark_names {
            let fill = if *hollow { "#fff" } else { colour };
            html.push_str(&format!(
                "<li><span class=\"dot\" style=\"border-color:{colour};background:{fill}\"></span>{}</li>",
                escaped(name)
            ));
        }
        if !self.shaded.is_empty() {
            html.push_str(&format!("<li><span class=\"shade\"></span>{}</li>", escaped(self.shade_name)));
        }
        html.push_str("</ul>");
        html
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (width, height) = (self.width - LEFT - RIGHT, self.height - TOP - BOTTOM);
        (LEFT + width * self.x.place(x), TOP + height * (1.0 - self.y.place(y)))
    }

    fn draw(&self) -> String {
        let mut svg = Svg::new(self.width, self.height, &self.title);
        let (floor, ceiling) = (self.height - BOTTOM, TOP);
        for (from, to) in &self.shaded {
            let (left, right) = (self.at(*from, 0.0).0, self.at(*to, 0.0).0);
            svg.rect((left, ceiling), ((right - left).max(1.0), floor - ceiling), "class=\"shaded\"");
        }
        self.draw_axes(&mut svg, floor, ceiling);
        for series in &self.series {
            let dash = if series.dashed { " stroke-dasharray=\"6 4\"" } else { "" };
            let style = format!(
                "stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}",
                series.colour, series.width
            );
            svg.path(series.points.iter().map(|(x, y)| self.at(*x, *y)), &style);
        }
        for reference in &self.references {
            self.draw_reference(&mut svg, reference, floor, ceiling);
        }
        for mark in &self.marks {
            let fill = if mark.hollow { "#fff" } else { mark.colour };
            let style = format!("fill=\"{fill}\" fill-opacity=\"0.9\" stroke=\"{}\" stroke-width=\"1.5\"", mark.colour);
            svg.circle(self.at(mark.x, mark.y), 4.0, &style, &mark.title);
        }
        svg.finish()
    }

    fn draw_axes(&self, svg: &mut Svg, floor: f64, ceiling: f64) {
        for (value, label) in self.y.ticks(5) {
            let place = self.y.place(value);
            let y = ceiling + (floor - ceiling) * (1.0 - place);
            svg.line((LEFT, y), (self.width - RIGHT, y), "class=\"grid\"");
            svg.text((LEFT - 8.0, y + 4.0), Anchor::End, "tick", &label);
        }
        for (value, label) in self.x.ticks(if self.width < WIDTH { 4 } else { 9 }) {
            let x = LEFT + (self.width - LEFT - RIGHT) * self.x.place(value);
            svg.line((x, floor), (x, floor + 5.0), "class=\"axis\"");
            svg.text((x, floor + 19.0), Anchor::Middle, "tick", &label);
        }
        svg.line((LEFT, floor), (self.width - RIGHT, floor), "class=\"axis\"");
        svg.text((self.width - RIGHT, self.height - 6.0), Anchor::End, "label", self.x_label);
        svg.text((4.0, ceiling - 16.0), Anchor::Start, "label", self.y_label);
    }

    fn draw_reference(&self, svg: &mut Svg, reference: &Reference, floor: f64, ceiling: f64) {
        let style = format!("stroke=\"{}\" stroke-width=\"1.2\" stroke-dasharray=\"2 3\"", reference.colour);
        if reference.upright {
            let x = LEFT + (self.width - LEFT - RIGHT) * self.x.place(reference.value);
            svg.line((x, floor), (x, ceiling), &style);
            svg.text((x - 6.0, ceiling + 12.0), Anchor::End, "note", &reference.label);
        } else {
            let y = ceiling + (floor - ceiling) * (1.0 - self.y.place(reference.value));
            svg.line((LEFT, y), (self.width - RIGHT, y), &style);
            svg.text((self.width - RIGHT - 4.0, y - 5.0), Anchor::End, "note", &reference.label);
        }
    }
}
