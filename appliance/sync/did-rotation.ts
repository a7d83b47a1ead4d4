import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { HEDERA_NETWORKS, hederaDidUpdate } from '../../core/ledger/did-hedera.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { didAttempts, forgetDid, keepDidMessage, pendingDid, publishedDid, rootKeyOf } from './kept-did.ts';

export interface DidRotation {
  readonly oldKey: Pick<DeviceKey, 'sign' | 'publicKey'>;
  readonly newKey: Pick<DeviceKey, 'publicKey'>;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/**
 * Keeps the message that gives the published DID its next root key. Only the old key can sign it, so it is made in the
 * write that changes the key, and is published from there when the appliance runs.
 */
export function keepDidRotation(write: WritableStore, { oldKey, newKey, at }: DidRotation): void {
  // What was signed to create the old key's DID and was never tried needs no publishing any more.
  if (pendingDid(write)?.operation === 'create' && didAttempts(write).length === 0) forgetDid(write);
  for (const network of HEDERA_NETWORKS) {
    const published = publishedDid(write, network);
    if (published?.owner !== rootKeyOf(oldKey.publicKey)) continue;
    const { did, topic } = published;
    const envelope = hederaDidUpdate(did, newKey.publicKey, at, (bytes) => oldKey.sign(bytes));
    const owner = rootKeyOf(newKey.publicKey);
    keepDidMessage(write, { operation: 'update', network, topic, did, owner, text: JSON.stringify(envelope) });
    return;
  }
}
