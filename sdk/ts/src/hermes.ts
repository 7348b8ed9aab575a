/** A price that the transaction brings along: the latest signed update of Pyth's web service, posted in front. */

import { type TransactionSigner, generateKeyPairSigner } from "@solana/kit";

import { KeelError } from "./error.js";
import { toHex } from "./events.js";
import type { Market } from "./generated/index.js";
import type { Network } from "./network.js";
import type { PriceSource, Priced } from "./prices.js";
import { toInstruction } from "./send.js";

/** Where updates come from. */
export interface HermesOptions {
  /** URL of the service. */
  endpoint: string;
  /** The key that it asks for, if it asks for one. */
  apiKey?: string;
}

/** Milliseconds for the whole answer: a price that took longer is too old anyway. */
const ANSWER = 4_000;

/**
 * Fetches the latest update of a market's feed, checks its proof, and composes the instruction that posts it into an
 * account made for this one transaction in front of the one that uses it; the rent comes back behind it. Such a transaction
 * is long: give it a lookup table.
 */
export class HermesPrices implements PriceSource {
  readonly #endpoint: string;
  readonly #headers: Record<string, string>;

  constructor({ endpoint, apiKey }: HermesOptions) {
    this.#endpoint = endpoint.replace(/\/+$/, "");
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  }

  async price(network: Network, market: Market, payer: TransactionSigner): Promise<Priced> {
    const [updates, account] = await Promise.all([this.#fetch(market), generateKeyPairSigner()]);
    const fields = { updates, market: market.indexNumber, payer: payer.address, price: account.address };
    const { sample, post, reclaim } = await network.ask("update", fields);
    const [before, after] = [[toInstruction(post)], [toInstruction(reclaim)]];
    return { account: account.address, sample, before, after, signers: [account] };
  }

  /** The latest updates of a market's feed, in hexadecimal. */
  async #fetch(market: Market): Promise<string[]> {
    const query = new URLSearchParams({ "ids[]": toHex(market.feedId), encoding: "hex", parsed: "false" });
    try {
      const url = `${this.#endpoint}/v2/updates/price/latest?${query}`;
      const response = await fetch(url, {
        headers: this.#headers,
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER),
      });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      const { binary } = (await response.json()) as { binary?: { data?: unknown } };
      if (!Array.isArray(binary?.data)) throw new Error("its answer has no updates");
      return binary.data.map(String);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KeelError("update", `the price service gives no price (${reason}): try again, or another endpoint`, {
        cause,
      });
    }
  }
}
