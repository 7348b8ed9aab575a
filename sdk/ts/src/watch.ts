/** The program's events as they happen, over WebSocket. */

import type { Address, Commitment, RpcSubscriptions, Signature, SolanaRpcSubscriptionsApi } from "@solana/kit";

import type { Engine } from "./engine.js";
import { type ProgramEvent, eventsOf } from "./events.js";

/** A transaction that changed something. */
export interface Seen {
  signature: Signature;
  slot: bigint;
  events: ProgramEvent[];
}

/** How to watch. */
export interface WatchOptions {
  /** How settled a transaction must be; `confirmed` without it. */
  commitment?: Commitment;
  /** Ends the watching. */
  signal: AbortSignal;
}

/**
 * Every transaction of the program that has events, from now on. A connection may lose some: the counters of the events
 * have a gap then, and whoever needs them all reads the accounts anew.
 */
export async function* watch(
  engine: Engine,
  program: Address,
  subscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>,
  { commitment = "confirmed", signal }: WatchOptions,
): AsyncGenerator<Seen> {
  const subscription = subscriptions.logsNotifications({ mentions: [program] }, { commitment });
  for await (const { context, value } of await subscription.subscribe({ abortSignal: signal })) {
    if (value.err !== null) continue;
    const events = eventsOf(engine, program, value.logs ?? []);
    if (events.length > 0) yield { signature: value.signature, slot: context.slot, events };
  }
}
