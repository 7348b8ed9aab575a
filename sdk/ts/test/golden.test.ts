// The WebAssembly module answers as the machine's own build of the same code does, on the file that the Rust test checks.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import type { Address } from "@solana/kit";

import { Engine } from "../src/index.js";
import { fromHex } from "../src/events.js";
import { type AccountData, compose, read } from "../src/frame.js";
import { parse } from "../src/json.js";

const golden = (name: string) => readFileSync(new URL(`../../../wasm/tests/golden/${name}`, import.meta.url), "utf8");

interface Line {
  request: { ask: string };
  absent: Address[];
  answer: Record<string, unknown>;
  after: Record<string, string>;
}

/** An answer without the compute units that were measured, which are another matter. */
function unmeasured(value: Record<string, unknown>): Record<string, unknown> {
  if (typeof value["ready"] === "object" && value["ready"] !== null)
    delete (value["ready"] as { units?: number }).units;
  return value;
}

/** Files of accounts and of answers, and how many answers there are at least. */
const FILES = [
  ["accounts.json", "answers.jsonl", 200],
  ["collateral-accounts.json", "collateral-answers.jsonl", 150],
] as const;

for (const [accountsFile, answersFile, least] of FILES) {
  test(`every answer of ${answersFile} is the native one`, async () => {
    const engine = await Engine.load();
    const there = (JSON.parse(golden(accountsFile)) as [Address, string][]).map(
      ([address, data]) => [address, fromHex(data)] as [Address, AccountData],
    );
    const lines = golden(answersFile).trimEnd().split("\n");
    for (const [index, text] of lines.entries()) {
      const line = parse(text) as Line;
      const known = [...there, ...line.absent.map((address) => [address, null] as [Address, AccountData])];
      const { value, accounts } = read(engine.call(compose(line.request, known)));
      assert.deepEqual(unmeasured(value), line.answer, `line ${index + 1}`);
      const hash = (data: AccountData) =>
        createHash("sha256")
          .update(data ?? "")
          .digest("hex");
      const after = Object.fromEntries([...accounts].map(([address, data]) => [address, hash(data)]));
      assert.deepEqual(after, line.after, `accounts of line ${index + 1}`);
    }
    assert.ok(lines.length > least, `${lines.length} lines`);
  });
}

test("what it needs is named, and then it answers", async () => {
  const engine = await Engine.load();
  const there = new Map(
    (JSON.parse(golden("accounts.json")) as [Address, string][]).map(([address, data]) => [address, fromHex(data)]),
  );
  const line = golden("answers.jsonl")
    .split("\n")
    .map((text) => text && (parse(text) as Line))
    .find((line) => line && line.request.ask === "quote" && "fill" in ((line.answer["ready"] as object) ?? {})) as Line;
  const known = new Map<Address, AccountData>();
  let rounds = 0;
  for (;;) {
    const { value } = read(engine.call(compose(line.request, known)));
    if (!("needs" in value)) {
      assert.deepEqual(value, line.answer);
      break;
    }
    const needs = value["needs"] as Address[];
    assert.ok(needs.length > 0 && needs.every((address) => !known.has(address)));
    for (const address of needs) known.set(address, there.get(address) ?? null);
    rounds += 1;
  }
  assert.ok(rounds > 0 && rounds <= 3, `${rounds} rounds`);
});
