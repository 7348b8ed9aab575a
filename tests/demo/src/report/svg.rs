//! SVG as text.

use std::fmt::Write;

/// An SVG drawing under construction.
pub struct Svg {
    text: String,
}

/// Where a text is anchored.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// Text with the characters that mean something to HTML replaced.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Svg {
    pub fn new(width: f64, height: f64, label: &str) -> Self {
        let label = escaped(label);
        Self { text: format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">") }
    }

    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), style: &str) {
        self.put(format_args!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>"));
    }

    pub fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), style: &str) {
        self.put(format_args!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>"));
    }

    pub fn circle(&mut self, (x, y): (f64, f64), radius: f64, style: &str, title: &str) {
        let title = escaped(title);
        self.put(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" {style}><title>{title}</title></circle>"
        ));
    }

    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let (anchor, text) = (anchor.name(), escaped(text));
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// A line through points.
    pub fn path(&mut self, points: impl Iterator<Item = (f64, f64)>, style: &str) {
        let mut data = String::new();
        for (index, (x, y)) in points.enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _written = write!(data, "{command}{x:.1} {y:.1}");
        }
        self.put(format_args!("<path d=\"{data}\" fill=\"none\" {style}/>"));
    }

    /// A closed area through points.
    pub fn area(&mut self, points: impl Iterator<Item = (f64, f64)>, style: &str) {
        let mut data = String::new();
        for (x, y) in points {
            let _written = write!(data, "{x:.1},{y:.1} ");
        }
        self.put(format_args!("<polygon points=\"{}\" {style}/>", data.trim_end()));
    }

    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }

    fn put(&mut self, element: std::fmt::Arguments) {
        let _written = self.text.write_fmt(element);
    }
}
