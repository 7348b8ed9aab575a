//! The audit notices every single wrong number of other collateral, debts and liens.

mod files;

use files::repository;
use keel_engine::state::{Bank, MarginAccount};
use keel_simulator::scenario::{Runner, Scenario};
use keel_simulator::{Action, Books, Executor, Simulator, audit};

/// Books of a story once something of an account is as it is looked for, with the account's place.
fn when(story: &str, who: &str, is_there: impl Fn(&MarginAccount) -> bool) -> (Books, solana_pubkey::Pubkey) {
    let scenario = Scenario::read(&repository().join("tests/scenarios").join(story).with_extension("json")).unwrap();
    let who = scenario.setup.accounts.iter().position(|account| account.name == who).unwrap();
    let mut runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap());
    let address = runner.executor.account(who).unwrap();
    while let Some(line) = runner.next() {
        let _played = line.unwrap();
        if runner.executor.books.accounts.get(&address).is_some_and(&is_there) {
            audit::check(&runner.executor.books).unwrap();
            return (runner.executor.books.clone(), address);
        }
    }
    panic!("it never comes so far in {story}");
}

fn noticed(books: &Books, what: &str, tamper: impl FnOnce(&mut Books)) {
    let mut books = books.clone();
    tamper(&mut books);
    assert!(audit::check(&books).is_err(), "{what} was changed and nobody noticed");
}

#[test]
fn of_a_bank_of_other_collateral() {
    let (books, owner) = when("depeg-story", "alice", |alice| alice.flagged_at != 0);
    type Tamper = fn(&mut Bank);
    let tampered: [(&str, Tamper); 8] = [
        ("booked", |bank| bank.booked += 1),
        ("queued", |bank| bank.queued += 1),
        ("price", |bank| bank.price.bits += 1),
        ("samples", |bank| bank.samples.iter_mut().for_each(|sample| sample.bits += 1)),
        ("mint", |bank| bank.mint[31] ^= 1),
        ("haircut", |bank| bank.haircut_ppm = 1_000_000),
        ("cap", |bank| bank.cap_usd = 0),
        ("rate", |bank| (bank.rate_feed_id, bank.rate) = ([0; 32], bank.rate + 1)),
    ];
    for (field, tamper) in tampered {
        noticed(&books, field, |books| tamper(&mut books.banks.get_mut(&1).unwrap().bank));
    }
    noticed(&books, "the vault", |books| books.banks.get_mut(&1).unwrap().tokens -= 1);
    noticed(&books, "capital", |books| books.accounts.get_mut(&owner).unwrap().capital[1] += 1);
    noticed(&books, "capital in no bank", |books| books.accounts.get_mut(&owner).unwrap().capital[2] = 1);
    noticed(&books, "the count of banks", |books| books.exchange.as_mut().unwrap().banks = 1);
    noticed(&books, "the mints", |books| books.exchange.as_mut().unwrap().mints[2][0] = 1);
    // What is sent there past the program is nobody's.
    let mut gift = books.clone();
    gift.banks.get_mut(&1).unwrap().tokens += 1;
    audit::check(&gift).unwrap();
}

#[test]
fn of_a_debt() {
    let (books, owner) = when("sol-and-short", "alice", |alice| alice.debt_since != 0);
    noticed(&books, "the time of a debt", |books| books.accounts.get_mut(&owner).unwrap().debt_since = 0);
    let (books, owner) = when("sol-and-short", "alice", |alice| alice.capital[1] != 0 && alice.debt_since == 0);
    noticed(&books, "the time of no debt", |books| books.accounts.get_mut(&owner).unwrap().debt_since = 1);
}

#[test]
fn of_a_lien() {
    let (books, owner) = when("lien-story", "alice", |alice| alice.lien_called_at != 0);
    type Tamper = fn(&mut MarginAccount);
    let tampered: [(&str, Tamper); 4] = [
        ("holder", |account| account.lien_holder = [0; 32]),
        ("floor", |account| account.lien_floor = 0),
        ("call", |account| account.lien_called_at = -1),
        ("notice", |account| account.lien_notice_secs = 30 * 86_400 + 1),
    ];
    for (field, tamper) in tampered {
        noticed(&books, field, |books| tamper(books.accounts.get_mut(&owner).unwrap()));
    }
    let (books, owner) = when("lien-story", "alice", |alice| alice.lien_holder == [0; 32]);
    let tampered: [(&str, Tamper); 3] = [
        ("floor", |account| account.lien_floor = 1),
        ("call", |account| account.lien_called_at = 1),
        ("notice", |account| account.lien_notice_secs = 1),
    ];
    for (field, tamper) in tampered {
        noticed(&books, field, |books| tamper(books.accounts.get_mut(&owner).unwrap()));
    }
}

/// Every step of the stories keeps every equality, and each shows what it is for.
#[test]
fn the_stories_keep_every_equality() {
    for (story, shown) in
        [("depeg-story", "buy_collateral"), ("sol-and-short", "deposit_and_trade"), ("lien-story", "seize")]
    {
        let path = repository().join("tests/scenarios").join(story).with_extension("json");
        let scenario = Scenario::read(&path).unwrap();
        assert!(scenario.steps.iter().any(|step| Action::name(&step.action) == shown), "{story} shows no {shown}");
        let runner = Runner::new(&scenario, Simulator::start(&scenario.setup).unwrap()).audit_each();
        assert!(runner.into_iter().all(|line| line.is_ok()), "{story}");
    }
}
