import type { JsonObject } from '../model/json.ts';
import { checkAttestation } from './attestation.ts';
import { BUNDLE_FILES, type BundleFileName, type FileFacts, type Manifest } from './bundle-format.ts';
import { isSameBytes, joinBytes, toHex, toText } from './bytes.ts';
import { type PlacedMember, readContainer } from './container.ts';
import { type Line, splitLineRuns, splitLines } from './lines.ts';
import { type BundleSource, type EvidenceMachine, readChunks } from './machine.ts';
import { parseManifest } from './parse-manifest.ts';
import { Refusal } from './refusal.ts';

const LINE_FEED = 0x0a;

/**
 * A bundle whose every byte is known to be what the attestation's issuer signed: container, manifest and the digests of
 * all files as they are stored. What the files say is checked after this.
 */
export class OpenBundle {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  /** The credential and the identifier of its issuer, whose signature holds. */
  readonly attestation: { readonly issuer: string; readonly document: JsonObject };
  readonly #source: BundleSource;
  readonly #machine: EvidenceMachine;
  readonly #members: ReadonlyMap<BundleFileName, PlacedMember>;

  private constructor(
    parts: { source: BundleSource; machine: EvidenceMachine; members: ReadonlyMap<BundleFileName, PlacedMember> },
    outer: { manifest: Manifest; manifestBytes: Uint8Array; attestation: OpenBundle['attestation'] },
  ) {
    this.#source = parts.source;
    this.#machine = parts.machine;
    this.#members = parts.members;
    this.manifest = outer.manifest;
    this.manifestBytes = outer.manifestBytes;
    this.attestation = outer.attestation;
  }

  /** @throws Refusal */
  static async open(source: BundleSource, machine: EvidenceMachine): Promise<OpenBundle> {
    const members = await readContainer(source);
    const parts = { source, machine, members };
    const manifestBytes = await wholeFile(parts, 'manifest.json');
    const manifest = parseManifest(textOfLine('manifest.json', manifestBytes));
    for (const facts of manifest.files) await checkStored(parts, facts);
    const attestationText = textOfLine('attestation.json', await wholeFile(parts, 'attestation.json'));
    const attestation = await checkAttestation(machine, attestationText, manifestBytes);
    return new OpenBundle(parts, { manifest, manifestBytes, attestation });
  }

  /** The content of a file, checked for length, digest and CRC-32 as it passes. To be read to its end. */
  content(name: BundleFileName): AsyncGenerator<Uint8Array> {
    const parts = { source: this.#source, machine: this.#machine, members: this.#members };
    return contentOf(parts, name, this.manifest.files.find((file) => file.name === name)?.sha256);
  }

  lines(name: BundleFileName): AsyncGenerator<Line> {
    return splitLines(name, this.content(name), lineBytesMaxOf(name));
  }

  /** The same in runs of lines that are there without waiting. */
  lineRuns(name: BundleFileName): AsyncGenerator<Iterable<Line>> {
    return splitLineRuns(name, this.content(name), lineBytesMaxOf(name));
  }

  /** The whole content of a small file. */
  async whole(name: BundleFileName): Promise<Uint8Array> {
    return collect(this.content(name));
  }

  /** The one line of a file that holds one JSON object. */
  async wholeLine(name: BundleFileName): Promise<string> {
    return textOfLine(name, await this.whole(name));
  }
}

function lineBytesMaxOf(name: BundleFileName): number {
  const rule = BUNDLE_FILES.find((file) => file.name === name);
  return rule !== undefined && 'lineBytesMax' in rule ? rule.lineBytesMax : 0;
}

interface Parts {
  readonly source: BundleSource;
  readonly machine: EvidenceMachine;
  readonly members: ReadonlyMap<BundleFileName, PlacedMember>;
}

function memberOf({ members }: Parts, name: string): PlacedMember {
  const member = members.get(name as BundleFileName);
  if (member === undefined) throw new Refusal('LED_BUNDLE_CONTAINER', name, `The bundle holds no ${name}.`);
  return member;
}

async function checkStored(parts: Parts, { name, bytes, storedBytes, storedSha256 }: FileFacts): Promise<void> {
  const member = memberOf(parts, name);
  const digest = parts.machine.startSha256();
  for await (const chunk of readChunks(parts.source, member.from, member.to)) digest.update(chunk);
  const isSame =
    member.bytes === bytes && member.storedBytes === storedBytes && toHex(digest.digest()) === storedSha256;
  if (!isSame) throw new Refusal('LED_BUNDLE_DIGEST', name, `${name} is not the file that the manifest describes.`);
}

async function* contentOf(parts: Parts, name: string, sha256: string | undefined): AsyncGenerator<Uint8Array> {
  const { machine, source } = parts;
  const member = memberOf(parts, name);
  const digest = machine.startSha256();
  let crc32 = 0;
  let length = 0;
  for await (const chunk of unpack(machine, source, member)) {
    length += chunk.length;
    if (length > member.bytes) throw otherContent(name);
    digest.update(chunk);
    crc32 = machine.crc32(chunk, crc32);
    yield chunk;
  }
  if (length !== member.bytes || crc32 !== member.crc32) throw otherContent(name);
  if (sha256 !== undefined && toHex(digest.digest()) !== sha256) throw otherContent(name);
}

async function* unpack(
  machine: EvidenceMachine,
  source: BundleSource,
  { name, method, from, to }: PlacedMember,
): AsyncGenerator<Uint8Array> {
  const stored = readChunks(source, from, to);
  if (method === 0) {
    yield* stored;
    return;
  }
  const unpacked = machine.inflate(stored)[Symbol.asyncIterator]();
  for (;;) {
    let step: IteratorResult<Uint8Array>;
    try {
      step = await unpacked.next();
    } catch {
      throw new Refusal('LED_BUNDLE_DIGEST', name, `${name} cannot be unpacked as one whole DEFLATE stream.`);
    }
    if (step.done === true) return;
    yield step.value;
  }
}

function otherContent(name: string): Refusal {
  const sentence = `${name} does not unpack to the content that its length, digest and CRC-32 describe.`;
  return new Refusal('LED_BUNDLE_DIGEST', name, sentence);
}

async function wholeFile(parts: Parts, name: string): Promise<Uint8Array> {
  return collect(contentOf(parts, name, undefined));
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk.slice());
  return joinBytes(...pieces);
}

/** The text of a file that is one line with its line feed. */
function textOfLine(name: string, bytes: Uint8Array): string {
  const text = toText(bytes.subarray(0, -1));
  const isLine = isSameBytes(bytes.subarray(-1), Uint8Array.of(LINE_FEED));
  if (text !== undefined && isLine) return text;
  throw new Refusal('LED_BUNDLE_FORM', name, `${name} is not one line of text.`);
}
