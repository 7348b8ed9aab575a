//! Written by `cargo xtask cu`: what each instruction takes on the compiled program. Do not edit.

use super::Measured;

/// Units of one more tick that a trade crosses.
pub const CROSSING: u32 = 1_431;

/// Units that a refresh takes beyond one of a market that was refreshed seconds ago.
pub const CATCHING_UP: u32 = 19_196;

/// Every instruction, by discriminator.
pub const TABLE: [Measured; 76] = [
    row(0, "initialize", 6, [4_398, 73_520, 2_080]),
    row(1, "add_bank", 8, [6_964, 73_520, 2_080]),
    row(2, "create_market", 6, [8_793, 73_520, 2_080]),
    row(3, "create_tick_array", 4, [3_016, 73_520, 2_080]),
    row(4, "open_account", 3, [3_334, 73_520, 2_080]),
    row(5, "open_ranges", 4, [3_264, 73_520, 2_080]),
    row(6, "close_account", 2, [589, 73_520, 2_080]),
    row(7, "close_ranges", 3, [642, 73_520, 2_080]),
    row(8, "deposit", 6, [2_435, 73_520, 2_080]),
    row(9, "withdraw", 6, [2_774, 73_520, 1_471]),
    row(10, "refresh", 2, [21_699, 73_520, 2_080]),
    row(11, "trade", 6, [37_843, 73_520, 2_080]),
    row(12, "add_range", 7, [25_211, 73_520, 2_080]),
    row(13, "remove_range", 6, [4_278, 73_520, 2_080]),
    row(14, "settle_range", 6, [3_791, 73_520, 2_080]),
    row(15, "settle", 3, [1_823, 73_520, 2_080]),
    row(16, "release", 3, [1_478, 73_520, 2_080]),
    row(17, "begin_liquidation", 2, [1_852, 15_221, 969]),
    row(18, "unwind_range", 5, [22_869, 73_520, 2_080]),
    row(19, "liquidate_on_curve", 6, [20_337, 73_520, 961]),
    row(20, "resolve", 3, [2_744, 73_520, 2_080]),
    row(21, "trade_legs", 10, [18_678, 73_520, 1_845]),
    row(22, "liquidate", 4, [6_921, 12_337, 1_900]),
    row(23, "deleverage", 4, [6_638, 13_761, 985]),
    row(24, "launch", 4, [1_328, 73_520, 2_080]),
    row(25, "queue_change", 5, [7_344, 73_520, 2_080]),
    row(26, "cancel_change", 5, [744, 73_520, 2_080]),
    row(27, "accept_admin", 3, [742, 73_520, 2_080]),
    row(28, "change_exchange", 3, [6_923, 73_520, 2_080]),
    row(29, "change_bank", 4, [7_132, 73_520, 2_080]),
    row(30, "change_market", 4, [17_317, 73_520, 2_080]),
    row(31, "list_market", 7, [11_665, 73_520, 2_080]),
    row(32, "list_bank", 9, [13_362, 73_520, 2_080]),
    row(33, "guard_market", 4, [3_866, 73_520, 2_080]),
    row(34, "guard_bank", 4, [927, 73_520, 2_080]),
    row(35, "withdraw_treasury", 6, [2_822, 73_520, 2_080]),
    row(36, "collect_pledged", 3, [2_448, 73_520, 2_080]),
    row(37, "fund_market_insurance", 6, [2_715, 73_520, 2_080]),
    row(38, "fund_insurance", 6, [2_427, 73_520, 2_080]),
    row(39, "sweep_unbooked", 3, [1_482, 73_520, 2_080]),
    row(40, "queue_withdrawal", 7, [4_876, 73_520, 2_080]),
    row(41, "pay_withdrawal", 8, [4_702, 73_520, 2_080]),
    row(42, "cancel_withdrawal", 5, [976, 73_520, 2_080]),
    row(43, "transfer", 5, [2_477, 73_520, 2_080]),
    row(44, "view_health", 2, [3_277, 21_856, 1_908]),
    row(45, "view_liquidation_price", 2, [30_277, 73_520, 855]),
    row(46, "view_auction", 2, [3_420, 73_520, 997]),
    row(47, "view_funding", 1, [1_118_038, 73_520, 2_080]),
    row(48, "view_fee", 3, [15_104, 73_520, 2_080]),
    row(49, "view_payout", 2, [630, 73_520, 2_080]),
    row(50, "close_market", 2, [3_316, 73_520, 2_080]),
    row(51, "close_position", 2, [2_120, 73_520, 2_080]),
    row(52, "close_tick_array", 3, [9_624, 73_520, 2_080]),
    row(53, "remove_market", 3, [562, 73_520, 2_080]),
    row(54, "create_pool", 10, [14_124, 73_520, 2_080]),
    row(55, "request_deposit", 6, [6_633, 73_520, 2_080]),
    row(56, "execute_deposit", 26, [36_333, 73_520, 2_080]),
    row(57, "cancel_deposit", 5, [1_160, 73_520, 2_080]),
    row(58, "request_redeem", 8, [7_212, 73_520, 2_080]),
    row(59, "execute_redeem", 27, [53_054, 73_520, 2_080]),
    row(60, "cancel_redeem", 8, [2_499, 73_520, 2_080]),
    row(61, "rebalance", 21, [84_645, 73_520, 10_007]),
    row(62, "backstop", 20, [25_396, 73_520, 2_099]),
    row(63, "balance_reserve", 19, [64_019, 73_520, 2_080]),
    row(64, "change_pool", 6, [7_728, 73_520, 2_080]),
    row(65, "guard_pool", 4, [885, 73_520, 2_080]),
    row(66, "view_pool", 19, [49_678, 73_520, 2_080]),
    row(67, "collect_pool", 6, [4_828, 73_520, 2_080]),
    row(68, "place_order", 5, [6_367, 73_520, 2_080]),
    row(69, "execute_order", 8, [11_725, 73_520, 2_080]),
    row(70, "cancel_order", 4, [922, 73_520, 2_080]),
    row(71, "clean_order", 5, [10_079, 73_520, 2_080]),
    row(72, "set_delegate", 2, [1_035, 73_520, 2_080]),
    row(73, "approve_builder", 4, [4_510, 73_520, 2_080]),
    row(74, "revoke_builder", 3, [593, 73_520, 2_080]),
    row(75, "trade_with_builder", 8, [10_867, 73_520, 2_080]),
];

const fn row(discriminator: u8, name: &'static str, accounts: u32, units: [u32; 3]) -> Measured {
    let [base, ranges, per_account] = units;
    Measured { discriminator, name, accounts, base, ranges, per_account }
}
