import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Reading } from '../../core/acquisition/reading.ts';
import type { BundleFileName, Manifest } from '../../core/evidence/bundle-format.ts';
import { readContainer } from '../../core/evidence/container.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { present } from '../../core/model/assert.ts';
import type { Json } from '../../core/model/json.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, type EvidencePlant, PERIOD, signedReading } from '../fixtures/evidence-plant.ts';
import {
  type BundleTexts,
  damage,
  editLine,
  editLines,
  forgeBundle,
  readBundle,
  sourceOf,
} from '../fixtures/forged-bundle.ts';
import { deliveredWrong } from './delivered-wrong.ts';

/** A bundle that must be refused, and the code of the first reason. */
export interface Tampered {
  readonly name: string;
  readonly path: string;
  readonly code: string;
}

type Edit = (texts: BundleTexts) => BundleTexts;
type Case = readonly [name: string, code: string, edit: Edit, manifest?: (manifest: Manifest) => Manifest];

/** Lies of whoever holds the device key: every digest and the attestation are put right again. */
const BY_THE_DEVICE: readonly Case[] = [
  ['a value of a reading changed', 'LED_BUNDLE_SIGNATURE', edited('"mean":', '"mean":1')],
  ['the last entry left out', 'LED_BUNDLE_ENTRY', (t) => editLines(t, 'entries.ndjson', (lines) => lines.slice(0, -1))],
  ['the first entry left out', 'LED_BUNDLE_ENTRY', (t) => editLines(t, 'entries.ndjson', (lines) => lines.slice(1))],
  [
    'an entry in the middle left out',
    'LED_BUNDLE_ENTRY',
    (t) => editLines(t, 'entries.ndjson', (l) => l.toSpliced(9, 1)),
  ],
  ['two entries exchanged', 'LED_BUNDLE_ENTRY', (t) => editLines(t, 'entries.ndjson', swap)],
  ['an entry twice', 'LED_BUNDLE_ENTRY', (t) => editLines(t, 'entries.ndjson', (l) => l.toSpliced(5, 0, l[5] ?? ''))],
  [
    'a blank in an entry',
    'LED_BUNDLE_ENTRY',
    (t) => editLine(t, 'entries.ndjson', 3, (line) => line.replace(',', ', ')),
  ],
  [
    'another time of recording',
    'LED_BUNDLE_RANGE',
    (t) => editLine(t, 'entries.ndjson', 3, (l) => l.replace('.000Z', '.001Z')),
  ],
  ['a left hash changed', 'LED_BUNDLE_RANGE', proofs(({ left }) => void left.reverse())],
  [
    'a hash of consistency changed',
    'LED_BUNDLE_CONSISTENCY',
    proofs(({ consistency }) => void consistency[0]?.hashes.reverse()),
  ],
  ['a proof beside the range changed', 'LED_BUNDLE_INCLUSION', (t) => editLine(t, 'context.ndjson', 1, flipHash)],
  ['the genesis entry left out', 'LED_BUNDLE_KEY', (t) => editLines(t, 'context.ndjson', (lines) => lines.slice(1))],
  [
    'the configuration changed',
    'LED_BUNDLE_INCLUSION',
    (t) => editLine(t, 'context.ndjson', 1, (l) => l.replace('francis', 'kaplan')),
  ],
  ['a review within the range left out', 'LED_BUNDLE_CONTEXT', (t) => editLines(t, 'context.ndjson', withoutReview)],
  ['a checkpoint over another size', 'LED_BUNDLE_CHECKPOINT', (t) => editLine(t, 'checkpoints.ndjson', 1, anotherSize)],
  [
    'the newest checkpoint left out',
    'LED_BUNDLE_CHECKPOINT',
    (t) => editLines(t, 'checkpoints.ndjson', (l) => l.slice(0, -1)),
  ],
  [
    'settings changed',
    'LED_BUNDLE_ATTACHMENT',
    (t) => editLine(t, 'settings.ndjson', 0, (l) => l.replace('0.25', '0.35')),
  ],
  [
    'a block of samples changed',
    'LED_BUNDLE_SAMPLES',
    (t) => editLine(t, 'samples.ndjson', 2, (l) => l.replace('good', 'bad')),
  ],
  ['a block of samples twice', 'LED_BUNDLE_SAMPLES', (t) => editLines(t, 'samples.ndjson', (l) => [...l, l[0] ?? ''])],
  ['a block of samples left out', 'LED_BUNDLE_SAMPLES', (t) => editLines(t, 'samples.ndjson', (l) => l.slice(1))],
  ['a receipt that is no entry', 'LED_BUNDLE_FORM', (t) => new Map(t).set('receipts.ndjson', FOREIGN_RECEIPT)],
  ['a batch beside the range left out', 'LED_BUNDLE_RECEIPT', (t) => editLines(t, 'receipts.ndjson', withoutBatch)],
  ['a receipt twice', 'LED_BUNDLE_RECEIPT', (t) => editLines(t, 'receipts.ndjson', (l) => [...l, l.at(-1) ?? ''])],
  ['receipts out of order', 'LED_BUNDLE_RECEIPT', (t) => editLines(t, 'receipts.ndjson', (l) => l.toReversed())],
  [
    'a receipt of another file',
    'LED_BUNDLE_INCLUSION',
    (t) => editLines(t, 'receipts.ndjson', (lines) => lines.map((line) => line.replace('/media/usb', '/media/abc'))),
  ],
  [
    'an entry of the context among the receipts',
    'LED_BUNDLE_RECEIPT',
    (t) => new Map(t).set('receipts.ndjson', `${t.get('context.ndjson')?.split('\n')[0]}\n`),
  ],
  ['a line that is not ended', 'LED_BUNDLE_FORM', (t) => new Map(t).set('receipts.ndjson', '{}')],
  ['a member that nobody knows', 'LED_BUNDLE_FORM', proofs((value) => void Object.assign(value, { note: 'x' }))],
  [
    'the report changed',
    'LED_BUNDLE_REPORT',
    (t) => new Map(t).set('report.html', t.get('report.html')?.replace('<td', '<td ') ?? ''),
  ],
  [
    'other totals',
    'LED_BUNDLE_TOTALS',
    (t) => t,
    (m) => ({ ...m, totals: m.totals.map((u) => ({ ...u, approved: u.approved - 1, flagged: u.flagged + 1 })) }),
  ],
  [
    'another period',
    'LED_BUNDLE_TOTALS',
    (t) => t,
    (m) => ({ ...m, period: { ...m.period, from: '2026-06-01T03:05:00.000Z' } }),
  ],
  ['another plant', 'LED_BUNDLE_PLANT', (t) => t, (m) => ({ ...m, plantId: 'HP-002' })],
  ['another origin', 'LED_BUNDLE_PLANT', (t) => t, (m) => ({ ...m, origin: 'demo' })],
  [
    'another key in the manifest',
    'LED_BUNDLE_KEY',
    (t) => t,
    (m) => ({ ...m, keys: m.keys.map((k) => ({ ...k, from: 1 })) }),
  ],
  ['a later version', 'LED_BUNDLE_VERSION', (t) => t, (m) => ({ ...m, v: 3 as 2 })],
  ['another range', 'LED_BUNDLE_CHECKPOINT', (t) => t, (m) => ({ ...m, range: { ...m.range, to: m.range.to - 1 } })],
];

const FOREIGN_RECEIPT = `{"proof":{},"receivedAt":"2026-07-01T00:00:00.000Z","root":"${'A'.repeat(43)}=","size":3,"target":"file","v":1}\n`;

function edited(from: string, to: string): Edit {
  return (texts) => editLine(texts, 'entries.ndjson', 4, (line) => line.replace(from, to));
}

function swap(lines: string[]): string[] {
  return lines.toSpliced(6, 2, lines[7] ?? '', lines[6] ?? '');
}

function withoutReview(lines: string[]): string[] {
  return lines.filter((line) => !line.includes('"kind":"review"'));
}

function withoutBatch(lines: string[]): string[] {
  return lines.filter((line) => !line.includes('"kind":"batch"'));
}

function flipHash(line: string): string {
  return line.replace(/"hashes":\["(.)/, (_, letter: string) => `"hashes":["${letter === 'A' ? 'B' : 'A'}`);
}

function anotherSize(line: string): string {
  const { note, size } = JSON.parse(line) as { note: string; size: number };
  return JSON.stringify({ note: note.replace(`\n${size}\n`, `\n${size + 1}\n`), size: size + 1 });
}

interface Proofs {
  left: string[];
  consistency: { hashes: string[] }[];
  note?: string;
}

/** proofs.json with something changed, in canonical form again. */
function proofs(change: (value: Proofs) => void): Edit {
  return (texts) =>
    editLine(texts, 'proofs.json', 0, (line) => {
      const value = JSON.parse(line) as Proofs;
      change(value);
      return canonicalize(value as unknown as Json);
    });
}

/** Every way to tamper that a test knows; `other` is another plant's bundle of the same period. */
export async function tamperedBundles(plant: EvidencePlant, other: EvidencePlant): Promise<readonly Tampered[]> {
  const { path: good } = await plant.bundle('good.zip', { withSamples: 'with-samples' });
  const { path: foreign } = await other.bundle('foreign.zip', { withSamples: 'with-samples' });
  const texts = await readBundle(good);
  const at = (name: string): string => join(plant.folder, `${name.replaceAll(' ', '-')}.zip`);
  const made: Tampered[] = [];
  for (const [name, code, edit, manifest] of BY_THE_DEVICE) {
    made.push({ name, code, path: await forgeBundle(at(name), edit(texts), plant.key, manifest) });
  }
  const stranger = deviceKeyFromSeed(Buffer.alloc(32, 7), 'HP-EVAL');
  made.push({
    name: 'signed again',
    code: 'LED_BUNDLE_ATTESTATION',
    path: await forgeBundle(at('signed again'), texts, stranger),
  });
  made.push(...(await mixed(good, foreign, at, plant)), ...(await repacked(good, at)), ...damaged(good, at));
  made.push(...(await recordedWrong(plant.folder)), ...(await deliveredWrong(plant.folder)));
  return made;
}

/** Parts of two bundles, by somebody without a key and by the device itself. */
async function mixed(
  good: string,
  foreign: string,
  at: (name: string) => string,
  { key }: EvidencePlant,
): Promise<Tampered[]> {
  const [ours, theirs] = [await readBundle(good), await readBundle(foreign)];
  const mix = (name: BundleFileName): BundleTexts => new Map(ours).set(name, theirs.get(name) ?? '');
  const forge = async (name: BundleFileName, code: string): Promise<Tampered> => {
    const title = `${name} of another plant`;
    return { name: title, code, path: await forgeBundle(at(title), mix(name), key) };
  };
  return [
    await forge('entries.ndjson', 'LED_BUNDLE_SIGNATURE'),
    await forge('context.ndjson', 'LED_BUNDLE_CHECKPOINT'),
    await forge('checkpoints.ndjson', 'LED_BUNDLE_CHECKPOINT'),
    await forge('proofs.json', 'LED_BUNDLE_CONSISTENCY'),
    await forge('samples.ndjson', 'LED_BUNDLE_SAMPLES'),
    {
      name: 'attestation of another bundle',
      code: 'LED_BUNDLE_ATTESTATION',
      path: await exchanged(good, foreign, at('attested')),
    },
  ];
}

/** The signature of another bundle's attestation in the place of ours, with the CRC-32 of the file put right. */
async function exchanged(good: string, foreign: string, path: string): Promise<string> {
  const proofOf = (texts: BundleTexts): string =>
    /"proofValue":"([^"]*)"/.exec(texts.get('attestation.json') ?? '')?.[1] ?? '';
  const [ours, theirs] = [await readBundle(good), await readBundle(foreign)];
  // Both are 88 letters or so; a shorter one is filled up, so that no length has to be mended.
  const length = proofOf(ours).length;
  const text = ours
    .get('attestation.json')
    ?.replace(proofOf(ours), proofOf(theirs).slice(0, length).padEnd(length, '1'));
  const bytes = readFileSync(good);
  const { from, to } = present((await readContainer(sourceOf(bytes))).get('attestation.json'), 'attestation.json');
  const content = Buffer.from(text ?? '', 'utf8');
  if (content.length !== to - from || content.equals(bytes.subarray(from, to)))
    throw new Error('Nothing was exchanged.');
  content.copy(bytes, from);
  const central = bytes.lastIndexOf(Buffer.from('504b0102', 'hex'));
  for (const at of [central + 16, from - 'attestation.json'.length - 16]) bytes.writeUInt32LE(crc32(content), at);
  writeFileSync(path, bytes);
  return path;
}

/** The same content, packed in another way. */
async function repacked(good: string, at: (name: string) => string): Promise<Tampered[]> {
  const bytes = readFileSync(good);
  const member = present((await readContainer(sourceOf(bytes))).get('receipts.ndjson'), 'receipts.ndjson');
  // An empty file as an empty stored block, and not as an empty one of fixed codes.
  const other = Buffer.from('010000ffff', 'hex');
  const path = at('packed again');
  const grown = Buffer.concat([bytes.subarray(0, member.from), other, bytes.subarray(member.to)]);
  writeFileSync(path, grown);
  return [{ name: 'packed again', code: 'LED_BUNDLE_CONTAINER', path }];
}

/** Bytes of the file changed, and nothing put right. */
function damaged(good: string, at: (name: string) => string): Tampered[] {
  const bytesOf = (name: string, code: string, change: (bytes: Buffer) => Buffer | undefined): Tampered => ({
    name,
    code,
    path: damage(good, at(name), change),
  });
  const CONTAINER = 'LED_BUNDLE_CONTAINER';
  return [
    bytesOf('cut off by one byte', CONTAINER, (bytes) => bytes.subarray(0, -1)),
    bytesOf('cut off in the middle', CONTAINER, (bytes) => bytes.subarray(0, bytes.length >> 1)),
    bytesOf('longer by one byte', CONTAINER, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    bytesOf('with something before it', CONTAINER, (bytes) => Buffer.concat([Buffer.from('PK\x03\x04'), bytes])),
    bytesOf('with another time', CONTAINER, (bytes) => void bytes.writeUInt16LE(0x5c21, 12)),
    bytesOf('with another flag', CONTAINER, (bytes) => void bytes.writeUInt16LE(0x0800, 6)),
    bytesOf('with a comment', CONTAINER, (bytes) => {
      bytes.writeUInt16LE(3, bytes.length - 2);
      return Buffer.concat([bytes, Buffer.from('abc')]);
    }),
    bytesOf('with a byte of the entries changed', 'LED_BUNDLE_DIGEST', (bytes) => flip(bytes, 300)),
    bytesOf('with a byte of the manifest changed', 'LED_BUNDLE_DIGEST', (bytes) =>
      flip(bytes, bytes.indexOf('"storedSha256":"') + '"storedSha256":"'.length),
    ),
  ];
}

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

/** Ledgers in which the device itself recorded what does not hold together. */
async function recordedWrong(folder: string): Promise<Tampered[]> {
  const wrong = [
    [
      'a score that its layers do not give',
      'LED_BUNDLE_VERDICT',
      (r: Reading) => r,
      (v: Verdict) => ({ ...v, trustScore: 0.93 }),
    ],
    ['a veto that is passed over', 'LED_BUNDLE_VERDICT', (r: Reading) => r, vetoed],
    [
      'energy that the register does not give',
      'LED_BUNDLE_ENERGY',
      (r: Reading) => ({ ...r, energyWh: 150_002 }),
      (v: Verdict) => v,
    ],
    [
      'a reading of another plant',
      'LED_BUNDLE_PLANT',
      (r: Reading) => ({ ...r, plantId: 'HP-002' }),
      (v: Verdict) => v,
    ],
    [
      'a time that is read twice',
      'LED_BUNDLE_TWICE',
      (r: Reading) => ({ ...r, from: '2026-06-01T03:04:00.000Z' }),
      (v: Verdict) => v,
    ],
    [
      'a model that nobody has',
      'LED_BUNDLE_MODEL',
      (r: Reading) => r,
      (v: Verdict) => ({ ...v, engine: { ...v.engine, model: 'sha256:00' } }),
    ],
  ] as const;
  const made: Tampered[] = [];
  for (const [name, code, reading, verdict] of wrong) {
    const ledger = openEvaluationLedger(join(folder, name.replaceAll(' ', '-')));
    const from = '2026-06-01T03:05:00.000Z';
    ledger.record([signedReading(plainReading('2026-06-01T03:00:00.000Z', from), PASSED, ledger)]);
    const changed = reading(plainReading(from, '2026-06-01T03:10:00.000Z'));
    ledger.record([signedReading(changed, verdict(PASSED), ledger)]);
    const path = join(folder, `${name.replaceAll(' ', '-')}.zip`);
    await bundleOf(ledger, path, PERIOD);
    ledger.store.close();
    made.push({ name, code, path });
  }
  return made;
}

/** A reading that is sound in itself. */
export function plainReading(from: string, to: string): Reading {
  const span = { startKwh: '1000.25', startAt: from, endKwh: '1150.2505', endAt: to, events: [] };
  return {
    v: 1,
    plantId: 'HP-EVAL',
    unitId: 'unit1',
    from,
    to,
    origin: 'plant',
    energyWh: 150_000,
    energySource: 'counter',
    registers: { energyExport: span },
    coverage: 1,
    gaps: [],
    clock: 'holdover',
    samples: [],
  };
}

/** A verdict that follows from its layers. */
export const PASSED: Verdict = {
  status: 'APPROVED',
  trustScore: 1,
  layers: (['physics', 'temporal', 'environmental', 'statistical', 'consistency'] as const).map((layer) =>
    layer === 'physics'
      ? { layer, outcome: 'pass', score: 1, weight: 1 }
      : { layer, outcome: 'abstain', weight: 0, reason: 'There is nothing to go by.' },
  ),
  findings: [],
  engine: { version: '1.0.0', config: 'sha256:of-another-time' },
};

function vetoed(verdict: Verdict): Verdict {
  const words = { message: 'More than the water carries.', action: 'Look at the flow meter.', evidence: {} };
  return { ...verdict, findings: [{ code: 'VER_TEST', layer: 'physics', severity: 'reject', ...words }] };
}
