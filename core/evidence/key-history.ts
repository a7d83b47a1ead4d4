import { canonicalize } from '../ledger/canonical.ts';
import type { JsonObject } from '../model/json.ts';
import type { ManifestKey } from './bundle-format.ts';
import { fromBase64, isSameBytes, toBytes } from './bytes.ts';
import { didOf } from './did-key.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asObject, asText, takeMembers } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import { Refusal } from './refusal.ts';
import { type Note, parseVerifierKey, signatureOf, type VerifierKey } from './verifier-key.ts';

export interface KeyInForce {
  readonly key: VerifierKey;
  readonly how: ManifestKey['how'];
  /** Index of the entry that put it in force. */
  readonly from: number;
}

const PURPOSE = 'forebay/key-change/v1';
const STATEMENT = ['by', 'event', 'from', 'purpose', 'reason', 'root', 'size', 'to'];

/** The device's keys from the genesis entry on, and what each of them signs. */
export class KeyHistory {
  readonly #machine: EvidenceMachine;
  readonly #keys: KeyInForce[];

  /** @throws Refusal `LED_BUNDLE_KEY` when the entry is no genesis entry with a key. */
  constructor(machine: EvidenceMachine, genesis: BundleEntry | undefined, place: string) {
    const { deviceKey } = genesis?.index === 0 && genesis.kind === 'genesis' ? genesis.body : {};
    const key = typeof deviceKey === 'string' ? parseVerifierKey(machine.sha256, deviceKey) : undefined;
    if (key === undefined) throw refused(place, 'The ledger does not begin with an entry that names a device key.');
    this.#machine = machine;
    this.#keys = [{ key, how: 'genesis', from: 0 }];
  }

  get keys(): readonly KeyInForce[] {
    return this.#keys;
  }

  /** Takes the key entries in their order. @throws Refusal `LED_BUNDLE_KEY`, `LED_BUNDLE_FORM` */
  async take(entry: BundleEntry, place: string): Promise<void> {
    const { body } = entry;
    const event = body.event === 'lost' ? 'lost' : 'rotated';
    takeMembers(
      body,
      ['event', 'newSignature', 'statement', 'v', ...(event === 'lost' ? [] : ['oldSignature'])],
      place,
    );
    const statement = asObject(body.statement, place);
    takeMembers(statement, STATEMENT, place);
    const next = parseVerifierKey(this.#machine.sha256, asText(statement.to, place));
    const { key } = this.#last();
    const fits =
      body.v === 1 &&
      body.event === event &&
      statement.event === event &&
      statement.purpose === PURPOSE &&
      asCount(statement.size, place) === entry.index &&
      statement.from === key.text &&
      next?.name === key.name &&
      !this.#keys.some((known) => isSameBytes(known.key.publicKey, next.publicKey));
    if (!fits || next === undefined) throw refused(place, 'The change of the device key does not fit its place.');
    await this.#need(next, statement, body.newSignature, place);
    if (event === 'rotated') await this.#need(key, statement, body.oldSignature, place);
    this.#keys.push({ key: next, how: event, from: entry.index });
  }

  /** The key that signs the checkpoint over `size` entries and the reading of entry `size - 1`. */
  signerAt(size: number): VerifierKey {
    return (this.#keys.findLast(({ from }) => from < size) ?? this.#first()).key;
  }

  /** @throws Refusal `LED_BUNDLE_CHECKPOINT` unless every key that must have signed the note did. */
  async checkNote(note: Note, place: string): Promise<void> {
    const at = this.#keys.findIndex(({ how, from }) => how === 'rotated' && from === note.size - 1);
    const before = this.#keys[at - 1]?.key;
    for (const key of [this.signerAt(note.size), ...(before === undefined ? [] : [before])]) {
      const signature = note.origin === key.name ? signatureOf(note, key) : undefined;
      const isSigned = signature !== undefined && (await this.#machine.isSigned(key.publicKey, note.signed, signature));
      if (isSigned) continue;
      const sentence = `The checkpoint over ${note.size} entries is not signed by the device key ${key.name}.`;
      throw new Refusal('LED_BUNDLE_CHECKPOINT', place, sentence);
    }
  }

  /** What the manifest must say of the keys. */
  toManifest(): readonly ManifestKey[] {
    return this.#keys.map(({ key, how, from }) => ({ verifierKey: key.text, did: didOf(key.publicKey), how, from }));
  }

  /** The stretches between breaks: within one, each key names the next. */
  stretches(): readonly (readonly KeyInForce[])[] {
    const stretches: KeyInForce[][] = [];
    for (const link of this.#keys) {
      if (link.how === 'lost' || stretches.length === 0) stretches.push([link]);
      else stretches.at(-1)?.push(link);
    }
    return stretches;
  }

  async #need(key: VerifierKey, statement: JsonObject, signature: unknown, place: string): Promise<void> {
    const bytes = typeof signature === 'string' ? fromBase64(signature) : undefined;
    const message = toBytes(canonicalize(statement));
    if (bytes !== undefined && (await this.#machine.isSigned(key.publicKey, message, bytes))) return;
    throw refused(place, 'The change of the device key is not signed as it must be.');
  }

  #first(): KeyInForce {
    return this.#keys[0] as KeyInForce;
  }

  #last(): KeyInForce {
    return this.#keys.at(-1) as KeyInForce;
  }
}

function refused(place: string, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_KEY', place, sentence);
}
