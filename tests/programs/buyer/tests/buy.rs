//! What it asks Keel for.

#[test]
fn it_asks_for_half_a_contract() {
    let [vault, account, market, price] = [1, 2, 3, 4].map(|byte| [byte; 32]);
    let trade = buyer::buy([vault, account, market, price], 500_000_000);
    let metas = trade.metas(|key, role| (*key, role.writable, role.signer));
    assert_eq!(metas, [(vault, false, true), (account, true, false), (market, true, false), (price, false, false)]);
    assert_eq!(trade.data()[..11], [11, 0, 0, 0, 101, 205, 29, 0, 0, 0, 0]);
}
