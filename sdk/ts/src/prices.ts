/** Where a market's price comes from when an instruction needs a fresh one. */

import type { Address, Instruction, ReadonlyUint8Array, TransactionSigner } from "@solana/kit";

import type { Sample } from "./answers.js";
import { toHex } from "./events.js";
import type { Bank, Market } from "./generated/index.js";
import type { Network } from "./network.js";
import { toAddress } from "./state.js";

/** A price that an instruction can name. */
export interface Priced {
  /** Its account. */
  account: Address;
  /** What the account will hold, where it does not hold it yet. */
  sample?: Sample;
  /** Instructions in front of the one that uses it. */
  before: Instruction[];
  /** And behind it. */
  after: Instruction[];
  /** Who signs beside the payer: the account, where it is made for this. */
  signers: TransactionSigner[];
}

/** Gives prices. */
export interface PriceSource {
  /** A market's price, for a transaction that this signer pays. */
  price(network: Network, market: Market, payer: TransactionSigner): Promise<Priced>;
}

/**
 * The accounts into which Pyth's push oracle, or a local network, posts prices. On a
 * public cluster those are up to a minute old, too old for a trade: {@link HermesPrices} brings fresh ones.
 */
export class PushedPrices implements PriceSource {
  /** @param shard - Which of the oracle's accounts. */
  constructor(readonly shard = 0) {}

  async price(network: Network, market: Market): Promise<Priced> {
    return { account: this.account(network, market), before: [], after: [], signers: [] };
  }

  /** The account of a market's feed. */
  account(network: Network, market: Market): Address {
    return this.#feed(network, market.priceOwner, market.feedId);
  }

  /** The accounts of a bank's feeds: of the price, and of the exchange rate where its token has one. */
  accountsOf(network: Network, bank: Bank): { price: Address; rate: Address | undefined } {
    const hasRate = bank.rateFeedId.some((byte) => byte !== 0);
    return {
      price: this.#feed(network, bank.priceOwner, bank.feedId),
      rate: hasRate ? this.#feed(network, bank.priceOwner, bank.rateFeedId) : undefined,
    };
  }

  #feed(network: Network, owner: ReadonlyUint8Array, feedId: ReadonlyUint8Array): Address {
    const receiver = toAddress(owner);
    return network.engine.ask("address", { of: "priceFeed", shard: this.shard, feedId: toHex(feedId), receiver });
  }
}
