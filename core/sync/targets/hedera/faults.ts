import type { SyncFault } from '../../target.ts';
import { BACKDATED_MS } from './valid-start.ts';

const TINYBARS_PER_HBAR = 100_000_000;

/** What a status of the network means at the plant, before consensus or at it. */
export function statusFault(status: string): SyncFault {
  const known = BY_STATUS[status];
  if (known !== undefined) return { ...known, message: `${known.message} (${status}).` };
  return {
    code: 'SYN_HEDERA_REFUSED',
    message: `The network refuses the message (${status}).`,
    hint: 'the status is explained in the documentation of Hedera; it is tried again later',
  };
}

/** Statuses of a node that is busy, starting or not in the address book: another one or a later moment may do. */
export function isPassing(status: string): boolean {
  return PASSING.has(status);
}

/**
 * Whether a transaction that reached consensus with this status has used its id up without effect: one that came before
 * with success would have made it a duplicate, and any that comes after is one. Not true of what a node answers for, such
 * as `TRANSACTION_EXPIRED` and `INVALID_PAYER_SIGNATURE`: the same bytes may still succeed by way of another node.
 */
export function isSpentBy(status: string): boolean {
  return status === 'THROTTLED_AT_CONSENSUS';
}

const PASSING: ReadonlySet<string> = new Set([
  'BUSY',
  'PLATFORM_TRANSACTION_NOT_CREATED',
  'PLATFORM_NOT_ACTIVE',
  'UNKNOWN',
  'INVALID_NODE_ACCOUNT',
  'INVALID_NODE_ACCOUNT_ID',
  'RECORD_NOT_FOUND',
  'RECEIPT_NOT_FOUND',
]);

const THROTTLED = {
  code: 'SYN_HEDERA_REFUSED',
  message: 'The network had more to do at that moment than it takes',
  hint: 'nothing to do: it is sent again',
};
const WRONG_KEY = {
  code: 'SYN_HEDERA_KEY_WRONG',
  message: 'The network does not take the signature: the key is not that of the account or of the topic',
  hint: 'put the private key of the account of operatorId into operatorKeyFile, and see whose key the topic wants',
};
const NO_BALANCE = {
  code: 'SYN_HEDERA_BALANCE_EMPTY',
  message: 'The account cannot pay for the message',
  hint: 'send HBAR to the account of operatorId; what waits goes out by itself then',
};
const NO_ACCOUNT = {
  code: 'SYN_HEDERA_ACCOUNT_UNKNOWN',
  message: 'The network does not know the account',
  hint: 'compare operatorId and network in plant.yaml: an account is of one network only',
};
const NO_TOPIC = {
  code: 'SYN_HEDERA_TOPIC_UNKNOWN',
  message: 'The network does not know the topic, or it was deleted',
  hint: 'compare topicId and network in plant.yaml',
};
const CLOCK = {
  code: 'SYN_HEDERA_CLOCK',
  message: "By the network's clock the transaction is from another time",
  hint: "set this computer's clock; what waits goes out by itself then",
};
const FEE = {
  code: 'SYN_HEDERA_FEE_CEILING',
  message: 'The network asks for a higher fee than Forebay may pay',
  hint: 'compare with the fee schedule of Hedera, and raise maxFeeHbar in plant.yaml if it is right',
};

const BY_STATUS: Readonly<Record<string, SyncFault>> = {
  THROTTLED_AT_CONSENSUS: THROTTLED,
  INVALID_SIGNATURE: WRONG_KEY,
  INVALID_PAYER_SIGNATURE: WRONG_KEY,
  UNAUTHORIZED: WRONG_KEY,
  INSUFFICIENT_PAYER_BALANCE: NO_BALANCE,
  INSUFFICIENT_ACCOUNT_BALANCE: NO_BALANCE,
  PAYER_ACCOUNT_NOT_FOUND: NO_ACCOUNT,
  ACCOUNT_ID_DOES_NOT_EXIST: NO_ACCOUNT,
  INVALID_ACCOUNT_ID: NO_ACCOUNT,
  PAYER_ACCOUNT_DELETED: NO_ACCOUNT,
  ACCOUNT_DELETED: NO_ACCOUNT,
  INVALID_TOPIC_ID: NO_TOPIC,
  TOPIC_EXPIRED: NO_TOPIC,
  INVALID_TRANSACTION_START: CLOCK,
  TRANSACTION_EXPIRED: CLOCK,
  INSUFFICIENT_TX_FEE: FEE,
  MESSAGE_SIZE_TOO_LARGE: tooLarge('The message is larger than the network takes'),
  TRANSACTION_OVERSIZE: tooLarge('The transaction is larger than the network takes'),
};

function tooLarge(message: string): SyncFault {
  return {
    code: 'SYN_HEDERA_TOO_LARGE',
    message,
    hint: 'keep the ledger and report this: a message is made to fit',
  };
}

export function messageTooLarge(bytes: number, most: number): SyncFault {
  return tooLarge(`The message has ${bytes} bytes, and a topic takes ${most}.`);
}

export const DEMO_ON_MAINNET: SyncFault = {
  code: 'SYN_HEDERA_DEMO',
  message: "Demonstration data is never put on Hedera's mainnet.",
  hint: 'use testnet for demonstrations, and a ledger of its own for the real plant',
};

/** `why` it is the mainnet or may be, as the beginning of a sentence. */
export function mainnetUnconfirmed(accountId: string, why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MAINNET_UNCONFIRMED',
    message: `${why}. There account ${accountId} pays real money for messages that stay public for ever, and no person has confirmed it.`,
    hint: 'run "forebay sync confirm-mainnet --data DIR": it shows what a year costs, and how to confirm',
  };
}

export function clockOff(offsetMs: number): SyncFault {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return {
    code: 'SYN_HEDERA_CLOCK',
    message: `This computer's clock is ${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} the network's: it would not take what is signed by it.`,
    hint: "set this computer's clock; what waits goes out by itself then",
  };
}

/** How far the clock may be off: ahead by less than a start is dated back, behind by less than a start is valid. */
export const CLOCK_AHEAD_MS_MAX = BACKDATED_MS - 2000;
export const CLOCK_BEHIND_MS_MAX = 60_000;

export function accountUnknown(accountId: string, network: string): SyncFault {
  return { ...NO_ACCOUNT, message: `There is no account ${accountId} on ${network}.` };
}

export function accountKeyWrong(accountId: string, network: string): SyncFault {
  return {
    ...WRONG_KEY,
    message: `The key in operatorKeyFile is not that of the account ${accountId} on ${network}.`,
    hint: 'put the private key of that account there; an account of the same number on another network has another key',
  };
}

export function accountKeyCompound(accountId: string): SyncFault {
  return {
    code: 'SYN_HEDERA_KEY_COMPOUND',
    message: `The account ${accountId} is held by several keys or a contract, and one key alone signs for Forebay.`,
    hint: 'use an account with a single Ed25519 or ECDSA key, with little on it',
  };
}

export function balanceEmpty(accountId: string, tinybars: number, network: string): SyncFault {
  return {
    ...NO_BALANCE,
    message: `The account ${accountId} on ${network} has ${hbar(tinybars)} and cannot pay for a message.`,
  };
}

export function balanceLow(accountId: string, tinybars: number): SyncFault {
  return {
    code: 'SYN_HEDERA_BALANCE_LOW',
    message: `The account ${accountId} has ${hbar(tinybars)} left.`,
    hint: 'send HBAR to it before it is empty; nothing is lost when it is, and then it waits',
  };
}

export function topicUnknown(topicId: string, network: string): SyncFault {
  return { ...NO_TOPIC, message: `There is no topic ${topicId} on ${network}.` };
}

export function topicDeleted(topicId: string): SyncFault {
  return {
    code: 'SYN_HEDERA_TOPIC_DELETED',
    message: `The topic ${topicId} was deleted.`,
    hint: 'name another topic in plant.yaml (topicId); what the old one holds stays on the mirrors',
  };
}

export function topicOpen(topicId: string): SyncFault {
  return {
    code: 'SYN_HEDERA_TOPIC_OPEN',
    message: `The topic ${topicId} has no submit key: anybody may write to it.`,
    hint: 'leave topicId out, and Forebay makes a topic that only its own key writes to',
  };
}

export function topicOfOthers(topicId: string): SyncFault {
  return {
    code: 'SYN_HEDERA_TOPIC_FOREIGN',
    message: `The topic ${topicId} takes messages of another key only.`,
    hint: 'name the topic of this plant in plant.yaml, or have the key of operatorKeyFile made its submit key',
  };
}

export const TOPIC_PENDING: SyncFault = {
  code: 'SYN_HEDERA_TOPIC_PENDING',
  message: 'The topic of this plant is being made; the mirror does not show it yet.',
  hint: 'nothing to do: it is asked again, and no second one is made',
};

export const TOPIC_UNCERTAIN: SyncFault = {
  code: 'SYN_HEDERA_TOPIC_UNCERTAIN',
  message:
    'Whether this plant has a topic already is not known yet: the mirror has not shown everything up to the restore.',
  hint: 'nothing to do while the mirror catches up; if it lasts, name the topic in plant.yaml (topicId)',
};

export function topicsSeveral(topicIds: readonly string[]): SyncFault {
  return {
    code: 'SYN_HEDERA_TOPICS_SEVERAL',
    message: `There are several topics of this ledger: ${topicIds.slice(0, IDS_SAID_MAX).join(', ')}.`,
    hint: 'look on a mirror which one holds the messages, and name it in plant.yaml (topicId)',
  };
}

const IDS_SAID_MAX = 10;

/** What no answer of the nodes means. */
export function unansweredFault({
  why,
  intercepted,
}: {
  readonly why: string;
  readonly intercepted?: string;
}): SyncFault {
  if (intercepted === undefined) return nodesUnreachable(why);
  return {
    code: 'SYN_HEDERA_NODE_TLS',
    message: `The node ${intercepted} shows another certificate than the address book has for it: something in between opens the connection.`,
    hint: 'have the network let TCP port 50212 through unopened, or set transport: plain under sync.hedera, which asks for no certificate',
  };
}

function nodesUnreachable(why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_NODES_UNREACHABLE',
    message: `No node of the network answers: ${why}.`,
    hint: 'look whether the firewall or proxy lets TCP port 50212 out (with transport: plain under sync.hedera: 50211); it is tried again',
  };
}

export const NOT_CONFIRMED: SyncFault = {
  code: 'SYN_HEDERA_NOT_CONFIRMED',
  message: 'The message was sent, and the mirror does not show it yet.',
  hint: 'nothing to do: it is asked for again, and never sent a second time before it is known that it did not arrive',
};

export function signerFailed(why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_SDK_FAILED',
    message: `The part that signs for Hedera failed: ${why}.`,
    hint: 'it is started anew by itself; if it lasts, report it with the log',
  };
}

/** `what`: such as "message 17 of 0.0.5005". */
export function mirrorsDiffer(what: string, url: string, secondUrl: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRRORS_DIFFER',
    message: `The mirrors ${url} and ${secondUrl} contradict each other: one of them has ${what}, and the other says that it never happened.`,
    hint: 'nothing is sent again meanwhile; look at a third mirror which one is right, and name that as mirror in plant.yaml',
  };
}

export function nodeContradicts(id: string, url: string): SyncFault {
  return {
    code: 'SYN_HEDERA_NODE_CONTRADICTS',
    message: `A node said that transaction ${id} succeeded, and the mirror ${url} says that it never happened.`,
    hint: 'nothing is sent again meanwhile; it passes within minutes, when the mirror either has the transaction or is so far past its time that the node was wrong',
  };
}

export const INTENT_UNREADABLE: SyncFault = {
  code: 'SYN_HEDERA_INTENT_UNREADABLE',
  message: 'What was kept of an earlier attempt cannot be read, so whether it arrived is not known.',
  hint: 'a later Forebay wrote it, or the store is damaged: run "forebay ledger fsck", and use the newer version',
};

function hbar(tinybars: number): string {
  return `${(tinybars / TINYBARS_PER_HBAR).toFixed(2)} HBAR`;
}
