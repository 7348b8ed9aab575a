//! The report: one self-contained HTML page with inline SVG.

mod axis;
mod bars;
mod capital;
mod chart;
mod page;
mod plots;
mod small;
mod svg;

pub use axis::{Axis, short};
pub use chart::{Chart, Series, colours};
pub use page::page_of;

use std::path::Path;

use anyhow::{Context, Result};

use crate::capital::Capital;
use crate::figures::Section;
use crate::play::Played;

/// Writes the page.
pub fn write(path: &Path, played: &Played, capital: &Capital, sections: &[Section]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let page = page::render(played, capital, sections)?;
    std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}
