import type { JsonObject } from '../model/json.ts';
import { fromBase64, isSameBytes, joinBytes, toBase64, toBytes, toHex } from './bytes.ts';
import { asCount, asObject, asText } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import { Refusal } from './refusal.ts';
import { parseNote } from './verifier-key.ts';

/** What a hub's receipt says by itself: that whoever has the key signed for a ledger of this origin, size and root. */
export interface HubReceipt {
  /** The key as `name+hash+base64`; whether it is the hub's must be asked there. */
  readonly publicKey: string;
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

const COSIGNATURE_V1 = 0x04;
const KEY_HASH_BYTES = 4;
const KEY_BYTES = 32;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
const BYTE_VALUES = 256;

/**
 * The receipt of a hub, whose `checkpoint` must be a note that the key of its `publicKey` cosigned (C2SP
 * tlog-cosignature) over its `size`.
 *
 * @throws Refusal `LED_BUNDLE_RECEIPT`
 */
export async function readHubReceipt(
  index: number,
  body: JsonObject,
  place: string,
  machine: EvidenceMachine,
): Promise<HubReceipt> {
  const receipt = asObject(body.receipt, place);
  const [publicKey, text] = [asText(receipt.publicKey, place), asText(receipt.checkpoint, place)];
  const note = parseNote(text);
  const key = parseCosignatureKey(publicKey, machine);
  if (note === undefined || key === undefined || note.size !== asCount(receipt.size, place)) {
    throw refused(index, place, 'holds no checkpoint of its size, or no key of a hub');
  }
  const blob = note.signatures.find(
    ({ name, blob }) => name === key.name && isSameBytes(blob.subarray(0, KEY_HASH_BYTES), key.hash),
  )?.blob;
  const timeS = blob === undefined ? undefined : timeOf(blob);
  const isSigned =
    blob !== undefined &&
    timeS !== undefined &&
    timeS === asCount(receipt.signedAtS, place) &&
    (await machine.isSigned(
      key.publicKey,
      joinBytes(toBytes(`cosignature/v1\ntime ${timeS}\n`), note.signed),
      blob.subarray(KEY_HASH_BYTES + TIME_BYTES),
    ));
  if (!isSigned) throw refused(index, place, 'is not signed by the key that it names');
  return { publicKey, origin: note.origin, size: note.size, root: toBase64(note.root) };
}

function parseCosignatureKey(text: string, machine: EvidenceMachine) {
  const [, name = '', hashHex = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+)$/u.exec(text) ?? [];
  const bytes = fromBase64(base64);
  if (name === '' || bytes?.length !== 1 + KEY_BYTES || bytes[0] !== COSIGNATURE_V1) return undefined;
  const hash = machine.sha256(joinBytes(toBytes(`${name}\n`), bytes)).subarray(0, KEY_HASH_BYTES);
  return toHex(hash) === hashHex ? { name, hash, publicKey: bytes.subarray(1) } : undefined;
}

/** The time that a cosignature names, seconds since 1970, behind the key's hash. 0 is that of no tree. */
function timeOf(blob: Uint8Array): number | undefined {
  if (blob.length !== KEY_HASH_BYTES + TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const timeS = blob
    .subarray(KEY_HASH_BYTES, KEY_HASH_BYTES + TIME_BYTES)
    .reduce((value, byte) => value * BYTE_VALUES + byte, 0);
  return timeS > 0 && Number.isSafeInteger(timeS) ? timeS : undefined;
}

function refused(index: number, place: string, what: string): Refusal {
  return new Refusal('LED_BUNDLE_RECEIPT', place, `The receipt of entry ${index} ${what}.`);
}
