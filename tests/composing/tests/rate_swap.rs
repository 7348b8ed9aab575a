//! A swap of fixed against floating funding, settled from the market's account alone.

use keel_chain_tests::{BTC, SOL, dollars};
use keel_composing_tests::{Scene, User, read, written};
use keel_embedded::{Executed, Outcome};
use keel_engine::Side;
use keel_sdk::address::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use keel_simulator::program;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

const PROGRAM: Pubkey = Pubkey::from_str_const("RateSwap11111111111111111111111111111111111");
const DAY: u32 = 86_400;
/// 1,000 SOL in contracts of ten, in base atoms: 150,000 USD.
const BASE: u64 = 100_000_000_000;
const ESCROW: u64 = dollars(2_000);

fn derive(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &PROGRAM).0
}

struct Stage {
    scene: Scene,
    fixed: User,
    floating: User,
    swap: Pubkey,
    escrow: Pubkey,
}

impl Stage {
    /// Longs pay: somebody keeps the curve of SOL above the index.
    fn new() -> Self {
        let mut scene = Scene::new();
        let program = program::another("rate-swap").unwrap_or_else(|error| panic!("{error:#}"));
        scene.world.exchange.chain.add_program(PROGRAM, &program).unwrap();
        let whale = scene.trader("whale", 500_000);
        scene.world.trade(&whale, SOL, Side::Buy, dollars(1_000_000));
        let (fixed, floating) = (scene.user("fixed", 0, dollars(10_000)), scene.user("floating", 0, dollars(10_000)));
        let market = address::market(SOL);
        let swap = derive(&[b"swap", fixed.address().as_ref(), floating.address().as_ref(), market.as_ref()]);
        let escrow = derive(&[b"escrow", swap.as_ref()]);
        Self { scene, fixed, floating, swap, escrow }
    }

    fn agree(&self, rate: i64) -> Instruction {
        let accounts = vec![
            AccountMeta::new(self.fixed.address(), true),
            AccountMeta::new_readonly(self.floating.address(), true),
            read(address::market(SOL)),
            written(self.swap),
            read(self.scene.usdc),
            written(self.escrow),
            written(self.fixed.usdc),
            written(self.floating.usdc),
            read(TOKEN_PROGRAM),
            read(SYSTEM_PROGRAM),
        ];
        let data = [
            vec![0],
            BASE.to_le_bytes().into(),
            rate.to_le_bytes().into(),
            DAY.to_le_bytes().into(),
            ESCROW.to_le_bytes().into(),
        ]
        .concat();
        Instruction { program_id: PROGRAM, accounts, data }
    }

    fn settle(&self) -> Instruction {
        let accounts = vec![
            written(self.fixed.address()),
            written(self.swap),
            read(address::market(SOL)),
            written(self.escrow),
            written(self.fixed.usdc),
            written(self.floating.usdc),
            read(TOKEN_PROGRAM),
        ];
        Instruction { program_id: PROGRAM, accounts, data: vec![1] }
    }

    fn send(&mut self, instruction: Instruction) -> Executed {
        self.scene.send(&[instruction])
    }

    /// What each has now beyond the 10,000 USD that it came with.
    fn results(&self) -> (i64, i64) {
        let of = |user: &User| self.scene.balance(&user.usdc) as i64 - dollars(10_000) as i64;
        (of(&self.fixed), of(&self.floating))
    }
}

#[track_caller]
fn assert_code(outcome: &Outcome, code: u32) {
    let name = outcome.as_ref().expect_err("not refused").name();
    assert!(name.contains(&format!("Custom({code})")), "{name}");
}

#[test]
fn what_the_index_grew_by_is_paid_less_the_fixed_rate() {
    // Nothing, a rate below what longs pay, one above, and two beyond any escrow.
    for rate in [0, 1 << 41, 1 << 42, -(1 << 48), 1 << 48] {
        let mut stage = Stage::new();
        let (began, since) = (stage.scene.world.unix(), stage.scene.market().funding.get());
        let agree = stage.agree(rate);
        stage.send(agree);
        assert_eq!(stage.results(), (-(ESCROW as i64), -(ESCROW as i64)));
        assert_code(&stage.scene.try_send(&[stage.settle()]), 7_203);
        stage.scene.wait(i64::from(DAY), 300);
        let secs = stage.scene.world.unix() - began;
        let grown = stage.scene.market().funding.get() - since;
        assert!(grown > 0, "longs pay");
        let exact = (grown - i128::from(rate) * i128::from(secs)) as f64 * BASE as f64 / 2f64.powi(64);
        let expected = exact.clamp(-(ESCROW as f64), ESCROW as f64);
        let settle = stage.settle();
        stage.send(settle);
        let (fixed, floating) = stage.results();
        println!("rate {rate}: {:.2} USD to the fixed side", fixed as f64 / 1e6);
        assert!((fixed as f64 - expected).abs() <= 1.0, "{fixed} {expected}");
        assert_eq!(fixed + floating, 0);
        assert!(stage.scene.try_send(&[stage.settle()]).is_err(), "it is over");
    }
}

#[test]
fn an_old_index_and_a_wrong_account_are_refused() {
    let mut stage = Stage::new();
    stage.scene.world.sleep(61 * 2);
    assert_code(&stage.scene.world.try_send(&[stage.agree(0)]), 7_202);
    stage.scene.pass(1);
    let mut wrong = stage.agree(0);
    wrong.accounts[2].pubkey = address::bank(&stage.scene.usdc);
    let market = wrong.accounts[2].pubkey;
    let parties = [stage.fixed.address(), stage.floating.address()];
    wrong.accounts[3].pubkey = derive(&[b"swap", parties[0].as_ref(), parties[1].as_ref(), market.as_ref()]);
    wrong.accounts[5].pubkey = derive(&[b"escrow", wrong.accounts[3].pubkey.as_ref()]);
    assert_code(&stage.scene.try_send(&[wrong]), 7_200);
    let mut unsigned = stage.agree(0);
    unsigned.accounts[1].is_signer = false;
    assert!(stage.scene.try_send(&[unsigned]).unwrap_err().name().contains("MissingRequiredSignature"));
    let agree = stage.agree(0);
    stage.send(agree);
    stage.scene.wait(i64::from(DAY), 300);
    let mut elsewhere = stage.settle();
    elsewhere.accounts[2].pubkey = address::market(BTC);
    assert!(stage.scene.try_send(&[elsewhere]).is_err());
    let mut stolen = stage.settle();
    stolen.accounts[5].pubkey = stage.fixed.usdc;
    assert!(stage.scene.try_send(&[stolen]).is_err());
    stage.scene.world.sleep(121);
    assert_code(&stage.scene.world.try_send(&[stage.settle()]), 7_202);
}
