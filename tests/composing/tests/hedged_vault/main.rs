//! The hedged vault on the compiled programs.

mod shares;
