use keel_chain_tests::idl::Idl;
use keel_chain_tests::mutation::Subject;
use keel_chain_tests::{Cast, cases};
use std::collections::BTreeSet;
#[test]
fn tmp() {
    let idl = Idl::read();
    let want: Option<String> = std::env::var("WANT").ok();
    let mut complaints = Vec::new();
    let mut total = 0;
    for make in cases::ALL.into_iter().chain(cases::MORE) {
        let mut cast = Cast::new();
        let case = make(&mut cast);
        let name = case.name;
        let ours: BTreeSet<&str> = [
            "create_pool",
            "request_deposit",
            "execute_deposit",
            "cancel_deposit",
            "request_redeem",
            "execute_redeem",
            "cancel_redeem",
            "view_pool",
        ]
        .into();
        if !ours.contains(name) || want.as_ref().is_some_and(|w| w != name) {
            continue;
        }
        let subject = Subject::new(&mut cast.world, idl.instruction(name), case);
        let (subject, trials) = subject.trials(&cast.world);
        let found = subject.judge(&mut cast.world, &trials);
        println!("{name}: {} trials, {} complaints", trials.len(), found.len());
        total += trials.len();
        complaints.extend(found.into_iter().take(12));
    }
    println!("{}", complaints.join("\n"));
    assert!(complaints.is_empty(), "{total}");
}
