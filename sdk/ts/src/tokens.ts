/** Token accounts of wallets. */

import { type Address, type Instruction, type TransactionSigner, AccountRole, address } from "@solana/kit";

const TOKEN_PROGRAM = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_ACCOUNTS = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
const SYSTEM_PROGRAM = address("11111111111111111111111111111111");
/** The instruction that does nothing where the account is there already. */
const CREATE_IDEMPOTENT = 1;

export { TOKEN_ACCOUNTS, TOKEN_PROGRAM };

/** Makes a wallet's token account of a mint where it is not there yet. */
export function createTokenAccount(
  payer: TransactionSigner,
  owner: Address,
  mint: Address,
  account: Address,
): Instruction {
  return {
    programAddress: TOKEN_ACCOUNTS,
    accounts: [
      { address: payer.address, role: AccountRole.WRITABLE_SIGNER },
      { address: account, role: AccountRole.WRITABLE },
      { address: owner, role: AccountRole.READONLY },
      { address: mint, role: AccountRole.READONLY },
      { address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
      { address: TOKEN_PROGRAM, role: AccountRole.READONLY },
    ],
    data: Uint8Array.of(CREATE_IDEMPOTENT),
  };
}
