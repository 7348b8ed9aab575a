//! The program `keel` as a user runs it: exit codes, the two streams, and pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn keel() -> Command {
    Command::new(env!("CARGO_BIN_EXE_keel"))
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = keel().args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios").join(name);
    path.to_str().unwrap().to_owned()
}

/// A scenario in a file of its own.
fn written(name: &str, steps: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let head =
        r#"{ "markets": [ { "name": "BTC", "launch_price": "20000" } ], "accounts": { "a": { "deposit": "5" } },"#;
    std::fs::write(&path, format!("{head}\n\"steps\": [\n{steps}\n]}}")).unwrap();
    path
}

#[test]
fn a_scenario_is_printed() {
    let (code, out, err) = run(&["scenario", "run", &example("crash.json")]);
    let expected = std::fs::read_to_string(example("crash.out")).unwrap();
    assert_eq!((code, out, err), (Some(0), expected, String::new()));
    let both = run(&["scenario", "run", "--strict", "--audit", "--on", "both", &example("stale-oracle.json")]);
    assert_eq!((both.0, both.2), (Some(0), String::new()));
    assert_eq!(both.1, std::fs::read_to_string(example("stale-oracle.out")).unwrap());
}

#[test]
fn an_unmet_expectation_is_told_and_the_run_goes_on() {
    let steps = "{ \"at\": 0, \"do\": \"refresh\", \"market\": \"BTC\", \"expect\": \"InvalidPrice\" },\n{ \"at\": 0, \"do\": \"withdraw\", \"who\": \"a\", \"amount\": \"6\" }";
    let path = written("unmet.json", steps);
    let (code, out, err) = run(&["scenario", "run", path.to_str().unwrap()]);
    assert_eq!((code, out.lines().count()), (Some(1), 3), "{err}");
    assert!(err.contains("unmet.json:3: step 0 was expected to be refused with InvalidPrice, but succeeded"), "{err}");
    assert!(!err.contains("step 1"), "{err}");
}

#[test]
fn strict_takes_every_refusal_as_a_failure() {
    let path = written("strict.json", r#"{ "at": 0, "do": "withdraw", "who": "a", "amount": "6" }"#);
    let path = path.to_str().unwrap();
    assert_eq!(run(&["scenario", "run", path]).0, Some(0));
    let (code, out, err) = run(&["scenario", "run", "--strict", path]);
    assert_eq!((code, out.lines().count()), (Some(1), 2));
    assert!(err.contains("strict.json:3: step 0 was refused: InsufficientCapital"), "{err}");
}

#[test]
fn a_mistake_names_its_line() {
    let path = written("mistake.json", r#"{ "at": 0, "do": "refresh", "market": "SOL" }"#);
    let (code, out, err) = run(&["scenario", "run", path.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("mistake.json:3: there is no market `SOL`"), "{err}");
    let (code, _, err) = run(&["scenario", "run", "no/such/file.json"]);
    assert!(code == Some(1) && err.contains("no/such/file.json"), "{err}");
    assert_eq!(run(&["scenario", "play"]).0, Some(2));
}

#[test]
fn help_tells_what_there_is() {
    let (code, out, _) = run(&["--help"]);
    assert!(code == Some(0) && out.contains("scenario") && out.contains("vectors"), "{out}");
    let (_, out, _) = run(&["scenario", "run", "--help"]);
    assert!(["--on", "--strict", "--audit", "engine", "chain", "both"].iter().all(|word| out.contains(word)), "{out}");
}

#[test]
fn vectors_answer_one_question_at_a_time() {
    let mut child = keel().arg("vectors").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut ask, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for (question, answer) in [
        (r#"{"op":"sqrt_price_at_tick","tick":0}"#, "{\"sqrt_price\":\"18446744073709551616\"}\n"),
        (r#"{"op":"tick_at_sqrt_price","sqrt_price":"18446744073709551615"}"#, "{\"tick\":-1}\n"),
    ] {
        writeln!(ask, "{question}").unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        assert_eq!(line, answer);
    }
    drop(ask);
    assert!(child.wait().unwrap().success());
}
