/** The program's accounts, decoded by the generated decoders; what is of another kind or cut off is refused. */

import type { Address, FixedSizeDecoder, ReadonlyUint8Array } from "@solana/kit";
import { getAddressDecoder } from "@solana/kit";

import { KeelError } from "./error.js";
import * as program from "./generated/index.js";

/** A kind of account. */
export interface Kind<T> {
  name: string;
  discriminator: ReadonlyUint8Array;
  decoder: FixedSizeDecoder<T>;
}

function kind<T>(name: string, discriminator: ReadonlyUint8Array, decoder: FixedSizeDecoder<T>): Kind<T> {
  return { name, discriminator, decoder };
}

/** The kinds of accounts that there are. */
export const kinds = {
  exchange: kind("exchange", program.EXCHANGE_DISCRIMINATOR, program.getExchangeDecoder()),
  bank: kind("bank", program.BANK_DISCRIMINATOR, program.getBankDecoder()),
  market: kind("market", program.MARKET_DISCRIMINATOR, program.getMarketDecoder()),
  tickArray: kind("tick array", program.TICK_ARRAY_DISCRIMINATOR, program.getTickArrayDecoder()),
  marginAccount: kind("margin account", program.MARGIN_ACCOUNT_DISCRIMINATOR, program.getMarginAccountDecoder()),
  ranges: kind("ranges account", program.RANGES_DISCRIMINATOR, program.getRangesDecoder()),
  ticket: kind("ticket", program.TICKET_DISCRIMINATOR, program.getTicketDecoder()),
  change: kind("queued change", program.CHANGE_DISCRIMINATOR, program.getChangeDecoder()),
  pool: kind("pool", program.POOL_DISCRIMINATOR, program.getPoolDecoder()),
  poolRequest: kind("pool request", program.POOL_REQUEST_DISCRIMINATOR, program.getPoolRequestDecoder()),
  order: kind("order", program.PLACED_ORDER_DISCRIMINATOR, program.getPlacedOrderDecoder()),
  approval: kind("approval", program.BUILDER_APPROVAL_DISCRIMINATOR, program.getBuilderApprovalDecoder()),
} as const;

/** The content of an account. Throws `wrongKind` where the data is another kind's, or has another length. */
export function decode<T>(kind: Kind<T>, address: Address, data: Uint8Array): T {
  const isOurs =
    data.length === kind.decoder.fixedSize && kind.discriminator.every((byte, index) => data[index] === byte);
  if (!isOurs) throw new KeelError("wrongKind", `the account at ${address} is no ${kind.name}`, { address });
  return kind.decoder.decode(data);
}

/** 32 bytes of an account as an address. */
export function toAddress(bytes: ReadonlyUint8Array): Address {
  return getAddressDecoder().decode(bytes);
}

/** A market's name. */
export function nameOf(market: Pick<program.Market, "name">): string {
  return new TextDecoder().decode(new Uint8Array(market.name)).replace(/\0+$/, "");
}
