/** What can go wrong, as one class: what happened and what to do next is in the message. */

import type { Address, Signature } from "@solana/kit";

/**
 * - `program`: the exchange refuses, on the chain or in a quote; `code`, `name` and the sentence of what to do are the
 *   program's.
 * - `missing`: there is no account at `address`; `wrongKind`: it is of another kind.
 * - `update`: a signed price is of no use: cut off, of another feed, not proven, or its source does not answer.
 * - `request`: a field is missing or of another type.
 * - `transaction`: the network refuses the transaction for a reason that is not the exchange's.
 * - `expired`: the transaction was not seen within the life of its blockhash and will never be executed.
 * - `engine`: the WebAssembly module cannot be used.
 */
export type KeelErrorKind =
  "program" | "missing" | "wrongKind" | "update" | "request" | "transaction" | "expired" | "engine";

/** Details of a {@link KeelError}. */
export interface KeelErrorDetails {
  /** The program's code, from 6000. */
  code?: number;
  /** Name of the program's error. */
  reason?: string;
  /** The account that is missing or of another kind. */
  address?: Address;
  /** The transaction. */
  signature?: Signature;
  /** Index of the instruction that failed. */
  instruction?: number;
  /** Log lines of the transaction. */
  logs?: readonly string[];
  /** What it was caused by. */
  cause?: unknown;
}

/** Every error of this package. */
export class KeelError extends Error {
  override readonly name = "KeelError";
  readonly kind: KeelErrorKind;
  readonly code: number | undefined;
  /** Name of the program's error, such as `InsufficientMargin`. */
  readonly reason: string | undefined;
  readonly address: Address | undefined;
  readonly signature: Signature | undefined;
  readonly instruction: number | undefined;
  readonly logs: readonly string[];

  constructor(kind: KeelErrorKind, message: string, details: KeelErrorDetails = {}) {
    const { code, reason } = details;
    super(reason === undefined ? message : `${reason} (${code}): ${message}`, { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.reason = reason;
    this.address = details.address;
    this.signature = details.signature;
    this.instruction = details.instruction;
    this.logs = details.logs ?? [];
  }
}

/** A refusal as the engine tells it. */
export interface Refusal {
  kind: "program" | "missing" | "wrongKind" | "update" | "request" | "sdk";
  message: string;
  code?: number;
  name?: string;
  address?: Address | null;
}

/** The error of a refusal. */
export function refused(refusal: Refusal, details: KeelErrorDetails = {}): KeelError {
  const { kind, message, code, name, address } = refusal;
  return new KeelError(kind === "sdk" ? "request" : kind, message, {
    ...details,
    code,
    reason: name,
    address: address ?? undefined,
  });
}
