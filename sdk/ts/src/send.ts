/** Composing, signing, sending and confirming transactions. */

import {
  type Address,
  type Commitment,
  type Instruction,
  type Signature,
  type TransactionSigner,
  AccountRole,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  address,
  appendTransactionMessageInstructions,
  addSignersToTransactionMessage,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  fetchAddressesForLookupTables,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  isSolanaError,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";

import { KeelError } from "./error.js";
import { type ProgramEvent, eventsOf, fromHex } from "./events.js";
import type { ToldInstruction } from "./asks.js";
import type { Network } from "./network.js";
import { transactionError } from "./refused.js";

/** An instruction of the exchange, and the compute units that it takes. */
export type KeelInstruction = Instruction & { readonly units: number };

/** How a transaction is sent. */
export interface SendOptions {
  /** Micro-lamports for each compute unit that is asked for. */
  priorityFeeMicroLamports?: bigint;
  /** Compute units to ask for; without it what the instructions were measured to take. */
  computeUnits?: number;
  /** Address lookup tables that shorten the transaction. */
  lookupTables?: readonly Address[];
  /** Sends without simulating first. */
  skipPreflight?: boolean;
  /** Until when to wait; `confirmed` without it. */
  commitment?: Commitment;
  /** Further signers. */
  signers?: readonly TransactionSigner[];
  /** Stops waiting. */
  signal?: AbortSignal;
}

/** A transaction that was executed. */
export interface Receipt {
  signature: Signature;
  slot: bigint;
  /** Compute units that it took. */
  units: bigint;
  events: ProgramEvent[];
  logs: readonly string[];
}

const COMPUTE_BUDGET = address("ComputeBudget111111111111111111111111111111");
const SET_LIMIT = 2;
const SET_PRICE = 3;
/** Compute units of an instruction that nobody has measured: what a network gives one by itself. */
const UNMEASURED = 200_000;
const MOST_UNITS = 1_400_000;
/** Milliseconds between looks at a transaction's status: first, and at most. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;
/** Milliseconds after which a transaction that was not seen is sent again. */
const RESEND = 2_000;
/** Milliseconds of a node's silence after which it is not waited for any more. */
const SILENCE = 30_000;

const ORDER: Record<Commitment, number> = { processed: 0, confirmed: 1, finalized: 2 };

/** An instruction as the engine tells it, as kit's transactions take it. */
export function toInstruction(told: ToldInstruction): KeelInstruction {
  const accounts = told.accounts.map(({ address, signer, writable }) => ({ address, role: roleOf(signer, writable) }));
  return { programAddress: told.program, accounts, data: fromHex(told.data), units: told.units };
}

function roleOf(signer: boolean, writable: boolean): AccountRole {
  if (signer) return writable ? AccountRole.WRITABLE_SIGNER : AccountRole.READONLY_SIGNER;
  return writable ? AccountRole.WRITABLE : AccountRole.READONLY;
}

/** What an instruction asks of the compute budget. */
function unitsOf(instruction: Instruction): number {
  return "units" in instruction ? (instruction as KeelInstruction).units : UNMEASURED;
}

/** The compute budget's instructions. */
function budget(instructions: readonly Instruction[], options: SendOptions): Instruction[] {
  const asked = options.computeUnits ?? instructions.reduce((sum, instruction) => sum + unitsOf(instruction), 0);
  const limit = new Uint8Array(5);
  limit[0] = SET_LIMIT;
  new DataView(limit.buffer).setUint32(1, Math.min(asked, MOST_UNITS), true);
  const found: Instruction[] = [{ programAddress: COMPUTE_BUDGET, data: limit }];
  if (options.priorityFeeMicroLamports) {
    const price = new Uint8Array(9);
    price[0] = SET_PRICE;
    new DataView(price.buffer).setBigUint64(1, options.priorityFeeMicroLamports, true);
    found.push({ programAddress: COMPUTE_BUDGET, data: price });
  }
  return found;
}

/** A transaction, signed. */
export async function sign(
  network: Network,
  instructions: readonly Instruction[],
  payer: TransactionSigner,
  options: SendOptions = {},
) {
  const { value: lifetime } = await network.rpc.getLatestBlockhash({ commitment: network.commitment }).send();
  const tables = options.lookupTables ?? [];
  const contents = tables.length === 0 ? {} : await fetchAddressesForLookupTables([...tables], network.rpc);
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (message) => setTransactionMessageFeePayerSigner(payer, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
    (message) => appendTransactionMessageInstructions([...budget(instructions, options), ...instructions], message),
    (message) => addSignersToTransactionMessage([payer, ...(options.signers ?? [])], message),
    (message) => compressTransactionMessageUsingAddressLookupTables(message, contents),
  );
  const signed = await signTransactionMessageWithSigners(message);
  const wire = getBase64EncodedWireTransaction(signed);
  return { wire, signature: getSignatureFromTransaction(signed), lastValidBlockHeight: lifetime.lastValidBlockHeight };
}

/**
 * Signs, sends, waits until the transaction is confirmed, and reads what it did.
 *
 * The same signed bytes are sent again while nobody has seen them, so the transaction is executed once or never.
 *
 * @throws {@link KeelError} of kind `program` where the exchange refuses, `transaction` where the network does, `expired`.
 */
export async function send(
  network: Network,
  program: Address,
  instructions: readonly Instruction[],
  payer: TransactionSigner,
  options: SendOptions = {},
): Promise<Receipt> {
  const { wire, signature, lastValidBlockHeight } = await sign(network, instructions, payer, options);
  const commitment = options.commitment ?? "confirmed";
  // Where the compute budget's own instructions stand in front, the caller's begin later.
  const first = budget(instructions, options).length;
  const failed = (error: unknown, logs?: readonly string[]) =>
    transactionError(network.engine, program, instructions, first, { error, logs, signature });
  const submit = (skipPreflight: boolean) =>
    network.rpc
      .sendTransaction(wire, {
        encoding: "base64",
        maxRetries: 0n,
        preflightCommitment: network.commitment,
        skipPreflight,
      })
      .send();
  try {
    await submit(options.skipPreflight ?? false);
  } catch (error) {
    // Where the node refused it, it is not on its way. Where nothing was heard of it, it may be.
    if (isSolanaError(error) && !isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) throw failed(error);
  }
  const slot = await confirm(
    network,
    { signature, lastValidBlockHeight, commitment, signal: options.signal },
    {
      failed,
      again: () => submit(true),
    },
  );
  const done = await transactionOf(network, signature, commitment);
  const logs = done?.meta?.logMessages ?? [];
  const units = done?.meta?.computeUnitsConsumed ?? 0n;
  return { signature, slot, units, events: eventsOf(network.engine, program, logs), logs };
}

interface Awaited {
  signature: Signature;
  lastValidBlockHeight: bigint;
  commitment: Commitment;
  signal: AbortSignal | undefined;
}

/** Waits for a transaction's status and gives its slot. */
async function confirm(
  network: Network,
  { signature, lastValidBlockHeight, commitment, signal }: Awaited,
  { failed, again }: { failed: (error: unknown) => KeelError; again: () => Promise<unknown> },
): Promise<bigint> {
  let pause = FIRST_PAUSE;
  let sentAt = Date.now();
  let answeredAt = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    try {
      const { value } = await network.rpc.getSignatureStatuses([signature]).send();
      const status = value[0];
      answeredAt = Date.now();
      if (status?.err) throw failed(status.err);
      if (status && ORDER[status.confirmationStatus ?? "processed"] >= ORDER[commitment]) return status.slot;
      if (!status && Date.now() - sentAt > RESEND) {
        const height = await network.rpc.getBlockHeight({ commitment: "confirmed" }).send();
        if (height > lastValidBlockHeight) {
          const said = "the transaction was not executed while its blockhash was valid and never will be: send it anew";
          throw new KeelError("expired", said, { signature });
        }
        // A node that has it already answers with an error; its status is what counts.
        await again().catch(() => undefined);
        sentAt = Date.now();
      }
    } catch (cause) {
      if (cause instanceof KeelError) throw cause;
      // It is on its way, and a node that does not answer now may do so soon.
      if (Date.now() - answeredAt > SILENCE) {
        const said =
          "the node stopped answering, and the transaction may have been executed or not: look for its signature";
        throw new KeelError("transaction", said, { signature, cause });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

/** A transaction that is confirmed; a node may take a moment to serve it. */
async function transactionOf(network: Network, signature: Signature, commitment: Commitment) {
  const config = {
    commitment: commitment === "finalized" ? "finalized" : "confirmed",
    encoding: "json",
    maxSupportedTransactionVersion: 0,
  } as const;
  for (let pause = FIRST_PAUSE; pause < 4 * LONGEST_PAUSE; pause *= 2) {
    const found = await network.rpc.getTransaction(signature, config).send();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}
