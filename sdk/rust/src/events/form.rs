//! What all events have in common, and the macro that declares one in one place: struct, discriminator, counter.

use bytemuck::Pod;

/// Bytes in front of an event's struct.
pub const DISCRIMINATOR_LEN: usize = 8;

/// A struct that the program logs, or a part of one: plain data without hidden padding.
pub trait Layout: Pod {
    /// Name in the program and in its IDL.
    const NAME: &'static str;
    /// Its fields in order.
    const FIELDS: &'static [Field];
}

/// A struct that the program logs as an event.
pub trait Logged: Layout {
    /// The first eight bytes of `sha256("event:" + NAME)`.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_LEN];

    /// Which counter counts it, and its number; nothing if none does.
    fn sequence(&self) -> Option<Sequence>;
}

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type, as it is written in Rust.
    pub kind: &'static str,
    /// Bytes in front of it, without the discriminator.
    pub offset: usize,
}

/// An account that counts the events in which it was written, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// The exchange.
    Exchange,
    /// The bank of this number.
    Bank(u8),
    /// The market of this number.
    Market(u16),
    /// The pool.
    Pool,
}

/// An event's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sequence {
    /// What counts.
    pub of: Counter,
    /// The number.
    pub number: u64,
}

/// Declares a struct and its [`Layout`].
macro_rules! layout {
    (
        $(#[$about:meta])*
        pub struct $name:ident { $( $(#[$field_about:meta])* pub $field:ident: $kind:ty, )* }
    ) => {
        $(#[$about])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $( $(#[$field_about])* pub $field: $kind, )* }

        impl $crate::events::Layout for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [$crate::events::Field] = &[ $( $crate::events::Field {
                name: stringify!($field),
                kind: stringify!($kind),
                offset: core::mem::offset_of!($name, $field),
            }, )* ];
        }
    };
}

/// Declares an event. `counted by` says whose number its field `sequence` is: `Nothing`, `Exchange`, `Pool`, or `Bank` or `Market`
/// with the field that says which.
macro_rules! event {
    (
        $(#[$about:meta])*
        pub struct $name:ident { $($fields:tt)* }
        discriminator $discriminator:expr;
        counted by $counter:ident $(($which:ident))?;
    ) => {
        $crate::events::form::layout! { $(#[$about])* pub struct $name { $($fields)* } }

        impl $crate::events::Logged for $name {
            const DISCRIMINATOR: [u8; $crate::events::DISCRIMINATOR_LEN] = $discriminator;

            fn sequence(&self) -> Option<$crate::events::Sequence> {
                $crate::events::form::event!(@number self, $counter $(($which))?)
            }
        }
    };
    (@number $event:expr, Nothing) => { None };
    (@number $event:expr, $counter:ident $(($which:ident))?) => {
        Some($crate::events::Sequence {
            of: $crate::events::Counter::$counter $(($event.$which))?,
            number: $event.sequence,
        })
    };
}

pub(crate) use {event, layout};
