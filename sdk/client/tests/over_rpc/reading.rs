//! Reading: the same by both clients, by address and by kind.

use core::future::Future;

use keel_client::nonblocking;
use keel_client::{Client, ClientError};
use keel_engine::state::{MarginAccount, Market};
use keel_sdk::accounts::decode;
use keel_sdk::{SdkError, address};
use solana_signer::Signer;

use crate::ground::{BTC, CAPITAL, Ground};

#[test]
fn what_is_there_is_read_and_what_is_not_is_named() {
    let ground = Ground::start();
    let client = &ground.client;
    let (alice, account) = (ground.alice().pubkey(), ground.account(ground.alice()));

    let exchange = client.exchange().unwrap();
    let markets = client.markets().unwrap();
    assert_eq!(usize::from(exchange.markets), markets.len());
    assert!(markets.iter().all(|(number, market)| market.index_number == *number));
    let bank = client.bank(&ground.network.mint()).unwrap();
    let banks = client.banks().unwrap();
    assert_eq!(banks[0], (address::bank(&ground.network.mint()), bank));
    let tokens = ground.network.banks().unwrap();
    let mints = [ground.network.mint()].into_iter().chain(tokens.iter().map(|token| token.mint));
    assert!(banks.iter().map(|(at, _)| *at).eq(mints.map(|mint| address::bank(&mint))), "all of them, by number");
    assert!(client.pool().is_ok() && client.changes().unwrap().is_empty());

    let (state, ranges) = client.margin_account(&account).unwrap();
    assert_eq!((state.owner, state.usdc()), (alice.to_bytes(), CAPITAL));
    assert!(ranges.is_none(), "no range is open");
    let provider = ground.account(&ground.network.keys.lp);
    assert!(client.margin_account(&provider).unwrap().1.is_some_and(|ranges| ranges.ranges[0].market == BTC));
    assert_eq!(client.accounts_of(&alice).unwrap(), [(account, state)]);
    assert!(client.accounts_of(&account).unwrap().is_empty(), "an account owns no account");
    let nothing = (client.orders_of(&account), client.tickets_of(&account), client.requests_of(&account));
    assert!(nothing.0.unwrap().is_empty() && nothing.1.unwrap().is_empty() && nothing.2.unwrap().is_empty());

    // Everything at once holds the same.
    let all = client.program_accounts().unwrap();
    assert!(all.is_sorted_by_key(|(address, _)| *address));
    let accounts: Vec<_> = all.iter().filter_map(|(at, data)| Some((*at, decode::<MarginAccount>(data)?))).collect();
    assert_eq!(client.stored::<MarginAccount>(Vec::new()).unwrap(), accounts);

    let nobody = address::margin_account(&alice, 9);
    let missing = client.state::<MarginAccount>(&nobody).unwrap_err();
    assert!(matches!(missing, ClientError::Sdk(SdkError::Missing(address)) if address == nobody), "{missing}");
    let wrong = client.state::<Market>(&account).unwrap_err();
    assert!(matches!(wrong, ClientError::Sdk(SdkError::WrongKind(address, _)) if address == account), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocking_client_reads_the_same() {
    let ground = tokio::task::spawn_blocking(Ground::start).await.unwrap();
    ground.network.pause_clock();
    let client = nonblocking::Client::new(ground.network.rpc_url());
    let account = ground.account(ground.alice());
    assert_eq!(client.exchange().await.unwrap(), ground.client.exchange().unwrap());
    assert_eq!(client.markets().await.unwrap(), ground.client.markets().unwrap());
    assert_eq!(client.margin_account(&account).await.unwrap(), ground.client.margin_account(&account).unwrap());
    assert_eq!(client.now().await.unwrap().unix, ground.client.now().unwrap().unix);
    assert_eq!(client.health(&account).await.unwrap(), ground.client.health(&account).unwrap());
    let view = keel_sdk::instructions::ViewHealth { account };
    let view = client.gather(|accounts| view.instruction(accounts)).await.unwrap();
    let told: keel_sdk::views::HealthView = client.view(view, &ground.alice().pubkey()).await.unwrap();
    assert_eq!(told, client.health(&account).await.unwrap(), "the program says the same");
}

#[test]
fn within_one_thread_the_blocking_client_says_so() {
    let client = Client::new("http://127.0.0.1:1").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async { client.exchange() });
    assert!(matches!(answer, Err(ClientError::SingleThreaded)));
    // Outside it waits, and tells that nobody is there.
    assert!(matches!(client.exchange(), Err(ClientError::Rpc(_))));
}

#[test]
fn futures_may_move_between_threads() {
    fn is_send<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> {
        future
    }
    let client = nonblocking::Client::new("http://127.0.0.1:1");
    let options = keel_client::SendOptions::default();
    drop(is_send(client.send(&[], &[], &options)));
    drop(is_send(client.markets()));
    drop(is_send(client.health(&address::pool_account())));
}
