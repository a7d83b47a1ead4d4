import type { NewEntry } from './entry.ts';
import { parseVerifierKey } from './verifier-key.ts';

/** What the first entry of every ledger says. */
export interface Genesis {
  readonly plantId: string;
  /** The device's public key in the text form of C2SP signed notes; its name is the origin of every checkpoint. */
  readonly deviceKey: string;
  /** Version of the program that began the ledger. */
  readonly version: string;
  readonly origin: 'plant' | 'demo';
}

/** The entry that begins a ledger. It pins the key that everything after it is checked with. */
export function makeGenesis({ plantId, deviceKey, version, origin }: Genesis): NewEntry {
  return { kind: 'genesis', body: { plantId, deviceKey, version, origin } };
}

/** The device key that a genesis body names, or undefined when it names none that can be read. */
export function keyInGenesis(body: { readonly [key: string]: unknown }): ReturnType<typeof parseVerifierKey> {
  return typeof body.deviceKey === 'string' ? parseVerifierKey(body.deviceKey) : undefined;
}
