import { toBase64, toHex } from './bytes.ts';
import { readFrame } from './ledger-frame.ts';
import type { BundleSource, EvidenceMachine } from './machine.ts';
import { OpenBundle } from './open-bundle.ts';

/** The ledger that a bundle is of, as it was when the bundle was made. */
export interface BundledLedger {
  /** Leaf hash of its genesis entry, hexadecimal. */
  readonly ledger: string;
  readonly size: number;
  /** base64 */
  readonly root: string;
}

/**
 * What a bundle's checkpoints say of its ledger, once they and their proofs hold; its entries are not looked at.
 *
 * @throws Refusal
 */
export async function bundledLedger(source: BundleSource, machine: EvidenceMachine): Promise<BundledLedger> {
  const bundle = await OpenBundle.open(source, machine);
  const { context, checkpoints } = await readFrame(bundle, machine);
  const [genesis, newest] = [context.get(0)?.leaf, checkpoints.at(-1)];
  return {
    ledger: toHex(genesis ?? new Uint8Array(0)),
    size: bundle.manifest.treeSize,
    root: toBase64(newest?.root ?? new Uint8Array(0)),
  };
}
