//! Every command is understood as its help says.

use clap::{Command, CommandFactory};
use keel_cli::Arguments;

#[test]
fn no_command_contradicts_itself() {
    Arguments::command().debug_assert();
}

/// Commands below one, with the words that lead to them.
fn below(command: &Command, words: &[String], found: &mut Vec<(Vec<String>, Command)>) {
    for inner in command.get_subcommands() {
        let words = [words, &[inner.get_name().to_owned()]].concat();
        found.push((words.clone(), inner.clone()));
        below(inner, &words, found);
    }
}

fn all() -> Vec<(Vec<String>, Command)> {
    let mut found = Vec::new();
    below(&Arguments::command(), &[], &mut found);
    found
}

#[test]
fn every_example_in_the_help_is_understood() {
    let mut commands = all();
    commands.push((Vec::new(), Arguments::command()));
    let mut understood = 0;
    for (words, command) in commands {
        let Some(help) = command.get_after_help() else { continue };
        let help = help.to_string();
        let examples = help.lines().filter_map(|line| line.strip_prefix("  keel "));
        for example in examples {
            let typed: Vec<&str> = std::iter::once("keel").chain(example.split(' ')).collect();
            let parsed = Arguments::command().try_get_matches_from(&typed);
            let is_help = parsed.as_ref().is_err_and(|error| !error.use_stderr());
            assert!(parsed.is_ok() || is_help, "{words:?}: keel {example}: {}", parsed.unwrap_err());
            understood += 1;
        }
    }
    assert!(understood > 60, "only {understood} examples");
}

/// Who asks for help to a command finds an example of it: its own, or one of the group it is in.
#[test]
fn every_command_has_an_example_and_a_word_about_itself() {
    let commands = all();
    let examples: Vec<String> =
        commands.iter().filter_map(|(_, command)| command.get_after_help().map(ToString::to_string)).collect();
    for (words, command) in &commands {
        let shown = format!("keel {}", words.join(" "));
        if ["keel scenario", "keel scenario run", "keel vectors"].contains(&shown.as_str()) {
            continue;
        }
        assert!(command.get_about().is_some(), "{shown} says nothing about itself");
        assert!(examples.iter().any(|text| text.contains(&shown)), "no example of {shown}");
    }
    assert!(commands.len() > 45);
}

#[test]
fn options_of_every_command_stand_anywhere() {
    for typed in [
        ["keel", "--json", "health", "--account", "3"],
        ["keel", "health", "--account", "3", "--json"],
        ["keel", "--account", "3", "--json", "health"],
    ] {
        assert!(Arguments::command().try_get_matches_from(typed).is_ok(), "{typed:?}");
    }
}

#[test]
fn what_is_no_amount_is_not_understood() {
    for typed in [
        &["keel", "deposit", "0"][..],
        &["keel", "deposit", "1e3"],
        &["keel", "deposit", "1,000"],
        &["keel", "deposit", "0.0000000001"],
        &["keel", "deposit", "-5"],
        &["keel", "trade", "long", "BTC"],
        &["keel", "trade", "sideways", "BTC", "1"],
        &["keel", "trade", "long", "BTC", "1", "--limit", "5", "--slippage-bps", "3"],
        &["keel", "trade", "long", "BTC", "1", "--exact", "--all-or-nothing"],
        &["keel", "trade", "long", "BTC", "1", "--bank", "SOL"],
        &["keel", "lien", "place", "--holder", "nobody", "--floor", "1"],
        &["keel", "lien", "place", "--floor", "1"],
        &["keel", "account", "give"],
        &["keel", "collateral", "buy", "SOL"],
        &["keel", "health", "--account", "70000"],
        &["keel", "order", "scale", "long", "BTC", "1", "--from", "1", "--to", "2", "--levels", "1"],
        &["keel", "funding", "BTC", "--hours", "49"],
    ] {
        let error = Arguments::command().try_get_matches_from(typed).unwrap_err();
        assert!(error.use_stderr() && error.exit_code() == 2, "{typed:?}");
    }
}
