//! The declarations in `sdk/cpi/src/generated` are those of the program's interface.

use std::collections::BTreeSet;
use std::fmt::Write;

use keel_chain_tests::idl::{Declared, Idl, Named, Slot, Type, typed};
use keel_chain_tests::written;

const FOLDER: &str = "sdk/cpi/src/generated";
/// Instructions in a file.
const IN_A_FILE: usize = 16;
/// Lines that a file of the project may have.
const MOST_LINES: usize = 500;

const ORIGIN: &str = "Written by `tests/chain/tests/cpi` from the program's interface; not to be edited.";

#[test]
fn declarations() {
    let idl = Idl::read();
    let mut files = BTreeSet::from(["mod.rs".to_owned(), "discriminator.rs".to_owned()]);
    let mut list = format!("//! The instructions, by number, and the kinds of accounts.\n//! {ORIGIN}\n\n");
    let (mut modules, mut names) = ("pub mod discriminator;\n".to_owned(), String::new());
    let all = idl.instructions;
    for (group, first) in all.chunks(IN_A_FILE).zip((0..).step_by(IN_A_FILE)) {
        let name = format!("from_{first:02}");
        let last = first + group.len() - 1;
        let mut file = format!("//! Instructions {first} to {last}.\n//! {ORIGIN}\n\ncalls! {{\n");
        let declared: Vec<String> = group.iter().map(declaration).collect();
        file.push_str(&declared.join("\n"));
        file.push_str("}\n");
        assert!(file.lines().count() < MOST_LINES, "{name} has too many lines: fewer instructions in a file");
        written::check(&format!("{FOLDER}/{name}.rs"), &file);
        writeln!(modules, "mod {name};").unwrap();
        writeln!(names, "pub use {name}::*;").unwrap();
        files.insert(format!("{name}.rs"));
    }
    write!(list, "{modules}\n{names}").unwrap();
    written::check(&format!("{FOLDER}/mod.rs"), &list);
    written::check(&format!("{FOLDER}/discriminator.rs"), &discriminators(&idl.accounts));
    let found = std::fs::read_dir(written::path(FOLDER)).unwrap();
    let found: BTreeSet<_> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, files);
}

fn discriminators(accounts: &[Named]) -> String {
    let mut file = format!("//! What the data of each kind of account begins with.\n//! {ORIGIN}\n");
    let mut sorted: Vec<&Named> = accounts.iter().collect();
    sorted.sort_by_key(|account| &account.name);
    for Named { name, discriminator } in sorted {
        let loud = name.char_indices().flat_map(|(at, letter)| {
            let gap = (at != 0 && letter.is_uppercase()).then_some('_');
            gap.into_iter().chain(letter.to_uppercase())
        });
        let constant: String = loud.collect();
        writeln!(file, "\n/// `{name}`.\npub const {constant}: [u8; 8] = {discriminator:?};").unwrap();
    }
    file
}

fn declaration(instruction: &Declared) -> String {
    let mut text = String::new();
    document(&mut text, 1, &instruction.docs);
    writeln!(text, "    {} {} {{", instruction.discriminator[0], capitals(&instruction.name)).unwrap();
    for slot in &instruction.accounts {
        document(&mut text, 2, &slot.docs);
        writeln!(text, "        {}: {},", slot.name, role(slot)).unwrap();
    }
    if instruction.args.is_empty() {
        text.push_str("    } with {}\n");
        return text;
    }
    text.push_str("    } with {\n");
    let places = instruction.places();
    for argument in &instruction.args {
        let (at, kind) = places[argument.name.as_str()];
        let place = place(at, kind);
        writeln!(text, "        /// {place} of the data.\n        {}: {},", argument.name, typed(&argument.kind))
            .unwrap();
    }
    text.push_str("    }\n");
    text
}

fn document(text: &mut String, depth: usize, lines: &[String]) {
    for line in lines {
        writeln!(text, "{:width$}/// {line}", "", width = 4 * depth).unwrap();
    }
    // The separator of paragraphs has nothing behind it.
    *text = text.replace("/// \n", "///\n");
}

fn capitals(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(word).collect()
}

/// The constructor of an account's `keel_cpi::Role`, and the type that holds it.
fn role(slot: &Slot) -> &'static str {
    match (slot.optional, slot.writable, slot.signer) {
        (false, false, false) => "read T",
        (false, true, false) => "written T",
        (false, false, true) => "signer T",
        (false, true, true) => "payer T",
        (true, false, false) => "maybe_read crate::Optional<T>",
        (true, true, false) => "maybe_written crate::Optional<T>",
        (true, _, true) => panic!("{} signs and may be nobody", slot.name),
    }
}

fn place(at: usize, kind: Type) -> String {
    match kind.size() {
        1 => format!("Byte {at}"),
        size => format!("Bytes {at} to {}", at + size - 1),
    }
}
