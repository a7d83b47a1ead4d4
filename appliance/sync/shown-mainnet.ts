import type { MainnetHint } from '../../core/config/mainnet-hint.ts';
import type { HederaConfig } from '../../core/config/plant.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { readNote, writeNote } from '../../core/store/notes.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { signerFailed } from '../../core/sync/targets/hedera/faults.ts';
import type { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';

/** The mirror that was seen to be the mainnet's. */
const NOTE = 'hedera-mirror-of-mainnet';

/** That the mirror of nodes of one's own was seen to be the mainnet's. */
export function shownMainnet({ network, mirror }: HederaConfig, store: ReadableStore): MainnetHint | undefined {
  if (network !== undefined || mirror === undefined || readNote(store, NOTE) !== formOf(mirror)) return undefined;
  return { why: `The mirror ${mirror} of plant.yaml shows nodes of the mainnet of Hedera`, isCertain: true };
}

/**
 * Asks the mirror of nodes of one's own for its address book and keeps whether nodes of the mainnet are in it, by address or by
 * certificate: a proxy in one's own network may lead there. A mirror without an address book says nothing. `known` gives the
 * mainnet's book.
 *
 * @returns why that could not be told: then nothing may be signed
 */
export async function lookForMainnet(
  mirror: Pick<MirrorClient, 'nodePage' | 'url'>,
  store: WritableStore,
  known: () => Promise<readonly BookNode[]>,
): Promise<SyncFault | undefined> {
  const nodes = await nodesShown(mirror);
  if ('code' in nodes) return nodes;
  if (nodes.length === 0) return undefined;
  const book = await known();
  if (book.length === 0) return signerFailed('it did not give the address book of the mainnet');
  const hosts = new Set(book.flatMap((node) => node.hosts));
  const certificates = new Set(book.flatMap(({ certificateHash }) => certificateHash ?? []));
  const isShown = nodes.some(
    (node) => node.hosts.some((host) => hosts.has(host)) || certificates.has(node.certificateHash ?? ''),
  );
  if (isShown) store.write(() => writeNote(store, NOTE, formOf(mirror.url)));
  return undefined;
}

/** A mirror may lack for a moment what it has: what is said three times holds. */
async function nodesShown(mirror: Pick<MirrorClient, 'nodePage'>): Promise<readonly BookNode[] | SyncFault> {
  for (let look = 0; look < LOOKS; look += 1) {
    const page = await mirror.nodePage('limit=25&order=asc');
    if (page.kind === 'failed' && page.isNoRoute !== true) return page.fault;
    if (page.kind === 'found' && page.value.nodes.length > 0) return page.value.nodes;
  }
  return [];
}

const LOOKS = 3;

/** The same mirror however its address ends. */
function formOf(url: string): string {
  return url.replace(/\/+$/, '');
}
