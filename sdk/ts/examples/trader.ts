// A trader's first steps on a local network: `keel localnet` in one terminal, then
//
//   node dist/examples/trader.js http://127.0.0.1:8899 /path/to/alice.json

import { readFileSync } from "node:fs";

import { createKeyPairSignerFromBytes } from "@solana/kit";

import { KeelClient, KeelError, contracts, formatUsdc, priceToUsd, usdc } from "@keel/sdk";

const [url = "http://127.0.0.1:8899", keypair] = process.argv.slice(2);
if (keypair === undefined) throw new Error("name a URL and a key file");
const signer = await createKeyPairSignerFromBytes(
  Uint8Array.from(JSON.parse(readFileSync(keypair, "utf8")) as number[]),
);

const keel = await KeelClient.connect({ rpc: url });
const btc = await keel.marketNamed("BTC");
if (btc === undefined) throw new Error("there is no market BTC");

const [mine] = await keel.accountsOf(signer.address);
const account = mine?.address ?? (await keel.openAccount({ signer })).account;
await keel.deposit({ signer, account, amount: usdc(1_000) });

try {
  const order = { account, market: btc.indexNumber, side: "buy", base: contracts("0.01") } as const;
  const { answer: quote } = await keel.quoteTrade(order);
  const { meanPrice, impactPpm, fill, hourlyFunding, liquidationPrice } = quote;
  console.log(`price        ${priceToUsd(meanPrice).toFixed(2)} USD, impact ${Number(impactPpm) / 1e4}%`);
  console.log(`fee          ${formatUsdc(fill.fee)} USD`);
  console.log(`funding      ${formatUsdc(hourlyFunding)} USD an hour now`);
  const below = liquidationPrice?.below ?? 0n;
  console.log(`liquidation  ${below === 0n ? "none" : `${priceToUsd(below).toFixed(2)} USD`}`);

  const { signature, units, events } = await keel.trade({ signer, ...order });
  console.log(`${signature}: ${units} compute units, ${events.map(({ name }) => name).join(", ")}`);
} catch (error) {
  // What the exchange refuses says what to do.
  if (!(error instanceof KeelError)) throw error;
  console.error(error.message);
}
