// Prices that a transaction brings along: a service that gives what Pyth's once gave, or nothing of use.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import {
  type Address,
  type KeyPairSigner,
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
} from "@solana/kit";

import { HermesPrices, KeelClient, KeelError, contracts } from "../src/index.js";
import { fromHex, toHex } from "../src/events.js";
import { getMarketEncoder } from "../src/generated/index.js";
import { sign } from "../src/send.js";
import { LocalNetwork } from "./network.js";

const RECORDED = readFileSync(new URL("../../../rust/tests/hermes/recorded.hex", import.meta.url), "utf8").replace(
  /\s/g,
  "",
);
/** The feed of the recorded update; the guardians that signed it, of whom there were 19; their program. */
const FEED = "879551021853eec7a7dc827578e8e69da7e4fa8148339aa0d3d5296405be4b1a";
const GUARDIAN_SET = 4;
const WORMHOLE = "HDwcJBJXjL9FpJ7UBsYBtaDjsBUhuLCUYoz3zr8SWWaQ" as Address;
const RECEIVER = "rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ" as Address;

let network: LocalNetwork;
let alice: KeyPairSigner;
let server: Server;
let endpoint: string;
let respond: (response: ServerResponse) => void;
let asked: { url: string; authorization: string | undefined }[] = [];

before(async () => {
  network = await LocalNetwork.start();
  alice = await network.signer("alice");
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await network.stop();
});

const json = (value: unknown) => (response: ServerResponse) => void response.end(JSON.stringify(value));
const connect = () =>
  KeelClient.connect({
    rpc: network.report.rpc_url,
    prices: new HermesPrices({ endpoint: `${endpoint}/`, apiKey: "opensesame" }),
  });

/** Puts an account into place, as only a local network lets one. */
async function place(address: Address, owner: Address, data: Uint8Array): Promise<void> {
  const params = [address, { lamports: 1_000_000_000, owner, executable: false, data: toHex(data) }];
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "surfnet_setAccount", params });
  const answer = await fetch(network.report.rpc_url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { error } = (await answer.json()) as { error?: unknown };
  assert.equal(error, undefined, JSON.stringify(error));
}

test("a service that gives no price is an error that says so", async () => {
  const keel = await connect();
  const failures: [(response: ServerResponse) => void, RegExp][] = [
    [(response) => void response.writeHead(429).end(), /answers 429/],
    [(response) => void response.end("<html>"), /gives no price/],
    [json({}), /no updates/],
    [(response) => void response.destroy(), /gives no price/],
    [(response) => void response.writeHead(302, { location: "/elsewhere" }).end(), /gives no price/],
    [json({ binary: { data: ["00"] } }), /no update|cut off/],
    [json({ binary: { data: [RECORDED.slice(0, -2)] } }), /cut off/],
    [json({ binary: { data: [RECORDED] } }), /no price of that feed/],
  ];
  for (const [failure, says] of failures) {
    respond = failure;
    const trade = keel.trade({ signer: alice, account: alice.address, market: 1, side: "buy", base: contracts(1) });
    await assert.rejects(trade, (error: KeelError) => {
      assert.equal(error.kind, "update", error.message);
      assert.match(error.message, says);
      assert.ok(!error.message.includes("opensesame"));
      return true;
    });
  }
  assert.ok(asked.every(({ url }) => url.startsWith("/v2/updates/price/latest?ids%5B%5D=")));
  assert.ok(asked.every(({ authorization }) => authorization === "Bearer opensesame"));
});

test("a recorded update is proven, and posted in front", async () => {
  const keel = await connect();
  const number = network.market("NVDA");
  const market = await keel.market(number);
  const feedId = fromHex(FEED);
  const priceOwner = new Uint8Array(getAddressEncoder().encode(RECEIVER));
  const bent = new Uint8Array(getMarketEncoder().encode({ ...market, feedId, priceOwner }));
  await place(keel.address({ of: "market", market: number }), keel.program, bent);
  respond = json({ binary: { data: [RECORDED] } });

  const seeds = ["GuardianSet", Uint8Array.of(0, 0, 0, GUARDIAN_SET)];
  const [set] = await getProgramDerivedAddress({ programAddress: WORMHOLE, seeds });
  const unknown = keel.prices.price(keel.network, await keel.market(number), alice);
  await assert.rejects(unknown, (error: KeelError) => error.kind === "missing" && error.address === set);

  const members = new Uint8Array(8 + 19 * 20).fill(7);
  members.set([GUARDIAN_SET, 0, 0, 0, 19, 0, 0, 0]);
  await place(set, WORMHOLE, members);
  const priced = await keel.prices.price(keel.network, await keel.market(number), alice);
  assert.deepEqual(
    [priced.sample?.price, priced.sample?.publishTime, priced.sample?.exponent],
    [960_310_184n, 1_743_631_834n, -8],
  );
  assert.equal(priced.signers[0]?.address, priced.account);
  assert.deepEqual(
    [...priced.before, ...priced.after].map(({ programAddress }) => programAddress),
    [RECEIVER, RECEIVER],
  );
  const posting = priced.before[0]?.accounts?.map(({ address }) => address);
  assert.ok(posting?.includes(priced.account) && posting.includes(alice.address) && posting.includes(set));
  // Both sign, and the account is another one each time.
  const { wire } = await sign(keel.network, priced.after, alice, { signers: [] });
  assert.ok(wire.length > 0);
  const again = await keel.prices.price(keel.network, await keel.market(number), alice);
  assert.notEqual(again.account, priced.account);
  assert.equal(getAddressDecoder().decode(priceOwner), RECEIVER);
});
