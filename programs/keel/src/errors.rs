//! Error codes: the engine's, one to one, from the framework's first custom code on.

use anchor_lang::prelude::*;

macro_rules! mirror {
    ($($name:ident = $message:literal,)*) => {
        /// The engine's refusals as the program's error codes: `6000 + keel_engine::Error::code()`.
        #[error_code]
        #[derive(Debug, PartialEq, Eq)]
        pub enum KeelError {
            $(#[doc = $message] #[msg($message)] $name,)*
        }

        impl From<keel_engine::Error> for KeelError {
            #[inline(always)]
            fn from(error: keel_engine::Error) -> Self {
                match error {
                    $(keel_engine::Error::$name => Self::$name,)*
                }
            }
        }

        // Codes are never renumbered, and never differ between engine and program.
        const _: () = { $(assert!(KeelError::$name as u32 == keel_engine::Error::$name.code());)* };
    };
}

keel_engine::for_each_error!(mirror);
