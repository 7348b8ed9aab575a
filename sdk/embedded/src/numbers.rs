//! Numbers as people read them.

/// A number with thousands separators.
pub fn grouped(number: u64) -> String {
    separated(number, ',')
}

/// The same as source code has it.
pub fn underscored(number: u64) -> String {
    separated(number, '_')
}

fn separated(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}
