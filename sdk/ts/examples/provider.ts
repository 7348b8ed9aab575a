// Provides liquidity around the index, looks at what it is worth, and takes it back.
//
//   node dist/examples/provider.js http://127.0.0.1:8899 /path/to/lp.json

import { readFileSync } from "node:fs";

import { createKeyPairSignerFromBytes } from "@solana/kit";

import { KeelClient, KeelError, contracts, formatContracts, formatUsdc, priceToUsd, usdc } from "@keel/sdk";

const [url = "http://127.0.0.1:8899", keypair] = process.argv.slice(2);
if (keypair === undefined) throw new Error("name a URL and a key file");
const signer = await createKeyPairSignerFromBytes(
  Uint8Array.from(JSON.parse(readFileSync(keypair, "utf8")) as number[]),
);

const keel = await KeelClient.connect({ rpc: url });
const market = 1;
const [mine] = await keel.accountsOf(signer.address);
const account = mine?.address ?? (await keel.openAccount({ signer })).account;
await keel.deposit({ signer, account, amount: usdc(100_000) });

// One contract on each side, within 1% of the index.
const liquidity = keel.network.engine.ask("liquidity", { base: contracts(1), lower: 0, upper: 100 });
await keel.addRange({ signer, account, market, lower: -100, upper: 100, liquidity });

const { buy, sell } = await keel.depth(market, { steps: 5, widthPpm: 10_000 });
for (const { price, base } of [...buy.reverse(), ...sell]) {
  console.log(`${priceToUsd(price).toFixed(2).padStart(12)} ${formatContracts(base)}`);
}

// A range has to be some slots old before it may be taken back; until then the exchange says so.
for (const slot of (await keel.ranges(account)).keys()) {
  for (;;) {
    try {
      const { answer: removal } = await keel.quoteRemoveRange(account, slot);
      await keel.removeRange({ signer, account, slot });
      console.log(`range ${slot} removed, with ${formatUsdc(removal.folded.fees)} USD of fees`);
      break;
    } catch (error) {
      if (!(error instanceof KeelError) || error.reason !== "RangeTooYoung") throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}
