//! What is not understood is refused before anything is done.

use std::process::{Command, Output};

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().expect("xtask starts")
}

fn refusal(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = xtask(arguments);
    assert!(!status.success(), "{arguments:?} was accepted");
    String::from_utf8_lossy(&stderr).into_owned()
}

#[test]
fn help_lists_every_command() {
    for arguments in [&[][..], &["help"], &["--help"], &["build", "--help"]] {
        let Output { status, stdout, .. } = xtask(arguments);
        let help = String::from_utf8_lossy(&stdout).into_owned();
        assert!(status.success());
        for command in ["setup", "build", "idl", "demo", "test", "cu", "mutants", "fmt", "lint"] {
            assert!(help.contains(&format!("\n  {command} ")), "{command} is not in the help");
        }
    }
}

#[test]
fn unknown_commands_and_options_are_refused() {
    assert!(refusal(&["biuld"]).contains("there is no command `biuld`"));
    assert!(refusal(&["setup", "--force"]).contains("`setup` does not know `--force`"));
    assert!(refusal(&["lint", "extra"]).contains("`lint` does not know `extra`"));
    assert!(refusal(&["test", "--long", "--longer"]).contains("`test` does not know `--longer`"));
}

#[test]
fn unknown_programs_are_refused() {
    assert!(refusal(&["build", "kele"]).contains("there is no program `kele`; there are "));
    assert!(refusal(&["build", "kele"]).contains("keel"));
    assert!(refusal(&["build", "hostile", "keel"]).contains("`build` does not know `keel`"));
}

#[test]
fn unknown_panic_modes_are_refused() {
    assert!(refusal(&["build", "--panic", "never"]).contains("location, message, immediate"));
    assert!(refusal(&["build", "--panic"]).contains("location, message, immediate"));
}
