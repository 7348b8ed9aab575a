//! Running other programs: shown, captured, or into a log, with errors that name what failed.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, ExitCode, Output, Stdio},
};

use crate::Result;

/// How many last lines of a log an error repeats.
const TAIL: usize = 15;

/// Runs with the terminal's own input and output.
pub fn show(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", spelled(command)).into()) }
}

/// Runs with the terminal's own input and output, and gives the exit code.
pub fn code(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map(ExitCode::from).ok_or_else(|| format!("`{}` failed ({status})", spelled(command)).into())
}

/// Runs and gives what it printed.
pub fn capture(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    Err(format!("`{}` failed ({status}):\n{}", spelled(command), String::from_utf8_lossy(&stderr).trim_end()).into())
}

/// Runs with all output appended to a log file; an error repeats the log's last lines.
pub fn log(command: &mut Command, log: &Path) -> Result {
    let file = File::options().create(true).append(true).open(log)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read(log)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n  ");
    Err(format!("`{}` failed ({status}):\n  {tail}\n(all of it is in {})", spelled(command), log.display()).into())
}

/// Runs two programs, the first one's output being the second one's input.
pub fn pipe(from: &mut Command, to: &mut Command) -> Result {
    let mut source = from.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(from, &error))?;
    let output = source.stdout.take().ok_or("a pipe has no end to read from")?;
    let status = to.stdin(output).status().map_err(|error| cannot_start(to, &error))?;
    let source_status = source.wait()?;
    if status.success() && source_status.success() {
        return Ok(());
    }
    Err(format!("`{} | {}` failed ({source_status}, {status})", spelled(from), spelled(to)).into())
}

fn spelled(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", command.get_program().to_string_lossy())
}
