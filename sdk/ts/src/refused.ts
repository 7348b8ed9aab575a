/** What a network says of a failed transaction, as a {@link KeelError}. */

import {
  type Address,
  type Instruction,
  type Signature,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  getSolanaErrorFromTransactionError,
  isSolanaError,
} from "@solana/kit";

import type { Engine } from "./engine.js";
import { KeelError, refused } from "./error.js";

/** What is known of it. */
export interface Failure {
  /** An error of kit's, or a status' `err`. */
  error: unknown;
  logs: readonly string[] | undefined;
  signature: Signature;
}

/**
 * The error of a transaction: the program's own where one of its instructions was refused.
 *
 * @param first - How many instructions stood in front of these.
 */
export function transactionError(
  engine: Engine,
  program: Address,
  instructions: readonly Instruction[],
  first: number,
  { error, logs, signature }: Failure,
): KeelError {
  const isPreflight = isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE);
  const said = isPreflight ? (error.context.logs ?? undefined) : logs;
  const cause = error instanceof Error ? (isPreflight ? error.cause : error) : solanaError(error);
  const details = { signature, logs: said, cause: error };
  if (isSolanaError(cause, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM)) {
    const instruction = cause.context.index - first;
    const refusal = engine.ask("error", { code: Number(cause.context.code) });
    if (refusal !== null && instructions[instruction]?.programAddress === program) {
      return refused(refusal, { ...details, instruction });
    }
  }
  const last = said?.at(-1);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new KeelError("transaction", last === undefined ? message : `${message} (${last})`, details);
}

function solanaError(error: unknown): unknown {
  return getSolanaErrorFromTransactionError(error as Parameters<typeof getSolanaErrorFromTransactionError>[0]);
}
