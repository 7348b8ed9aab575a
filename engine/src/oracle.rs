//! The index: what an oracle update must be to be taken, and what its units are.
