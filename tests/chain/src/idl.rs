//! The program's interface as its IDL tells it: instructions with their accounts, arguments and documentation.
//!
//! Everything that is tried on every instruction begins here, so that an instruction is tried from the day it is added.
//! Whatever an IDL may say that these tests do not know yet fails to parse.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keel_sdk::address::PROGRAM_ID;
use serde::Deserialize;
use serde_json::Value;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// The interface.
#[derive(Clone, Debug, Deserialize)]
pub struct Idl {
    /// Its instructions.
    pub instructions: Vec<Declared>,
    /// Its account types.
    pub accounts: Vec<Named>,
}

/// A type of account.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What its data begins with.
    pub discriminator: [u8; 8],
}

/// An instruction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// What is written about it.
    #[serde(default)]
    pub docs: Vec<String>,
    /// What its data begins with.
    pub discriminator: Vec<u8>,
    /// Its accounts, without remaining ones.
    pub accounts: Vec<Slot>,
    /// Its arguments, in order.
    pub args: Vec<Argument>,
}

/// A declared account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// What is written about it.
    #[serde(default)]
    pub docs: Vec<String>,
    /// Whether it is written.
    #[serde(default)]
    pub writable: bool,
    /// Whether it signs.
    #[serde(default)]
    pub signer: bool,
    /// Whether the program's own address may stand for nothing.
    #[serde(default)]
    pub optional: bool,
    /// Its only address.
    pub address: Option<String>,
    /// How its address is derived.
    pub pda: Option<Pda>,
}

/// How an address is derived.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pda {
    /// The seeds in order.
    pub seeds: Vec<Seed>,
}

/// A seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Seed {
    /// Bytes.
    Const {
        /// The bytes.
        value: Vec<u8>,
    },
    /// The address of a declared account.
    Account {
        /// Its name.
        path: String,
    },
    /// An argument.
    Arg {
        /// Its name.
        path: String,
    },
}

/// An argument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What is written about it.
    #[serde(default)]
    pub docs: Vec<String>,
    /// Its type, as the IDL writes it.
    #[serde(rename = "type")]
    pub kind: Value,
}

/// The IDL at `KEEL_IDL`, or where `cargo xtask idl` puts it. Panics with what to do where there is none.
pub fn text() -> String {
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/idl/keel.json");
    let path = std::env::var_os("KEEL_IDL").map_or(written, PathBuf::from);
    let text = std::fs::read_to_string(&path);
    text.unwrap_or_else(|error| panic!("no IDL at {}: run `cargo xtask idl` ({error})", path.display()))
}

/// A type as Rust writes it.
pub fn typed(kind: &Value) -> String {
    if let Some(name) = kind.as_str() {
        return name.to_owned();
    }
    if let Some([element, length]) = kind["array"].as_array().map(Vec::as_slice) {
        return format!("[{}; {length}]", typed(element));
    }
    let defined = &kind["defined"]["name"];
    defined.as_str().map_or_else(|| kind.to_string(), str::to_owned)
}

impl Idl {
    /// What is in the IDL. Panics with what to do where there is none.
    pub fn read() -> Self {
        let mut idl: Self = serde_json::from_str(&text()).unwrap();
        idl.instructions.sort_by(|one, other| one.discriminator.cmp(&other.discriminator));
        idl
    }

    /// An instruction by its name.
    pub fn instruction(&self, name: &str) -> &Declared {
        let found = self.instructions.iter().find(|instruction| instruction.name == name);
        found.unwrap_or_else(|| panic!("the IDL has no instruction {name}"))
    }
}

impl Declared {
    /// Place of an account by its name.
    pub fn place(&self, name: &str) -> usize {
        let found = self.accounts.iter().position(|slot| slot.name == name);
        found.unwrap_or_else(|| panic!("{} has no account {name}", self.name))
    }

    /// Whether what is written about it speaks of remaining accounts.
    pub fn speaks_of_remaining_accounts(&self) -> bool {
        self.docs.iter().any(|line| line.contains("emaining accounts"))
    }

    /// Whether an address among the instruction's accounts is derived from this one's.
    pub fn seeds_another(&self, index: usize) -> bool {
        let mut seeds = self.accounts.iter().filter_map(|slot| slot.pda.as_ref()).flat_map(|pda| &pda.seeds);
        seeds.any(|seed| matches!(seed, Seed::Account { path } if *path == self.accounts[index].name))
    }

    /// Where every argument lies in the data.
    pub fn places(&self) -> BTreeMap<&str, (usize, Type)> {
        let mut at = self.discriminator.len();
        let place = |argument: &Argument| {
            let kind = Type::of(&argument.kind);
            let placed = at;
            at += kind.size();
            (placed, kind)
        };
        let places: Vec<_> = self.args.iter().map(place).collect();
        self.args.iter().map(|argument| argument.name.as_str()).zip(places).collect()
    }

    /// Bytes of the data.
    pub fn data_len(&self) -> usize {
        self.discriminator.len() + self.args.iter().map(|argument| Type::of(&argument.kind).size()).sum::<usize>()
    }

    /// The address that the seeds give an account in an instruction, where the IDL has seeds for it.
    pub fn derived(&self, index: usize, instruction: &Instruction) -> Option<Pubkey> {
        let seeds = self.accounts[index].pda.as_ref()?.seeds.iter();
        let seeds: Vec<Vec<u8>> = seeds.map(|seed| self.seed(seed, instruction)).collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        Some(Pubkey::find_program_address(&seeds, &PROGRAM_ID).0)
    }

    fn seed(&self, seed: &Seed, instruction: &Instruction) -> Vec<u8> {
        match seed {
            Seed::Const { value } => value.clone(),
            Seed::Account { path } => instruction.accounts[self.place(path)].pubkey.to_bytes().to_vec(),
            Seed::Arg { path } => {
                let (at, kind) = self.places()[path.as_str()];
                instruction.data[at..at + kind.size()].to_vec()
            }
        }
    }
}

/// The type of an argument, by what can be tried with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Unsigned, of that many bytes.
    Unsigned(usize),
    /// Signed, of that many bytes.
    Signed(usize),
    /// One byte that is 0 or 1.
    Bool,
    /// That many bytes without an order.
    Bytes(usize),
}

impl Type {
    /// What the IDL means. Panics at what no instruction has had so far.
    pub fn of(kind: &Value) -> Self {
        match kind {
            Value::String(name) => match name.as_str() {
                "bool" => Self::Bool,
                "pubkey" => Self::Bytes(32),
                number => {
                    let (sign, bits) = number.split_at(1);
                    let size = bits.parse::<usize>().unwrap_or_else(|_| panic!("what is tried with a {number}?")) / 8;
                    if sign == "i" { Self::Signed(size) } else { Self::Unsigned(size) }
                }
            },
            Value::Object(map) => {
                let array = map.get("array").unwrap_or_else(|| panic!("what is tried with {kind}?"));
                let (of, count) = (Self::of(&array[0]), array[1].as_u64().unwrap());
                Self::Bytes(of.size() * usize::try_from(count).unwrap())
            }
            _ => panic!("what is tried with {kind}?"),
        }
    }

    /// Bytes that it takes.
    pub const fn size(self) -> usize {
        match self {
            Self::Unsigned(size) | Self::Signed(size) | Self::Bytes(size) => size,
            Self::Bool => 1,
        }
    }

    /// The values at the edges, little-endian: 0, 1 and the two largest; -1 before these and the two smallest behind
    /// them where it has a sign; all bits clear and all set where it has no order.
    pub fn edges(self) -> Vec<Vec<u8>> {
        let bytes = |lowest: u8, between: u8, highest: u8| {
            let mut bytes = vec![between; self.size()];
            bytes[self.size() - 1] = highest;
            bytes[0] = lowest;
            bytes
        };
        match self {
            Self::Bool => vec![vec![0], vec![1], vec![2], vec![0xff]],
            Self::Unsigned(1) => vec![vec![0], vec![1], vec![0xfe], vec![0xff]],
            Self::Unsigned(_) => vec![bytes(0, 0, 0), bytes(1, 0, 0), bytes(0xfe, 0xff, 0xff), bytes(0xff, 0xff, 0xff)],
            Self::Signed(_) => vec![
                bytes(0, 0, 0),
                bytes(1, 0, 0),
                bytes(0xff, 0xff, 0xff),
                bytes(0xfe, 0xff, 0x7f),
                bytes(0xff, 0xff, 0x7f),
                bytes(0, 0, 0x80),
                bytes(1, 0, 0x80),
            ],
            Self::Bytes(_) => vec![bytes(0, 0, 0), bytes(0xff, 0xff, 0xff)],
        }
    }

    /// The edges, or all values where a byte holds them.
    pub fn values(self) -> Vec<Vec<u8>> {
        if self.size() == 1 { (0..=u8::MAX).map(|byte| vec![byte]).collect() } else { self.edges() }
    }
}
