import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { BUNDLE_FILES, type BundleFileName } from '../../core/evidence/bundle-format.ts';
import { directory, localHeader, type Member, readContainer } from '../../core/evidence/container.ts';
import type { BundleSource, EvidenceMachine } from '../../core/evidence/machine.ts';
import { type BundleReport, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { type EvidencePlant, openEvidencePlant } from '../fixtures/evidence-plant.ts';
import { type BundleTexts, forgeBundle, readBundle, sourceOf } from '../fixtures/forged-bundle.ts';

/** Files that are small to send and large to read. What is counted is what the verifier took in, not how long it took. */
const folder = mkdtempSync(join(tmpdir(), 'forebay-bombs-'));
const MIB = 1024 * 1024;
let plant: EvidencePlant;
let good: string;
let texts: BundleTexts;

beforeAll(async () => {
  plant = openEvidencePlant(folder, 21);
  good = (await plant.bundle('good.zip', { withSamples: 'with-samples' })).path;
  texts = await readBundle(good);
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Weighed {
  readonly report: BundleReport;
  /** Bytes that were read of the file, and that came out of what was packed. */
  readonly readBytes: number;
  readonly unpackedBytes: number;
}

async function weigh(bytes: Uint8Array): Promise<Weighed> {
  const counts = { readBytes: 0, unpackedBytes: 0 };
  const source: BundleSource = {
    size: bytes.length,
    read: async (from, to) => {
      counts.readBytes += to - from;
      return bytes.subarray(from, to);
    },
  };
  const machine: EvidenceMachine = {
    ...nodeMachine,
    inflate: async function* (stored) {
      for await (const chunk of nodeMachine.inflate(stored)) {
        counts.unpackedBytes += chunk.length;
        yield chunk;
      }
    },
  };
  return { report: await verifyBundle(source, machine), ...counts };
}

interface Content {
  readonly stored: Uint8Array;
  readonly bytes: number;
  readonly crc32: number;
}

/** The good bundle's ZIP with some contents in place of its own; manifest and attestation are left as they are. */
async function zipWith(changed: ReadonlyMap<string, Content>, names: readonly string[] = []): Promise<Buffer> {
  const bytes = readFileSync(good);
  const members = await readContainer(sourceOf(bytes));
  const all = [...members.values()].map((member) => {
    const own: Content = { ...member, stored: bytes.subarray(member.from, member.to) };
    return { name: member.name, method: member.method, ...(changed.get(member.name) ?? own) };
  });
  const extra = names.map((name) => ({ name, method: 8 as const, ...packed(new Uint8Array(0)) }));
  const pieces: Uint8Array[] = [];
  const placed = [...all, ...extra].map(({ name, method, stored, bytes: length, crc32: sum }) => {
    const member: Member = { name, method, crc32: sum, bytes: length, storedBytes: stored.length };
    const header = localHeader(member);
    pieces.push(header, stored);
    const to = pieces.reduce((total, piece) => total + piece.length, 0);
    return { ...member, from: to - stored.length, to };
  });
  return Buffer.concat([...pieces, directory(placed)]);
}

function packed(content: Uint8Array): Content {
  return { stored: deflateRawSync(content, { level: 9 }), bytes: content.length, crc32: crc32(content) };
}

const DEFLATED = BUNDLE_FILES.filter(({ method, name }) => method === 8 && name !== 'samples.ndjson');

test.each(DEFLATED.map(({ name }) => name))(
  '%s that unpacks to a thousand times its length is not unpacked',
  async (name) => {
    const zeros = packed(new Uint8Array(Math.min(16, ruleOf(name).bytesMax / MIB) * MIB));
    const bytes = await zipWith(new Map([[name, zeros]]));
    const { report, readBytes, unpackedBytes } = await weigh(bytes);
    // What has a limit of a mebibyte for its whole content needs no ratio.
    const reason = zeros.bytes <= MIB ? /LED_BUNDLE_DIGEST/ : /LED_BUNDLE_CONTAINER/;
    expect(report).toMatchObject({ outcome: 'invalid', problem: { code: expect.stringMatching(reason) } });
    expect(unpackedBytes).toBe(0);
    expect(readBytes).toBeLessThan(zeros.bytes <= MIB ? 2 * bytes.length : 8 * 1024);
  },
);

test('a length of four gibibytes that stands in the directory alone is not believed', async () => {
  const lie = { ...packed(Buffer.from('{}\n')), bytes: 0xffff_fff0 };
  const { report, readBytes } = await weigh(await zipWith(new Map([['entries.ndjson', lie]])));
  expect(report).toMatchObject({ outcome: 'invalid', problem: { code: 'LED_BUNDLE_CONTAINER' } });
  expect(readBytes).toBeLessThan(8 * 1024);
});

test('a content longer than its stated length ends where that does', async () => {
  // 64 MiB in a stream that says one kilobyte, with digests and attestation to match what is stored.
  const path = await forgedWith('receipts.ndjson', Buffer.alloc(64 * MIB, 0x0a), 1024);
  const { report, unpackedBytes } = await weigh(readFileSync(path));
  expect(report).toMatchObject({ outcome: 'invalid', problem: { code: 'LED_BUNDLE_DIGEST' } });
  expect(unpackedBytes).toBeLessThan(2 * MIB);
});

test.each([
  ['entries.ndjson', 4],
  ['samples.ndjson', 32],
] as const)('a line of %s without an end is read to %i MiB and no further', async (name, limitMib) => {
  // Not so even that the ratio alone would refuse it.
  const noise = Buffer.alloc(48 * MIB);
  for (let at = 0; at < noise.length; at += 96) noise.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);
  for (let at = 0; at < noise.length; at += 1) noise[at] = 32 + ((noise[at] ?? 0) % 64);
  const path = await forgedWith(name, noise, noise.length);
  const { report, unpackedBytes } = await weigh(readFileSync(path));
  expect(report).toMatchObject({ outcome: 'invalid', problem: { place: `${name} line 1` } });
  expect(unpackedBytes).toBeLessThan((limitMib + 4) * MIB);
});

test.each([
  ['twice the same name', ['entries.ndjson']],
  ['a name in a folder', ['samples/entries.ndjson']],
  ['a name that leads out', ['../../entries.ndjson']],
  ['a bundle in the bundle', ['good.zip']],
  ['a thousand files', Array.from({ length: 1000 }, (_, n) => `${n}`)],
])('%s is refused by the directory alone', async (_, names) => {
  const { report, readBytes, unpackedBytes } = await weigh(await zipWith(new Map(), names));
  expect(report).toMatchObject({ outcome: 'invalid', problem: { code: 'LED_BUNDLE_CONTAINER' } });
  expect(readBytes).toBeLessThan(16 * 1024);
  expect(unpackedBytes).toBe(0);
});

test('counts that no ledger has are refused before anything is made of that size', async () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const path = await forgeBundle(join(folder, 'huge.zip'), texts, plant.key, (manifest) => ({
    ...manifest,
    treeSize: huge,
    range: { from: huge - 1, to: huge },
  }));
  const { report, unpackedBytes } = await weigh(readFileSync(path));
  expect(report).toMatchObject({ outcome: 'invalid' });
  expect(unpackedBytes).toBeLessThan(2 * MIB);
});

function ruleOf(name: string): { readonly bytesMax: number } {
  const rule = BUNDLE_FILES.find((file) => file.name === name);
  if (rule === undefined) throw new Error(name);
  return rule;
}

/** The bundle with one content, whose ZIP says the length `stated`; everything else fits and is attested. */
async function forgedWith(name: BundleFileName, content: Buffer, stated: number): Promise<string> {
  const path = join(folder, `forged-${name}-${stated}.zip`);
  await forgeBundle(path, new Map(texts).set(name, content.toString('latin1')), plant.key, (manifest) => ({
    ...manifest,
    files: manifest.files.map((file) => (file.name === name ? { ...file, bytes: stated } : file)),
  }));
  if (stated === content.length) return path;
  const bytes = readFileSync(path);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  for (let at = bytes.indexOf(length); at !== -1; at = bytes.indexOf(length, at + 1)) bytes.writeUInt32LE(stated, at);
  writeFileSync(path, bytes);
  return path;
}

test('the good bundle itself is read about twice and is far below every limit', async () => {
  const bytes = readFileSync(good);
  const { report, readBytes } = await weigh(bytes);
  expect(report.outcome).toBe('valid');
  expect(readBytes).toBeLessThan(3 * bytes.length);
  for (const { name, ...rule } of BUNDLE_FILES) {
    const content = Buffer.byteLength(texts.get(name) ?? '');
    expect(content, name).toBeLessThan(rule.bytesMax / 2);
    if ('ratioMax' in rule)
      expect(content, name).toBeLessThan(MIB + rule.ratioMax * deflateRawSync(texts.get(name) ?? '').length);
  }
  expect(canonicalize(JSON.parse(texts.get('manifest.json') ?? ''))).toContain('forebay-evidence');
});
