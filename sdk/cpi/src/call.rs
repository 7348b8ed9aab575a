//! What the instructions have in common: `calls!` makes each declaration a struct with its metas, accounts and data.
//!
//! The declarations are in `generated`: a number, a name, the accounts in the program's order, each by what it is
//! for (a constructor of [`Role`](crate::Role)) and what holds it (`T` is the caller's form of an account), the arguments in the order of the data.

/// An argument, as it goes over the wire.
pub trait Argument {
    /// Writes it, little-endian, to the front of `rest` and gives what is behind it.
    fn put(self, rest: &mut [u8]) -> &mut [u8];
}

impl<const LENGTH: usize> Argument for [u8; LENGTH] {
    #[inline(always)]
    fn put(self, rest: &mut [u8]) -> &mut [u8] {
        match rest.split_first_chunk_mut() {
            Some((place, rest)) => {
                *place = self;
                rest
            }
            // Calls have room for all of their arguments.
            None => &mut [],
        }
    }
}

impl<const LENGTH: usize> Argument for [u16; LENGTH] {
    #[inline(always)]
    fn put(self, rest: &mut [u8]) -> &mut [u8] {
        self.into_iter().fold(rest, |rest, number| number.put(rest))
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Argument for $number {
            #[inline(always)]
            fn put(self, rest: &mut [u8]) -> &mut [u8] {
                self.to_le_bytes().put(rest)
            }
        })*
    };
}

numbers! { u8 u16 u32 u64 u128 i32 i64 }

macro_rules! calls {
    ($(
        $(#[doc = $doc:literal])*
        $number:literal $name:ident {
            $($(#[doc = $account_doc:literal])* $account:ident: $role:ident $held:ty,)*
        } with {
            $($(#[doc = $argument_doc:literal])* $argument:ident: $kind:ty,)*
        }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<T> {
            $($(#[doc = $account_doc])* pub $account: $held,)*
            $($(#[doc = $argument_doc])* pub $argument: $kind,)*
        }

        impl<T> $name<T> {
            /// The first byte of the data.
            pub const NUMBER: u8 = $number;

            /// What each account is for, in the program's order.
            pub const ROLES: [$crate::Role; [$(stringify!($account)),*].len()] =
                [$($crate::Role::$role(stringify!($account))),*];

            /// The account metas in the program's order, each made by `meta` of an account and what it is for. Remaining
            /// accounts come behind them.
            #[inline(always)]
            pub fn metas<'call, M>(
                &'call self,
                mut meta: impl FnMut(&'call T, $crate::Role) -> M,
            ) -> [M; [$(stringify!($account)),*].len()] {
                use $crate::role::Held;
                [$({
                    let role = Held::<T>::as_role(&self.$account, $crate::Role::$role(stringify!($account)));
                    meta(Held::<T>::handle(&self.$account), role)
                }),*]
            }

            /// The accounts in the program's order.
            #[inline(always)]
            pub fn into_accounts(self) -> [T; [$(stringify!($account)),*].len()] {
                use $crate::role::Held;
                [$(Held::<T>::into_handle(self.$account)),*]
            }

            /// The instruction data: the number, then the arguments in order.
            #[inline(always)]
            pub fn data(&self) -> [u8; 1 $(+ core::mem::size_of::<$kind>())*] {
                use $crate::call::Argument;
                let mut data = [0; 1 $(+ core::mem::size_of::<$kind>())*];
                let _rest = Self::NUMBER.put(&mut data);
                $(let _rest = self.$argument.put(_rest);)*
                data
            }
        }
    )*};
}
