// A node that loses, repeats and falls silent, in front of a real local network: what was asked for happens once.

import assert from "node:assert/strict";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";

import type { Address, KeyPairSigner } from "@solana/kit";

import { KeelClient, KeelError, usdc } from "../src/index.js";
import { LocalNetwork } from "./network.js";

let network: LocalNetwork;
let proxy: Server;
let keel: KeelClient;
let direct: KeelClient;
let signer: KeyPairSigner;
let account: Address;

/** What becomes of a request: whether it reaches the node, and whether the node's answer comes back. */
type Fate = "served" | "lost" | "unseen" | "unanswered" | "overloaded";
let fate: (method: string, count: number) => Fate;
let counts: Map<string, number>;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request) body += String(part);
  const { method, id } = JSON.parse(body) as { method: string; id: unknown };
  const count = (counts.get(method) ?? 0) + 1;
  counts.set(method, count);
  const decided = fate(method, count);
  if (decided === "overloaded") return void response.writeHead(429).end();
  // A node that accepts a transaction and forgets it.
  if (decided === "lost") return void response.end(JSON.stringify({ jsonrpc: "2.0", id, result: "1".repeat(64) }));
  // One that has not heard of it.
  if (decided === "unseen") {
    return void response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { context: { slot: 1 }, value: [null] } }));
  }
  const headers = { "content-type": "application/json" };
  const answer = await fetch(network.report.rpc_url, { method: "POST", headers, body });
  const text = await answer.text();
  if (decided === "unanswered") return void response.destroy();
  response.writeHead(200, headers).end(text);
}

before(async () => {
  network = await LocalNetwork.start();
  proxy = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  direct = await KeelClient.connect({ rpc: network.report.rpc_url });
  const rpc = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  keel = await KeelClient.connect({ rpc, engine: direct.network.engine });
  signer = await network.signer("alice");
  ({ account } = await direct.openAccount({ signer }));
});

after(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await network.stop();
});

beforeEach(() => {
  counts = new Map();
  fate = () => "served";
});

/** Deposits, and checks that so much was deposited once. */
async function deposited(amount: bigint): Promise<void> {
  const before = (await direct.account(account)).capital[0]!;
  const receipt = await keel.deposit({ signer, account, amount });
  assert.equal(receipt.events.filter(({ name }) => name === "Deposited").length, 1);
  assert.equal((await direct.account(account)).capital[0], before + amount);
}

test("a transaction that was lost is sent again", async () => {
  fate = (method, count) => (method === "sendTransaction" && count === 1 ? "lost" : "served");
  await deposited(usdc(11));
  assert.ok(counts.get("sendTransaction")! >= 2);
});

test("one whose answer was lost is not done twice", async () => {
  fate = (method, count) => (method === "sendTransaction" && count === 1 ? "unanswered" : "served");
  await deposited(usdc(12));
});

test("one that is sent many times is done once", async () => {
  // The node does not know of it for a while, so that it is sent again and again.
  const until = Date.now() + 5_000;
  fate = (method) => (method === "getSignatureStatuses" && Date.now() < until ? "unseen" : "served");
  await deposited(usdc(13));
  assert.ok(counts.get("sendTransaction")! >= 3);
});

test("a node that is overloaded is asked again", async () => {
  fate = (method, count) =>
    ["sendTransaction", "getSignatureStatuses"].includes(method) && count <= 2 ? "overloaded" : "served";
  await deposited(usdc(14));
});

test("what is refused is told once and not sent again", async () => {
  const refusal = keel.withdraw({ signer, account, amount: usdc(1_000_000) });
  await assert.rejects(refusal, (error: KeelError) => error.reason === "InsufficientCapital");
  assert.equal(counts.get("sendTransaction"), 1);
});

test("nobody waits for ever", async () => {
  fate = (method) => (method === "sendTransaction" ? "lost" : "served");
  const before = (await direct.account(account)).capital[0];
  const gaveUp = keel.deposit({ signer, account, amount: usdc(15) }, { signal: AbortSignal.timeout(3_000) });
  await assert.rejects(gaveUp, { name: "TimeoutError" });
  assert.equal((await direct.account(account)).capital[0], before);
});
