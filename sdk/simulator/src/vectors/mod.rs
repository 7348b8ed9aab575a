//! Single operations of the arithmetic as lines of JSON, for comparing it with other implementations (docs/scenarios.md).
//!
//! Every line is answered by one line, in order: a result, or `{"error":"..."}`. No input makes it panic, and a number
//! is never wrapped or clamped: what is outside of what the arithmetic serves is an error.

mod operations;
mod request;

use std::io::{BufRead, BufReader, Read, Result, Write};

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 16;

/// Answers one line, without the ends of lines.
pub fn answer(line: &str) -> String {
    match operations::perform(line) {
        Ok(text) => text,
        Err(error) => {
            let mut out = crate::scenario::writer();
            out.text("error", &error);
            out.finish()
        }
    }
}

/// Answers every line of an input. What is answered is flushed before the input is waited for, so that a program may
/// ask one question at a time.
pub fn answer_all(input: impl Read, mut output: impl Write) -> Result<()> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return output.flush();
        }
        let text = match std::str::from_utf8(&line) {
            Ok(text) => answer(text.trim()),
            Err(_) => r#"{"error":"the line is not UTF-8"}"#.to_owned(),
        };
        output.write_all(text.as_bytes())?;
        output.write_all(b"\n")?;
        // Whoever asked may wait for the answer before it asks again, unless the next line is here already.
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
    }
}
