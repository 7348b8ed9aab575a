//! The 128-bit functions that compiled code calls by name.
//!
//! rustc passes `i128` in memory on this target; LLVM 23, which makes the calls, passes it in registers. The
//! `unadjusted` ABI is LLVM's own, so these definitions fit the calls. All other builtins, memory ones included, come from
//! `solana-compiler-builtins`, whose symbols are weak: the ones here win.

#![no_std]
#![feature(abi_unadjusted)]
#![allow(internal_features)]

extern crate solana_compiler_builtins as _;

mod arithmetic;

use arithmetic::{divide, multiply, quotient, remainder};

/// # Safety
/// Safe for all values; `unsafe` only because the symbol is unmangled.
#[unsafe(no_mangle)]
pub unsafe extern "unadjusted" fn __multi3(left: i128, right: i128) -> i128 {
    multiply(left as u128, right as u128) as i128
}

/// # Safety
/// As `__multi3`.
#[unsafe(no_mangle)]
pub unsafe extern "unadjusted" fn __udivti3(numerator: u128, divisor: u128) -> u128 {
    divide(numerator, divisor).0
}

/// # Safety
/// As `__multi3`.
#[unsafe(no_mangle)]
pub unsafe extern "unadjusted" fn __umodti3(numerator: u128, divisor: u128) -> u128 {
    divide(numerator, divisor).1
}

/// # Safety
/// As `__multi3`.
#[unsafe(no_mangle)]
pub unsafe extern "unadjusted" fn __divti3(numerator: i128, divisor: i128) -> i128 {
    quotient(numerator, divisor)
}

/// # Safety
/// As `__multi3`.
#[unsafe(no_mangle)]
pub unsafe extern "unadjusted" fn __modti3(numerator: i128, divisor: i128) -> i128 {
    remainder(numerator, divisor)
}
