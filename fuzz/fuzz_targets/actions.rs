//! Bytes choose what many actors do on an exchange; everything that must always hold is checked after each action.
//!
//! The first byte chooses the kind of exchange. What fails is printed as a scenario.

#![no_main]

use arbitrary::Unstructured;
use keel_model::run::play;
use keel_model::sets::SETS;
use keel_model::source::Source;
use keel_model::{Generator, Tally};
use libfuzzer_sys::{Corpus, fuzz_target};

/// Actions of one input at most: what comes later is reached from a shorter input.
const STEPS: u64 = 400;

/// Choices out of bytes: as few of them as a choice needs.
struct Bytes<'a>(Unstructured<'a>);

impl Source for Bytes<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.int_in_range(0..=bound.saturating_sub(1)).unwrap_or(0)
    }

    fn is_spent(&self) -> bool {
        self.0.is_empty()
    }
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut bytes = Bytes(Unstructured::new(data));
    let set = bytes.pick(&SETS);
    let setup = set.setup(&mut bytes);
    let generator = Generator::wild(&setup);
    match play(setup, generator, bytes, STEPS) {
        Ok(Tally { steps: 0, .. }) => Corpus::Reject,
        Ok(_) => Corpus::Keep,
        Err(failure) => panic!("{}: {}\n{}", set.name, failure.violation, failure.scenario()),
    }
});
