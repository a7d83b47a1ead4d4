import type { Checkpoint, Entry, InclusionProof } from '../api/types.ts';
import { decodeBase64, isSameBytes } from './base64.ts';
import { isIncluded, leafHash } from './merkle-proof.ts';
import { checkCheckpointNote, checkSignature, parseDeviceKey } from './signature.ts';

/** What is checked, in this order. */
export const PROOF_STEPS = ['leaf', 'inclusion', 'checkpoint', 'signature'] as const;
export type ProofStepName = (typeof PROOF_STEPS)[number];

export interface ProofStep {
  readonly name: ProofStepName;
  readonly outcome: 'holds' | 'fails' | 'notChecked';
}

export interface EntryEvidence {
  readonly entry: Entry;
  readonly checkpoint: Checkpoint;
  readonly proof: InclusionProof;
  /** The appliance's keys as C2SP verifier keys, oldest first, each with the entry from which on it signs. */
  readonly keys: readonly { readonly verifierKey: string; readonly entryIndex: number }[];
}

/** Whether this browser can check proofs at all: WebCrypto exists on https and on the loopback address only. */
export function canCheckProofs(): boolean {
  return typeof crypto !== 'undefined' && crypto.subtle !== undefined;
}

/**
 * Checks that an entry is in the ledger that the checkpoint names, trusting no answer of the appliance beyond the
 * bytes it gave: the leaf is hashed here, the path is climbed here, the signatures are checked here.
 */
export async function checkEntry({ entry, checkpoint, proof, keys }: EntryEvidence): Promise<ProofStep[]> {
  const leaf = await leafHash(new TextEncoder().encode(entry.canonical));
  const claimed = decodeBase64(entry.leafHash);
  const root = decodeBase64(checkpoint.root);
  const hashes = proof.hashes.flatMap((hash) => decodeBase64(hash) ?? []);
  const isLeaf = claimed !== undefined && isSameBytes(leaf, claimed) && indexOf(entry.canonical) === entry.index;
  const isInside =
    root !== undefined &&
    hashes.length === proof.hashes.length &&
    proof.index === entry.index &&
    proof.size === checkpoint.size &&
    (await isIncluded({ leaf, index: entry.index, size: checkpoint.size, hashes, root }));
  const key = parseDeviceKey(keys.at(-1)?.verifierKey ?? '');
  const note = key === undefined ? 'invalid' : await checkCheckpointNote(checkpoint.note, key, checkpoint);
  return [
    { name: 'leaf', outcome: isLeaf ? 'holds' : 'fails' },
    { name: 'inclusion', outcome: isInside ? 'holds' : 'fails' },
    { name: 'checkpoint', outcome: STEP_OUTCOMES[note] },
    ...(await checkReadingSignature(
      entry.canonical,
      keys.findLast(({ entryIndex }) => entryIndex < entry.index)?.verifierKey,
    )),
  ];
}

const STEP_OUTCOMES = { valid: 'holds', invalid: 'fails', unsupported: 'notChecked' } as const;

/** The reading's own signature by the device key; no step for entries that are no readings. */
async function checkReadingSignature(canonical: string, deviceKey = ''): Promise<ProofStep[]> {
  const { kind, body } = JSON.parse(canonical) as { kind?: unknown; body?: { reading?: unknown; signature?: unknown } };
  if (kind !== 'reading' || typeof body?.signature !== 'string') return [];
  const key = parseDeviceKey(deviceKey);
  const signature = decodeBase64(body.signature);
  if (key === undefined || signature === undefined) return [{ name: 'signature', outcome: 'fails' }];
  // Parsing canonical JSON and printing it again gives the same text: keys keep their order, numbers their form.
  const outcome = await checkSignature(key, JSON.stringify(body.reading), signature);
  return [{ name: 'signature', outcome: STEP_OUTCOMES[outcome] }];
}

function indexOf(canonical: string): unknown {
  return (JSON.parse(canonical) as { index?: unknown }).index;
}
