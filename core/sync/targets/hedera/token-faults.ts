import type { SyncFault } from '../../target.ts';
import { statusFault } from './faults.ts';

/** What a status of the network means for a mint or for the making of a token. */
export function tokenStatusFault(status: string): SyncFault {
  const known = BY_STATUS[status];
  return known === undefined ? statusFault(status) : { ...known, message: `${known.message} (${status}).` };
}

const NO_TOKEN = {
  code: 'TOK_TOKEN_UNKNOWN',
  message: 'The network does not know the token',
  hint: 'compare tokenId and network in plant.yaml: a token is of one network only',
};
const DELETED = {
  code: 'TOK_TOKEN_DELETED',
  message: 'The token was deleted',
  hint: 'name another token in plant.yaml (tokenId), or leave it out and one is made; what was minted stays in the ledger',
};
const PAUSED = {
  code: 'TOK_TOKEN_PAUSED',
  message: 'The token is paused',
  hint: 'whoever holds its pause key must take the pause back; what is approved is minted then by itself',
};
const FROZEN = {
  code: 'TOK_ACCOUNT_FROZEN',
  message: 'The account is frozen for this token, or not cleared for it',
  hint: 'whoever holds the freeze or KYC key of the token must release the account of operatorId',
};
const NOT_ASSOCIATED = {
  code: 'TOK_NOT_ASSOCIATED',
  message: 'The account of operatorId is not associated with the token',
  hint: 'associate the account with the token (a wallet or the portal of Hedera does it), or leave tokenId out',
};
const FOREIGN = {
  code: 'TOK_SUPPLY_KEY_FOREIGN',
  message: 'The token is minted with another key than that of operatorKeyFile',
  hint: 'name a token of this plant whose supply key is that of the account, or leave tokenId out and one is made',
};
const TREASURY = {
  code: 'TOK_TREASURY_FOREIGN',
  message: 'What is minted would go to another account than that of operatorId',
  hint: 'name a token whose treasury is the account of operatorId, or leave tokenId out and one is made',
};
const SUPPLY = {
  code: 'TOK_SUPPLY_REACHED',
  message: 'The token has not so much left of its finite supply',
  hint: 'nothing can be added to it: have another token made by a new name and maxSupply in plant.yaml; the energy waits',
};
const FEE = {
  code: 'TOK_FEE_CEILING',
  message: 'The network asks for a higher fee than Forebay may pay for this',
  hint: 'compare with the fee schedule of Hedera, and raise maxFeeHbar or maxCreateFeeHbar under tokens in plant.yaml if it is right',
};

const BY_STATUS: Readonly<Record<string, SyncFault>> = {
  INVALID_TOKEN_ID: NO_TOKEN,
  TOKEN_WAS_DELETED: DELETED,
  TOKEN_IS_PAUSED: PAUSED,
  ACCOUNT_FROZEN_FOR_TOKEN: FROZEN,
  ACCOUNT_KYC_NOT_GRANTED_FOR_TOKEN: FROZEN,
  TOKEN_NOT_ASSOCIATED_TO_ACCOUNT: NOT_ASSOCIATED,
  TOKEN_HAS_NO_SUPPLY_KEY: FOREIGN,
  INVALID_SIGNATURE: FOREIGN,
  TOKEN_MAX_SUPPLY_REACHED: SUPPLY,
  INVALID_TREASURY_ACCOUNT_FOR_TOKEN: TREASURY,
  INSUFFICIENT_TX_FEE: FEE,
};

export function tokenUnknown(tokenId: string, network: string): SyncFault {
  return { ...NO_TOKEN, message: `There is no token ${tokenId} on ${network}.` };
}

export function tokenDeleted(tokenId: string): SyncFault {
  return { ...DELETED, message: `The token ${tokenId} was deleted.` };
}

export function tokenPaused(tokenId: string): SyncFault {
  return { ...PAUSED, message: `The token ${tokenId} is paused.` };
}

export function accountFrozen(tokenId: string, accountId: string): SyncFault {
  return { ...FROZEN, message: `The account ${accountId} is frozen for the token ${tokenId}, or not cleared for it.` };
}

export function notAssociated(tokenId: string, accountId: string): SyncFault {
  return { ...NOT_ASSOCIATED, message: `The account ${accountId} is not associated with the token ${tokenId}.` };
}

export function supplyKeyForeign(tokenId: string): SyncFault {
  return { ...FOREIGN, message: `The token ${tokenId} is minted with another key than that of operatorKeyFile.` };
}

export function treasuryForeign(tokenId: string, treasuryId: string): SyncFault {
  return { ...TREASURY, message: `What is minted of ${tokenId} would go to the account ${treasuryId}.` };
}

export function supplyReached(tokenId: string, left: number, wanted: number): SyncFault {
  return {
    ...SUPPLY,
    message: `The token ${tokenId} has ${left} left of its finite supply, and ${wanted} are to be minted.`,
  };
}

export function supplyInfinite(tokenId: string): SyncFault {
  return {
    code: 'TOK_SUPPLY_INFINITE',
    message: `The token ${tokenId} may be minted without end.`,
    hint: 'name a token of finite supply, or leave tokenId out and one is made',
  };
}

export function tokenUnlike(tokenId: string, why: string): SyncFault {
  return {
    code: 'TOK_TOKEN_UNLIKE',
    message: `The token ${tokenId} is not what plant.yaml says: ${why}.`,
    hint: 'compare kind, unit and decimals under tokens in plant.yaml with the token on HashScan',
  };
}

export const TOKEN_PENDING: SyncFault = {
  code: 'TOK_TOKEN_PENDING',
  message: 'The token of this plant is being made; the mirror does not show it yet.',
  hint: 'nothing to do: it is asked again, and no second one is made',
};

export const MINT_PENDING: SyncFault = {
  code: 'TOK_MINT_PENDING',
  message: 'The mint was sent, and the mirror does not show it yet.',
  hint: 'nothing to do: it is asked again, and nothing is minted a second time before it is known that it did not happen',
};

export const LOST_HISTORY_PENDING: SyncFault = {
  code: 'TOK_HISTORY_PENDING',
  message:
    'The ledger was restored or salvaged, and the mirror has not come far enough to show all that was minted before.',
  hint: 'nothing to do: it is asked again within minutes',
};

export function mintUnlike(tokenId: string, why: string): SyncFault {
  return {
    code: 'TOK_MINT_UNLIKE',
    message: `What the mirror shows of the mint of ${tokenId} is not what was signed: ${why}.`,
    hint: 'nothing more is minted: compare the transaction on HashScan and with another mirror, and tell the makers of Forebay',
  };
}

export function supplyUnexplained(tokenId: string, units: number): SyncFault {
  return {
    code: 'TOK_SUPPLY_UNEXPLAINED',
    message: `The token ${tokenId} has ${units} more than this ledger knows of: somebody else minted with its key, or a ledger that was lost.`,
    hint: 'nothing is minted until it is known for which energy that was: see the mints on HashScan; give each plant a token of its own',
  };
}

export function mintOfOthers(tokenId: string, memo: string): SyncFault {
  return {
    code: 'TOK_MINT_FOREIGN',
    message: `The token ${tokenId} holds a mint that this ledger did not make ("${memo.slice(0, 100)}").`,
    hint: 'give each plant a token of its own; where the data folder was put back by hand, use "forebay restore", and change the key where neither is so',
  };
}
