import { readFileSync } from 'node:fs';
import { verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { isSameKey, type KeyChain } from '../../core/ledger/key-chain.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { parseVerifierKey, type VerifierKey } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { usage } from './read-command-line.ts';

/** What was noted or kept outside the data folder, to check the folder against. */

/**
 * The verifier keys that the lines of `text` are, or that the files of those names hold, one on a line.
 *
 * @throws Failure `APP_USAGE`.
 */
export function readKeys(text: string): readonly string[] {
  return text.split('\n').flatMap((part) => readKey(part));
}

function readKey(text: string): readonly string[] {
  if (parseVerifierKey(text.trim()) !== undefined) return [text.trim()];
  const held = readText(text)
    ?.split(/\r?\n/)
    .map((line) => line.trim());
  const keys = held?.filter((line) => line !== '');
  if (keys !== undefined && keys.length > 0 && keys.every((key) => parseVerifierKey(key) !== undefined)) return keys;
  const sentence =
    keys === undefined ? `--key is "${text}", neither a verifier key nor a file.` : `${text} holds no verifier key.`;
  throw usage(sentence, 'as in keys/device.pub: forebay/HP-001/1a2b3c4d+1a2b3c4d+base64');
}

/**
 * The keys that a note of the ledger may be signed with: those of its chain, or, where keys are known from outside,
 * only these and the ones that stand in an unbroken chain with one of them.
 */
export function keysForNotes(store: ReadableStore, outside: readonly string[] | undefined): readonly VerifierKey[] {
  const known = (outside ?? []).flatMap((text) => parseVerifierKey(text) ?? []);
  const stretches = chainOf(store)?.stretches() ?? [];
  const trusted = stretches.filter(
    (stretch) => outside === undefined || stretch.some(({ key }) => known.some((other) => isSameKey(other, key))),
  );
  return [...known, ...trusted.flatMap((stretch) => stretch.map(({ key }) => key))];
}

/** Undefined where the ledger does not hold: the check itself says so. */
function chainOf(store: ReadableStore): KeyChain | undefined {
  try {
    return readKeyChain(ledgerReader(store));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/**
 * The checkpoint of a note in a file.
 *
 * @throws Failure `APP_USAGE` when it is none, `LED_KEPT_UNSIGNED` when none of `keys` signed it.
 */
export function readKeptCheckpoint(file: string, keys: readonly VerifierKey[]): { size: number; root: Uint8Array } {
  const text = readText(file);
  if (text === undefined) throw usage(`The checkpoint ${file} cannot be read.`, 'check its name and folder');
  // Mail and editors change line ends; what is signed has line feeds.
  const note = `${text.replaceAll('\r\n', '\n').trimEnd()}\n`;
  for (const key of keys) {
    const checkpoint = verifyCheckpoint(note, key);
    if (checkpoint !== undefined) return checkpoint;
  }
  const sentence = `The checkpoint in ${file} is no note that the device key ${keys[0]?.name ?? '(none)'} signed.`;
  throw new Failure('LED_KEPT_UNSIGNED', sentence, {
    hint: 'it is of another device or was changed, or the ledger was begun with another key; see docs/errors.md',
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
