//! What the pages say is tested exists: every link, file and test that README.md, docs/reliability.md and docs/attacks.md
//! name. A test that is named is one that runs, unless its line says that it is ignored; then it is ignored.
//!
//! What counts as a claim is what stands between backticks, in tables and in text:
//!
//! - a path: of the repository, or of one of the page's own folders;
//! - `path.rs::name`, or `::name` behind the last path: a test in that file;
//! - in docs/attacks.md, `path.rs` and a colon: the words behind it are tests of that file, a `*` stands for any ending.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::string_slice)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A page and where its paths begin.
struct Page {
    name: &'static str,
    /// The folder of a path that is none of the repository's, by the last of these words before it in its cell.
    folders: &'static [(&'static str, &'static str)],
    /// Whether the words behind `path.rs` and a colon are tests.
    lists_tests: bool,
    /// Fewer tests than that, and the page is not written in the way that is understood here.
    least_tests: usize,
}

const PAGES: [Page; 3] = [
    Page { name: "README.md", folders: &[], lists_tests: false, least_tests: 0 },
    Page { name: "docs/reliability.md", folders: &[], lists_tests: false, least_tests: 150 },
    Page {
        name: "docs/attacks.md",
        folders: &[
            ("", "tests/attacks/tests"),
            ("engine ", "engine/tests"),
            ("chain ", "tests/chain/tests"),
            ("model ", "tests/model/tests"),
        ],
        lists_tests: true,
        least_tests: 20,
    },
];

/// Endings of files that a page may name.
const ENDINGS: [&str; 10] = [".rs", ".md", ".json", ".csv", ".png", ".toml", ".out", ".yml", ".log", ".so"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What is wrong with a page, a line each; and how many files, links and tests it names that are right.
#[derive(Default)]
struct Report {
    wrong: Vec<String>,
    files: usize,
    tests: usize,
    links: usize,
}

struct Checker<'a> {
    page: &'a Page,
    root: PathBuf,
    report: Report,
    sources: BTreeMap<PathBuf, String>,
}

impl<'a> Checker<'a> {
    fn new(page: &'a Page) -> Self {
        Self { page, root: repository(), report: Report::default(), sources: BTreeMap::new() }
    }

    fn run(mut self, text: &str) -> Report {
        let mut is_code = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            }
            if is_code || line.starts_with("    ") {
                continue;
            }
            let place = format!("{}:{}", self.page.name, number + 1);
            self.links(&place, line);
            let mut last = None;
            for cell in line.split('|') {
                last = self.cell(&place, line, cell, last);
            }
        }
        self.report
    }

    /// `](target)`: a file beside the page, or somewhere else altogether.
    fn links(&mut self, place: &str, line: &str) {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let beside = self.root.join(self.page.name).with_file_name(target);
            self.report.links += 1;
            if !beside.exists() {
                self.report.wrong.push(format!("{place}: there is no {target}"));
            }
        }
    }

    /// What stands between backticks in a cell of a table, or in a line of text. `last` is the file that was named last.
    fn cell(&mut self, place: &str, line: &str, cell: &str, mut last: Option<PathBuf>) -> Option<PathBuf> {
        let (mut is_list, mut before) = (false, String::new());
        let mut parts = cell.split('`');
        while let Some(text) = parts.next() {
            before.push_str(text);
            let Some(span) = parts.next() else { break };
            let (path, test) = match span.split_once("::") {
                Some((path, test)) if path.is_empty() || path.ends_with(".rs") => (path, Some(test)),
                _ => (span, None),
            };
            if self.is_path(path) {
                match self.find(path, &before) {
                    Some(file) => {
                        self.report.files += 1;
                        last = Some(file);
                    }
                    None => {
                        last = None;
                        self.report.wrong.push(format!("{place}: there is no {path}"));
                    }
                }
                is_list = false;
            }
            if let Some(test) = test {
                self.test(place, line, last.as_deref(), test);
            } else if self.page.lists_tests && is_name(span) {
                is_list |= text == ": " && last.is_some();
                if is_list {
                    self.test(place, line, last.as_deref(), span);
                }
            }
        }
        last
    }

    /// Whether it is meant to be a path: it ends as files do, or begins with a folder of the repository.
    fn is_path(&self, span: &str) -> bool {
        let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        let first = span.split('/').next().unwrap_or_default();
        let is_of_a_folder = span.contains('/') && !first.is_empty() && self.root.join(first).is_dir();
        let is_file = ENDINGS.iter().any(|ending| span.len() > ending.len() && span.ends_with(ending));
        is_plain && (is_of_a_folder || is_file) && first != "target"
    }

    fn find(&self, path: &str, before: &str) -> Option<PathBuf> {
        let said = |(word, folder): &(&str, &'static str)| before.rfind(word).map(|at| (at + word.len(), *folder));
        let folder = self.page.folders.iter().filter_map(|entry| match entry.0 {
            "" => Some((0, entry.1)),
            _ => said(entry),
        });
        let own = folder.max_by_key(|(at, _)| *at).map(|(_, folder)| self.root.join(folder).join(path));
        let beside = self.root.join(self.page.name).with_file_name(path);
        let whole = self.root.join(path);
        // A bare name is the page's own; a path of several parts may be the repository's.
        let all = if path.contains('/') || self.page.folders.is_empty() {
            [own, Some(whole), Some(beside)]
        } else {
            [own, None, None]
        };
        all.into_iter().flatten().find(|candidate| candidate.exists())
    }

    /// A test of that name in that file.
    fn test(&mut self, place: &str, line: &str, file: Option<&Path>, name: &str) {
        let Some(file) = file else {
            self.report.wrong.push(format!("{place}: in which file is {name}?"));
            return;
        };
        let source = self.sources.entry(file.to_owned()).or_insert_with(|| std::fs::read_to_string(file).unwrap());
        let is_ignored = line.contains("ignored");
        let wrong = match tests_named(source, name) {
            found if found.is_empty() => Some("is no test of"),
            found if found.iter().any(|ignored| *ignored && !is_ignored) => Some("is ignored in"),
            found if is_ignored && !found.contains(&true) => Some("is not ignored any more in"),
            _ => None,
        };
        match wrong {
            Some(what) => self.report.wrong.push(format!("{place}: {name} {what} {}", file.display())),
            None => self.report.tests += 1,
        }
    }
}

fn is_name(span: &str) -> bool {
    span.contains('_') && span.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_*".contains(c))
}

/// For each test of that name, whether it is ignored. A `*` at the end stands for anything.
fn tests_named(source: &str, name: &str) -> Vec<bool> {
    let (stem, is_open) = name.strip_suffix('*').map_or((name, false), |stem| (stem, true));
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let declared = ["async fn ", "fn "].iter().find_map(|word| line.strip_prefix(word));
        let Some(declared) = declared.and_then(|rest| rest.split(['(', '<']).next()) else { continue };
        if declared != stem && !(is_open && declared.starts_with(stem)) {
            continue;
        }
        let attributes =
            lines.iter().take(at).rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        let attributes: Vec<&&str> = attributes.collect();
        if attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test")) {
            found.push(attributes.iter().any(|line| line.starts_with("#[ignore")));
        }
    }
    found
}

#[test]
fn every_file_link_and_test_that_is_named_exists() {
    for page in &PAGES {
        let text = std::fs::read_to_string(repository().join(page.name)).unwrap();
        let Report { wrong, files, tests, links } = Checker::new(page).run(&text);
        println!("{}: {files} files, {tests} tests, {links} links", page.name);
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert!(files + links > 10, "{}: the claims are not where they were", page.name);
        assert!(tests >= page.least_tests, "{}: {tests} tests", page.name);
    }
}

/// Each kind of mistake is one.
#[test]
fn what_is_not_there_is_noticed() {
    let wrong = |page: &Page, text: &str| Checker::new(page).run(text).wrong;
    let [readme, _, attacks] = &PAGES;
    let right = "| [a](docs/protocol.md#x) | `engine/tests/claims.rs::what_is_not_there_is_noticed`, `engine/src/` |";
    assert!(wrong(readme, right).is_empty(), "{:?}", wrong(readme, right));
    for text in [
        "see [this](docs/no_such_page.md)",
        "`engine/tests/no_such_file.rs`",
        "`engine/no_such_folder`",
        "`no_such_page.md`",
        "`engine/tests/claims.rs::no_such_test`",
        "`engine/tests/claims.rs`, `::no_such_test`",
        "`::a_test_of_no_file`",
        // A function, but no test.
        "`engine/tests/claims.rs::tests_named`",
        "ignored: `engine/tests/claims.rs::what_is_not_there_is_noticed`",
        "`tests/attacks/tests/draft/open.rs::a_sleeping_feed_elsewhere_shields_nobody`",
    ] {
        assert_eq!(wrong(readme, text).len(), 1, "{text}: {:?}", wrong(readme, text));
    }
    let right =
        "| `draft/pot.rs`: `item_05_*`, `item_03_first_come_first_served` | engine `pot.rs`, chain `oracle.rs` |";
    assert!(wrong(attacks, right).is_empty(), "{:?}", wrong(attacks, right));
    for text in [
        "`draft/pot.rs`: `item_99_*`",
        "`draft/pot.rs`: `item_05_*` (with a word), `item_03_no_such_story`",
        "engine `receivers.rs`",
        "chain `pot.rs`",
        "`pot.rs`",
    ] {
        assert_eq!(wrong(attacks, text).len(), 1, "{text}: {:?}", wrong(attacks, text));
    }
    // Code is no claim.
    assert!(wrong(readme, "    `no_such_page.md`\n```\n`no_such_page.md`\n```").is_empty());
}
