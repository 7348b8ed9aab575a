//! Banks of other collateral than USDC by themselves: sound parameters, a price that is the median of its samples, and the
//! list of banks that the exchange keeps.

use keel_engine::exchange_params::BankParams;
use keel_engine::state::{Bank, USDC};
use keel_engine::units::{ONE, Price};

use super::{Broken, Findings};
use crate::books::Books;

pub(super) fn check(books: &Books, findings: &mut Findings) -> Result<(), Broken> {
    if let Some(exchange) = &books.exchange {
        findings.equal(books.banks.len() as i128, exchange.banks.into(), "banks = the exchange's count of them")?;
        for (place, mint) in (0u8..).zip(exchange.mints) {
            let own = books.banks.get(&place).map_or([0; 32], |book| book.bank.mint);
            findings
                .require(own == mint, "the exchange names the banks' mints", || format!("bank {place}: {own:?}"))?;
        }
    }
    for bank in books.banks.values().map(|book| &book.bank).filter(|bank| usize::from(bank.index) != USDC) {
        let params = BankParams::of(bank);
        findings
            .require(params.check_of(bank.index).is_ok(), "a bank's parameters are sound", || format!("{params:?}"))?;
        findings.require(bank.price == median(bank), "a bank's price is the median of its samples", || {
            format!("bank {}: {:?} of {:?}", bank.index, bank.price, bank.samples)
        })?;
        let has_rate = bank.rate_feed_id != [0; 32];
        findings.require(
            has_rate || bank.price_time == 0 || bank.rate == ONE,
            "without a feed the rate is 1",
            || format!("bank {}: {}", bank.index, bank.rate),
        )?;
    }
    Ok(())
}

/// The median of three samples; of fewer the lowest.
fn median(bank: &Bank) -> Price {
    let mut samples = bank.samples;
    match bank.sample_count {
        0 | 1 => samples[0],
        2 => samples[0].min(samples[1]),
        _ => {
            samples.sort_unstable();
            samples[1]
        }
    }
}
