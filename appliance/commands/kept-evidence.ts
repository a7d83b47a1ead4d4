import { readFileSync } from 'node:fs';
import { verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { usage } from './read-command-line.ts';

/** What was noted or kept outside the data folder, to check the folder against. */

/** The key that the ledger itself names; it says who signs, and not that this is the plant's device. */
export function keyOfGenesis(store: ReadableStore): string | undefined {
  const key = readEntry(store, 0)?.body.deviceKey;
  return typeof key === 'string' ? key : undefined;
}

/** The verifier key that `text` is or that the file of that name holds. @throws Failure `APP_USAGE`. */
export function readKey(text: string): string {
  if (parseVerifierKey(text.trim()) !== undefined) return text.trim();
  const held = readText(text)?.trim();
  if (held !== undefined && parseVerifierKey(held) !== undefined) return held;
  const sentence =
    held === undefined ? `--key is "${text}", neither a verifier key nor a file.` : `${text} holds no verifier key.`;
  throw usage(sentence, 'as in keys/device.pub: forebay/HP-001/1a2b3c4d+1a2b3c4d+base64');
}

/**
 * The checkpoint of a note in a file.
 *
 * @throws Failure `APP_USAGE` when it is none, `LED_KEPT_UNSIGNED` when `verifierKey` did not sign it.
 */
export function readKeptCheckpoint(file: string, verifierKey: string | undefined): { size: number; root: Uint8Array } {
  const text = readText(file);
  if (text === undefined) throw usage(`The checkpoint ${file} cannot be read.`, 'check its name and folder');
  const key = verifierKey === undefined ? undefined : parseVerifierKey(verifierKey);
  // Mail and editors change line ends; what is signed has line feeds.
  const note = `${text.replaceAll('\r\n', '\n').trimEnd()}\n`;
  const checkpoint = key === undefined ? undefined : verifyCheckpoint(note, key);
  if (checkpoint !== undefined) return checkpoint;
  const sentence = `The checkpoint in ${file} is no note that the device key ${key?.name ?? '(none)'} signed.`;
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
