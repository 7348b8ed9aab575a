/**
 * The engine and the Rust SDK as WebAssembly: arithmetic, addresses, the accounts of instructions and the layouts of events
 * are worked out there, by the code of the program itself, and nowhere else.
 */

import type { Address } from "@solana/kit";

import type { Answers, Asks } from "./asks.js";
import { KeelError, type Refusal, refused } from "./error.js";
import { type AccountData, compose, read } from "./frame.js";

/** The answer to a request. */
export type Attempt<T> =
  /** The answer, and accounts as they will be, where the request was for a quote of an instruction. */
  | { ready: T; after: Map<Address, AccountData> }
  /** Accounts to fetch before asking again. */
  | { needs: Address[] };

interface Exports {
  memory: WebAssembly.Memory;
  keel_allocate(length: number): number;
  keel_answer(request: number): number;
  keel_free(block: number): void;
}

const HEADER = 4;

/** The engine. One serves any number of clients; it keeps nothing between two calls. */
export class Engine {
  readonly #module: WebAssembly.Module;
  #instance: Exports;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#instance = instantiate(module);
  }

  /**
   * Loads the engine.
   *
   * @param source - The bytes of `keel.wasm`, a response that has them, or where they are; without it, the file beside this
   * one.
   */
  static async load(source: BufferSource | Response | URL = new URL("keel.wasm", import.meta.url)): Promise<Engine> {
    try {
      return new Engine(await WebAssembly.compile(await bytesOf(source)));
    } catch (cause) {
      throw new KeelError("engine", `the engine cannot be loaded: ${String(cause)}`, { cause });
    }
  }

  /**
   * Asks for something, with the accounts that are known.
   *
   * @throws {@link KeelError} where the engine refuses.
   */
  attempt<A extends keyof Asks>(
    ask: A,
    fields: Asks[A],
    known: Iterable<readonly [Address, AccountData]> = [],
  ): Attempt<Answers[A]> {
    const { value, accounts } = read(this.call(compose({ ask, ...fields }, known)));
    if ("refused" in value) throw refused(value["refused"] as Refusal);
    if ("needs" in value) return { needs: value["needs"] as Address[] };
    return { ready: value["ready"] as Answers[A], after: accounts };
  }

  /** Asks for something that needs no accounts. */
  ask<A extends keyof Asks>(ask: A, fields: Asks[A]): Answers[A] {
    const attempt = this.attempt(ask, fields);
    if ("ready" in attempt) return attempt.ready;
    throw new KeelError("request", `"${ask}" needs the accounts ${attempt.needs.join(", ")}`);
  }

  /** Hands a request's bytes over and takes the answer's back. */
  call(request: Uint8Array): Uint8Array {
    const { memory, keel_allocate, keel_answer, keel_free } = this.#instance;
    try {
      const block = keel_allocate(request.length);
      new Uint8Array(memory.buffer, block + HEADER, request.length).set(request);
      const answer = keel_answer(block);
      keel_free(block);
      const length = new DataView(memory.buffer).getUint32(answer, true);
      const bytes = new Uint8Array(memory.buffer, answer + HEADER, length).slice();
      keel_free(answer);
      return bytes;
    } catch (cause) {
      // A trap leaves the instance in any state: the next call gets a fresh one.
      this.#instance = instantiate(this.#module);
      throw new KeelError("engine", `the engine stopped: ${String(cause)}`, { cause });
    }
  }
}

function instantiate(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

async function bytesOf(source: BufferSource | Response | URL): Promise<BufferSource> {
  if (source instanceof URL) {
    if (source.protocol === "file:") {
      // By a name that bundlers for browsers do not follow: there, a file is fetched.
      const files = "node:fs/promises";
      const { readFile } = (await import(/* @vite-ignore */ files)) as typeof import("node:fs/promises");
      return readFile(source);
    }
    return bytesOf(await fetch(source));
  }
  if (source instanceof Response) {
    if (!source.ok) throw new Error(`${source.url} answers ${source.status}`);
    return source.arrayBuffer();
  }
  return source;
}
