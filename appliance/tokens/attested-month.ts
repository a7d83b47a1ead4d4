import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { findItem } from '../../core/sync/kept-outbox.ts';
import { batchHolding } from '../../core/sync/sealed-batches.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { readHederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { lastCheckNoted } from '../fsck/background-check.ts';
import { proveLedger } from '../sync/prove-ledger.ts';

/** The message on a topic that the close of a month went out with. */
export interface Attestation {
  readonly topicId: string;
  readonly sequence: number;
}

/** Where the month's close is attested on the network, or why it is not (yet): then nothing may be minted for it. */
export function attestationOf(
  store: ReadableStore,
  { month, entry }: { readonly month: string; readonly entry: number },
  network: string,
): Attestation | SyncFault {
  const batch = batchHolding(store, entry);
  if (batch === undefined) return notAnchored(month, 'its close is in no batch yet');
  const open = openBefore(store, batch.index);
  if (open !== undefined) return notAnchored(month, `batch ${open} is not on the topic yet`);
  const index = findItem(store, 'hedera', batch.index)?.receiptIndex;
  if (index === undefined) return notAnchored(month, `batch ${batch.index}, which holds its close, went to no topic`);
  const receipt = readHederaReceipt(readEntry(store, index)?.body.receipt);
  if (receipt === undefined)
    return notAnchored(month, `the receipt of entry ${index} is of no form that this version knows`);
  if (receipt.network !== network) return anchoredElsewhere(month, receipt.network, network);
  const { topicId, sequence } = receipt;
  return { topicId, sequence };
}

/** The first batch up to this one that the topic has not yet. */
function openBefore(store: ReadableStore, index: number): number | undefined {
  const sql = `SELECT batch_idx AS "index" FROM deliveries
    WHERE target = 'hedera' AND state <> 'delivered' AND batch_idx <= ? ORDER BY batch_idx LIMIT 1`;
  return store.get<{ index: number }>(sql, index)?.index;
}

/**
 * Why the ledger does not bear the month out: a check of the whole found it broken, or its close, as it stands now, does not
 * lead to the root that was attested. Costs what the batch holds.
 */
export function ledgerTrouble(store: ReadableStore, entry: number): SyncFault | undefined {
  const check = lastCheckNoted(store);
  if (check?.ok === false) return damaged(check.firstBad?.message ?? 'a check of the whole ledger failed');
  const batch = batchHolding(store, entry);
  if (batch === undefined) return undefined;
  const steps = proveLedger(ledgerReader(store), batch, batch.message, entry);
  const wrong = steps.find(({ outcome }) => outcome !== 'holds');
  return wrong === undefined ? undefined : damaged(wrong.sentence);
}

function notAnchored(month: string, why: string): SyncFault {
  return {
    code: 'TOK_NOT_ANCHORED',
    message: `What was recorded up to the close of ${month} is not all attested: ${why}.`,
    hint: 'nothing can be minted before; what is in no batch yet goes with the next one, with mode: direct with the next reading or within ten minutes; see "forebay sync status"',
  };
}

function anchoredElsewhere(month: string, there: string, here: string): SyncFault {
  return {
    code: 'TOK_ANCHORED_ELSEWHERE',
    message: `The close of ${month} is attested on ${nameOf(there)}, and certificates would be minted on ${nameOf(here)}.`,
    hint: 'certificates belong beside the attestation that they name: compare network in plant.yaml',
  };
}

function nameOf(network: string): string {
  return network === 'private' ? "a network of one's own" : network;
}

function damaged(why: string): SyncFault {
  return {
    code: 'TOK_LEDGER_DAMAGED',
    message: `The ledger does not bear the month out: ${why.replace(/\.$/, '')}.`,
    hint: 'nothing is minted: run "forebay ledger fsck", and keep the data folder as it is',
  };
}
