//! Values as JSON. Field names are JavaScript's, `likeThis`.

use bytemuck::Pod;
use keel_engine::units::{Factor, Price, Rate, SignedWide, SqrtPrice, Wide};
use keel_sdk::events::{Field, Layout};
use serde_json::{Map, Value};
use solana_pubkey::Pubkey;

pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An integer that may be larger than a number of JavaScript holds exactly.
pub(crate) fn big(value: impl core::fmt::Display) -> Value {
    Value::String(format!("{value}n"))
}

pub(crate) fn address(address: &Pubkey) -> Value {
    Value::String(address.to_string())
}

pub(crate) fn hex(bytes: &[u8]) -> Value {
    Value::String(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is told as JSON.
pub(crate) trait Tell {
    fn tell(&self) -> Value;
}

macro_rules! small {
    ($($kind:ty),*) => { $( impl Tell for $kind {
        fn tell(&self) -> Value {
            Value::from(*self)
        }
    } )* };
}

macro_rules! large {
    ($($kind:ty: $of:ident => $value:expr),* $(,)?) => { $( impl Tell for $kind {
        fn tell(&self) -> Value {
            let $of = self;
            big($value)
        }
    } )* };
}

small!(bool, u8, u16, u32, i32);
large! {
    u64: value => value,
    i64: value => value,
    u128: value => value,
    Price: price => price.bits,
    Rate: rate => rate.bits,
    Factor: factor => factor.bits,
    SqrtPrice: root => root.get(),
    Wide: wide => wide.get(),
    SignedWide: wide => wide.get(),
}

impl<T: Tell> Tell for Option<T> {
    fn tell(&self) -> Value {
        self.as_ref().map_or(Value::Null, Tell::tell)
    }
}

impl<T: Tell> Tell for [T] {
    fn tell(&self) -> Value {
        self.iter().map(Tell::tell).collect()
    }
}

impl<T: Tell> Tell for Vec<T> {
    fn tell(&self) -> Value {
        self.as_slice().tell()
    }
}

impl<T: Tell, const N: usize> Tell for [T; N] {
    fn tell(&self) -> Value {
        self.as_slice().tell()
    }
}

/// [`Tell`] for structs, by the fields that are named.
macro_rules! tells {
    ($($of:ty { $($field:ident),* $(,)? })*) => { $( impl $crate::tell::Tell for $of {
        fn tell(&self) -> serde_json::Value {
            use $crate::tell::{camel_case, object, Tell};
            object([$( (&camel_case(stringify!($field)), Tell::tell(&self.$field)), )*])
        }
    } )* };
}
pub(crate) use tells;

/// A struct of an event, field by field.
pub(crate) fn layout<L: Layout>(value: &L) -> Value {
    fields(L::FIELDS, bytemuck::bytes_of(value))
}

/// The fields of a struct's bytes, padding left out.
pub(crate) fn fields(fields: &[Field], bytes: &[u8]) -> Value {
    let told = fields.iter().filter(|field| !field.name.starts_with("pad"));
    let told =
        told.filter_map(|field| Some((camel_case(field.name), of_kind(field.kind, bytes.get(field.offset..)?)?)));
    Value::Object(told.collect::<Map<_, _>>())
}

/// The value of a type as Rust writes it, at the front of the bytes.
fn of_kind(kind: &str, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        "u8" => read::<u8>(bytes)?.into(),
        "u16" => read::<u16>(bytes)?.into(),
        "u32" => read::<u32>(bytes)?.into(),
        "i32" => read::<i32>(bytes)?.into(),
        "u64" => big(read::<u64>(bytes)?),
        "i64" => big(read::<i64>(bytes)?),
        "Wide" => big(read::<u128>(bytes)?),
        "SignedWide" => big(read::<i128>(bytes)?),
        "Pubkey" => address(&read::<Pubkey>(bytes)?),
        "Holding" => layout(&read::<keel_sdk::events::Holding>(bytes)?),
        "Ledger" => layout(&read::<keel_sdk::events::Ledger>(bytes)?),
        "[u16; DELEGATE_MARKETS]" => {
            let numbers: [u16; keel_engine::state::DELEGATE_MARKETS] = read(bytes)?;
            numbers.into_iter().map(Value::from).collect()
        }
        "[u64; 3]" => read::<[u64; 3]>(bytes)?.tell(),
        "[u8; 16]" => hex(bytes.get(..16)?),
        "[u8; 32]" => hex(bytes.get(..32)?),
        _ => return None,
    })
}

fn read<T: Pod>(bytes: &[u8]) -> Option<T> {
    bytes.get(..size_of::<T>()).map(bytemuck::pod_read_unaligned)
}

/// `like_this` as `likeThis`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut written = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        written.push_str(&first.to_uppercase());
        written.push_str(rest);
    }
    written
}
