// What is wrong is told as a typed error, and the engine goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { address } from "@solana/kit";

import {
  Engine,
  KeelError,
  contracts,
  decode,
  eventsOf,
  formatContracts,
  formatUsdc,
  kinds,
  priceFromUsd,
  priceToUsd,
  usdc,
} from "../src/index.js";
import { compose, read } from "../src/frame.js";
import { getMarketEncoder } from "../src/generated/index.js";
import { parse, stringify } from "../src/json.js";

const SOMEWHERE = address("11111111111111111111111111111112");

const thrown = (kind: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof KeelError, String(error));
  assert.equal(error.kind, kind);
  assert.match(error.message, says);
  return true;
};

test("a module that is none is refused", async () => {
  await assert.rejects(Engine.load(new Uint8Array([1, 2, 3])), thrown("engine", /cannot be loaded/));
  await assert.rejects(Engine.load(new URL("nothing.wasm", import.meta.url)), thrown("engine", /cannot be loaded/));
});

test("a request that is wrong is refused by the name of its field", async () => {
  const engine = await Engine.load();
  const wrong = { of: "market", market: -1 } as const;
  assert.throws(() => engine.ask("address", wrong), thrown("request", /`market` is -1/));
  assert.throws(() => engine.ask("instruction", { kind: "nothing" } as never), thrown("request", /no instruction/));
  assert.throws(() => engine.ask("address", {} as never), thrown("request", /`of` is missing/));
});

test("bytes that are cut off anywhere are refused, and none of them stops the engine", async () => {
  const engine = await Engine.load();
  const request = compose({ ask: "version" }, [[SOMEWHERE, new Uint8Array(9)]]);
  for (let end = 0; end <= request.length; end += 1) {
    const { value } = read(engine.call(request.subarray(0, end)));
    const isWhole = end === request.length || end === request.length - 36 - 9;
    assert.equal("ready" in value, isWhole, `${end}`);
    if (!isWhole) assert.equal((value["refused"] as { kind: string }).kind, "request");
  }
});

test("accounts that are missing, of another kind, or of another length are named", async () => {
  const engine = await Engine.load();
  const health = { kind: "health", account: SOMEWHERE, now: { unix: 1n, slot: 1n } } as const;
  const first = engine.attempt("quote", health);
  assert.ok("needs" in first && first.needs.includes(SOMEWHERE));
  const known = first.needs.map((needed) => [needed, null] as const);
  assert.throws(
    () => engine.attempt("quote", health, known),
    (error: unknown) => {
      thrown("missing", /no account at/)(error);
      return (error as KeelError).address === SOMEWHERE;
    },
  );
  for (const length of [0, 1, 8, 100, 1_160, 5_000]) {
    const data = new Uint8Array(length);
    const bent = first.needs.map((needed) => [needed, needed === SOMEWHERE ? data : null] as const);
    assert.throws(() => engine.attempt("quote", health, bent), thrown("wrongKind", /is no/));
  }
});

test("decoding refuses another kind's data and data of another length", () => {
  const size = getMarketEncoder().fixedSize;
  for (const data of [new Uint8Array(0), new Uint8Array(7), new Uint8Array(size)]) {
    assert.throws(() => decode(kinds.market, SOMEWHERE, data), thrown("wrongKind", /is no market/));
  }
  const market = new Uint8Array(size);
  market.set(kinds.market.discriminator);
  assert.equal(decode(kinds.market, SOMEWHERE, market).indexNumber, 0);
  assert.throws(() => decode(kinds.market, SOMEWHERE, market.subarray(0, -1)), thrown("wrongKind", /is no market/));
});

test("every error of the program has a code, a name and a sentence", async () => {
  const engine = await Engine.load();
  const errors = engine.ask("errors", {});
  errors.forEach((error, index) => {
    assert.equal(error.code, 6_000 + index);
    assert.deepEqual(engine.ask("error", { code: error.code }), error);
    assert.match(error.message, /\.$/);
  });
  assert.equal(engine.ask("error", { code: 6_000 + errors.length }), null);
  assert.equal(engine.ask("error", { code: 1 }), null);
});

test("integers of any size survive", () => {
  const value = { a: 2n ** 127n - 1n, b: [-1n, 0n], c: "n", d: "1.5n", e: null, f: 3 };
  assert.deepEqual(parse(stringify(value)), value);
});

test("amounts are exact", async () => {
  assert.equal(usdc("1000.50"), 1_000_500_000n);
  assert.equal(usdc(-3), -3_000_000n);
  assert.equal(contracts("0.000000001"), 1n);
  assert.equal(contracts(2n), 2_000_000_000n);
  assert.equal(formatUsdc(-1_000_500_000n), "-1000.5");
  assert.equal(formatContracts(1n), "0.000000001");
  assert.throws(() => usdc("1.2345678"), thrown("request", /more than 6 decimals/));
  assert.throws(() => usdc("1e6"), thrown("request", /no decimal number/));
  const engine = await Engine.load();
  const bits = priceFromUsd(engine, "45000.5");
  assert.ok(Math.abs(priceToUsd(bits) - 45_000.5) < 1e-6);
  assert.throws(() => priceFromUsd(engine, "-1"), thrown("program", /InvalidPrice/));
});

test("only what the program itself logs is an event", async () => {
  const engine = await Engine.load();
  const program = engine.ask("address", { of: "program" });
  // A claim released: discriminator, then zeros.
  const released = new Uint8Array(8 + 8 + 32 + 16 + 80 + 96 + 8);
  released.set([0xf5, 0x6d, 0x71, 0xdd, 0x67, 0x45, 0x2d, 0x5d]);
  const data = `Program data: ${btoa(String.fromCharCode(...released))}`;
  const other = "ComputeBudget111111111111111111111111111111";
  const logs = (by: string) => [`Program ${by} invoke [1]`, data, `Program ${by} success`];
  assert.deepEqual(eventsOf(engine, program, logs(other)), []);
  const [event] = eventsOf(engine, program, logs(program));
  assert.equal(event?.name, "ClaimReleased");
  assert.deepEqual(event?.counter, { of: "market", which: 0, number: 0n });
  assert.equal(event?.fields["account"], "11111111111111111111111111111111");
  assert.equal((event?.fields["ledger"] as { pot: bigint }).pot, 0n);
  // What it calls is another program's until that ends.
  const nested = [
    `Program ${program} invoke [1]`,
    `Program ${other} invoke [2]`,
    data,
    `Program ${other} success`,
    data,
  ];
  assert.equal(eventsOf(engine, program, nested).length, 1);
  assert.deepEqual(eventsOf(engine, program, [`Program ${program} invoke [1]`, "Program data: AAAA"]), []);
});
