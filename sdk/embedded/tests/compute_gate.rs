//! The gate on compute units notices what it is there for.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The committed document.
const DOCUMENT: &str = "../../docs/compute.md";
/// The committed table of the SDK.
const UNITS: &str = "../rust/src/budget/measured.rs";

/// A committed file with one row replaced.
fn bent(file: &str, name: &str, row: &str, by: &str) -> PathBuf {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let (before, rest) = document.split_once(row).unwrap_or_else(|| panic!("no row {row}"));
    let (_, after) = rest.split_once('\n').unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("{before}{by}{after}")).unwrap();
    path
}

fn against(flag: &str, table: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cu")).arg(flag).arg(table).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_rise_a_new_shape_and_a_lost_one() {
    let row = "| `settle` | a profit becomes a claim |";
    let (passes, said) = against("--against", &bent(DOCUMENT, "same.md", row, &format!("{row} 1 | 9,999 | 1 |\n")));
    assert!(passes, "{said}");
    let (passes, said) = against("--against", &bent(DOCUMENT, "risen.md", row, &format!("{row} 1 | 1,600 | 1 |\n")));
    assert!(!passes && said.contains("`settle`, a profit becomes a claim, rose from 1,600 to 1,"), "{said}");
    let (passes, said) = against("--against", &bent(DOCUMENT, "new.md", row, ""));
    assert!(!passes && said.contains("`settle`, a profit becomes a claim, is not in the table"), "{said}");
    let (passes, said) = against(
        "--against",
        &bent(DOCUMENT, "lost.md", row, &format!("{row} 1 | 9,999 | 1 |\n| `gone` | x | 1 | 1 | 1 |\n")),
    );
    assert!(!passes && said.contains("`gone`, x, is in the table and was not measured"), "{said}");
    let row = "| TraderAccount |";
    let (passes, said) = against("--against", &bent(DOCUMENT, "size.md", row, &format!("{row} 1,100 | 0.0090 |\n")));
    assert!(!passes && said.contains("the size of TraderAccount rose from 1,100 to "), "{said}");
}

#[test]
fn what_clients_ask_for_is_held_to_the_same() {
    let against = |name, row, by: &str| against("--against-units", &bent(UNITS, name, row, by));
    let row = "row(15, \"settle\", 3, ";
    let (passes, said) = against("same.rs", row, &format!("{row}[9_999, 99_999, 99_999]),\n"));
    assert!(passes, "{said}");
    let (passes, said) = against("risen.rs", row, &format!("{row}[1_000, 99_999, 99_999]),\n"));
    assert!(!passes && said.contains("row(15, \"settle\") rose in the clients' table from [1000, "), "{said}");
    let (passes, said) = against("new.rs", row, "");
    assert!(!passes && said.contains("row(15, \"settle\") is not in the clients' table"), "{said}");
    let (passes, said) =
        against("lost.rs", row, &format!("{row}[9_999, 99_999, 99_999]),\nrow(99, \"gone\", 1, [1, 1, 1]),\n"));
    assert!(!passes && said.contains("row(99, \"gone\") is in the clients' table and was not measured"), "{said}");
    let row = "pub const CROSSING: u32 = ";
    let (passes, said) = against("crossing.rs", row, &format!("{row}1_000;\n"));
    assert!(!passes && said.contains("CROSSING rose in the clients' table from [1000] to [14"), "{said}");
}
