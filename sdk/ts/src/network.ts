/** Reading accounts over RPC, and asking the engine with them. */

import {
  type Address,
  type Base64EncodedBytes,
  type Commitment,
  type Rpc,
  type SolanaRpcApi,
  address,
  getBase58Decoder,
  getBase64Encoder,
} from "@solana/kit";

import type { Answers, Asks, Now, QuoteFields, Quotes } from "./asks.js";
import type { Engine } from "./engine.js";
import { KeelError } from "./error.js";
import type { AccountData } from "./frame.js";

/** An account with its address. */
export interface Found {
  address: Address;
  data: Uint8Array;
}

/** A part of an account's data that is looked for. */
export interface Filter {
  offset: number;
  bytes: Uint8Array;
}

/** What a quote of an instruction tells beside its answer. */
export interface Quoted<T> {
  answer: T;
  /**
   * The accounts that the instruction writes, as it would leave them; tick arrays are left out, and a market's
   * `sequence` does not count the event yet.
   */
  after: Map<Address, AccountData>;
  /** The accounts that it was worked out of, as they were: an instruction can be made of them without asking again. */
  before: Map<Address, AccountData>;
  /** The clock that it was worked out at. */
  now: Now;
}

const CLOCK = address("SysvarC1ock11111111111111111111111111111111");
const base64 = getBase64Encoder();
/** Accounts in one request. */
const PAGE = 100;
/** A request that still lacks accounts after so many rounds would never end. */
const ROUNDS = 8;
/** How many different requests' addresses are remembered. */
const REMEMBERED = 256;
const UNKNOWN: Now = { unix: 0n, slot: 0n };

/** A network's accounts. */
export class Network {
  /** Which accounts a request came to need the last time: all are fetched at once the next time, as of one slot. */
  readonly #needed = new Map<string, Set<Address>>();

  constructor(
    readonly rpc: Rpc<SolanaRpcApi>,
    readonly engine: Engine,
    readonly commitment: Commitment,
  ) {}

  /** The data of accounts; `null` where there is none. */
  async accounts(addresses: readonly Address[]): Promise<Map<Address, AccountData>> {
    const found = new Map<Address, AccountData>();
    for (let from = 0; from < addresses.length; from += PAGE) {
      const page = addresses.slice(from, from + PAGE);
      const config = { commitment: this.commitment, encoding: "base64" } as const;
      const { value } = await this.rpc.getMultipleAccounts(page, config).send();
      page.forEach((address, index) => {
        const account = value[index];
        found.set(address, account == null ? null : bytesOf(account.data[0]));
      });
    }
    return found;
  }

  /** The data of an account. Throws `missing` where there is none. */
  async account(address: Address): Promise<Uint8Array> {
    const data = (await this.accounts([address])).get(address);
    if (data == null) throw new KeelError("missing", `there is no account at ${address}`, { address });
    return data;
  }

  /** The program's accounts that have these bytes. */
  async programAccounts(program: Address, filters: readonly Filter[]): Promise<Found[]> {
    const base58 = getBase58Decoder();
    const wanted = filters.map(({ offset, bytes }) => ({
      memcmp: { offset: BigInt(offset), bytes: base58.decode(bytes) as never, encoding: "base58" as const },
    }));
    const config = { commitment: this.commitment, encoding: "base64", filters: wanted } as const;
    const found = await this.rpc.getProgramAccounts(program, config).send();
    return found.map(({ pubkey, account }) => ({ address: pubkey, data: bytesOf(account.data[0]) }));
  }

  /** The chain's time. */
  async now(): Promise<Now> {
    return nowOf(await this.account(CLOCK));
  }

  /** Asks the engine, and fetches what it needs until it answers. */
  async ask<A extends keyof Asks>(ask: A, fields: Asks[A]): Promise<Answers[A]> {
    return (await this.#gather(ask, () => fields, false)).answer;
  }

  /** A quote at the clock of the accounts that it was worked out of. */
  async quote<K extends keyof Quotes>(kind: K, fields: Quotes[K]["fields"]): Promise<Quoted<Quotes[K]["answer"]>> {
    const asked = (now: Now) => ({ kind, now, ...fields }) as QuoteFields;
    return this.#gather("quote", asked, true) as Promise<Quoted<Quotes[K]["answer"]>>;
  }

  async #gather<A extends keyof Asks>(
    ask: A,
    fields: (now: Now) => Asks[A],
    timed: boolean,
  ): Promise<Quoted<Answers[A]>> {
    const known = new Map<Address, AccountData>();
    const needed = this.#remembered(ask, fields(UNKNOWN));
    if (timed) needed.add(CLOCK);
    for (let round = 0; round < ROUNDS; round += 1) {
      const unknown = [...needed].filter((address) => !known.has(address));
      for (const [address, data] of await this.accounts(unknown)) known.set(address, data);
      const clock = known.get(CLOCK);
      const now = clock == null ? UNKNOWN : nowOf(clock);
      const attempt = this.engine.attempt(ask, fields(now), known);
      if ("ready" in attempt) return { answer: attempt.ready, after: attempt.after, before: known, now };
      for (const address of attempt.needs) needed.add(address);
    }
    throw new KeelError("request", `"${ask}" asks for ever more accounts: the node's answers contradict each other`);
  }

  /** The addresses that a like request came to need. */
  #remembered(ask: string, fields: object): Set<Address> {
    const { kind, account, market, slot, number } = fields as Record<string, unknown>;
    const key = [ask, kind, account, market, slot, number].join();
    const needed = this.#needed.get(key) ?? new Set<Address>();
    // What was asked for last is the last to be forgotten.
    this.#needed.delete(key);
    this.#needed.set(key, needed);
    const [oldest] = this.#needed.keys();
    if (this.#needed.size > REMEMBERED && oldest !== undefined) this.#needed.delete(oldest);
    return needed;
  }
}

/** The time in the clock's account: slot first, unix time last. */
function nowOf(clock: Uint8Array): Now {
  const view = new DataView(clock.buffer, clock.byteOffset, clock.byteLength);
  return { slot: view.getBigUint64(0, true), unix: view.getBigInt64(32, true) };
}

function bytesOf(text: Base64EncodedBytes): Uint8Array {
  return new Uint8Array(base64.encode(text));
}
