//! Attacks that cost somebody millions elsewhere, tried here: each module tells what happened there, what the attacker
//! tries here, and which rule stops it. Run with `--nocapture` to see who ends with what.

mod crema_2022;
mod delegate_escape;
mod drift_v1_winners_first;
mod dust_blocks_resolution;
mod funding_snipe;
mod hundred_wallets;
mod in_and_out;
mod jit_range;
mod kyberswap_tick_boundary;
mod mango_2022;
mod oracle_cherry_picking;
mod order_hunt;
mod perp_curie_far_range;
mod self_liquidation;
mod share_inflation;
mod stolen_admin_key;
mod stop_hunt;
