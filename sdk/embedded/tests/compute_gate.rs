//! The gate on compute units notices what it is there for.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The committed document with one row replaced.
fn bent(name: &str, row: &str, by: &str) -> PathBuf {
    let document =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compute.md")).unwrap();
    let (before, rest) = document.split_once(row).unwrap_or_else(|| panic!("no row {row}"));
    let (_, after) = rest.split_once('\n').unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("{before}{by}{after}")).unwrap();
    path
}

fn against(table: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cu")).arg("--against").arg(table).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_rise_a_new_shape_and_a_lost_one() {
    let row = "| `settle` | a profit becomes a claim |";
    let (passes, said) = against(&bent("same.md", row, &format!("{row} 1 | 9,999 | 1 |\n")));
    assert!(passes, "{said}");
    let (passes, said) = against(&bent("risen.md", row, &format!("{row} 1 | 1,600 | 1 |\n")));
    assert!(!passes && said.contains("`settle`, a profit becomes a claim, rose from 1,600 to 1,"), "{said}");
    let (passes, said) = against(&bent("new.md", row, ""));
    assert!(!passes && said.contains("`settle`, a profit becomes a claim, is not in the table"), "{said}");
    let (passes, said) =
        against(&bent("lost.md", row, &format!("{row} 1 | 9,999 | 1 |\n| `gone` | x | 1 | 1 | 1 |\n")));
    assert!(!passes && said.contains("`gone`, x, is in the table and was not measured"), "{said}");
    let row = "| TraderAccount |";
    let (passes, said) = against(&bent("size.md", row, &format!("{row} 1,100 | 0.0090 |\n")));
    assert!(!passes && said.contains("the size of TraderAccount rose from 1,100 to "), "{said}");
}
