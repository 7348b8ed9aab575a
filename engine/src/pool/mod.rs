//! The pool: passive capital in a margin account like any other, whose owner is the program (protocol.md section 9).

mod backstop;

pub use backstop::{Backer, backstop, day_loss_ceil, room};
