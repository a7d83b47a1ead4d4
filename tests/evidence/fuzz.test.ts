import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { type EvidencePlant, openEvidencePlant, PERIOD } from '../fixtures/evidence-plant.ts';
import { sourceOf } from '../fixtures/forged-bundle.ts';

/**
 * No byte of a bundle can be changed. The suite tries every byte around the files' content and some within it; with
 * `FOREBAY_FUZZ=all` every byte with each of its eight bits turned: `FOREBAY_FUZZ=all npx vitest run tests/evidence/fuzz`.
 */
const IS_ALL = process.env.FOREBAY_FUZZ === 'all';
const CONTENT_TRIES = 400;

const seed = announceSeed('evidence bundle fuzzer');
const random = seededRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'forebay-fuzz-'));
let plant: EvidencePlant;
let good: Buffer;

beforeAll(async () => {
  plant = openEvidencePlant(folder, 8);
  const toMs = PERIOD.fromMs + 600_000;
  const { path } = await plant.bundle('small.zip', { toMs, withSamples: 'with-samples' });
  good = readFileSync(path);
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function isValid(bytes: Uint8Array): Promise<boolean> {
  return (await verifyBundle(sourceOf(bytes), nodeMachine)).outcome === 'valid';
}

function below(limit: number): number {
  return Math.floor(random.next() * limit);
}

test(`no single byte can be changed (seed ${seed})`, async () => {
  expect(await isValid(good)).toBe(true);
  const accepted: string[] = [];
  let tried = 0;
  const attempt = async (at: number, mask: number): Promise<void> => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ mask;
    tried += 1;
    if (await isValid(bytes)) accepted.push(`byte ${at} turned by ${mask}`);
  };
  if (IS_ALL) {
    for (let at = 0; at < good.length; at++) for (let bit = 0; bit < 8; bit++) await attempt(at, 1 << bit);
  } else {
    for (const at of bytesAround(good)) await attempt(at, 1 + below(255));
    for (let i = 0; i < CONTENT_TRIES; i++) await attempt(below(good.length), 1 + below(255));
  }
  expect(accepted).toEqual([]);
  expect(tried).toBeGreaterThan(1000);
});

/** Bytes of the local headers, the directory and its end. */
function bytesAround(bytes: Buffer): number[] {
  const places: number[] = [];
  const directoryAt = bytes.readUInt32LE(bytes.length - 6);
  for (let at = directoryAt; at < bytes.length; at++) places.push(at);
  const count = bytes.readUInt16LE(bytes.length - 12);
  for (let i = 0, row = directoryAt; i < count; i++) {
    const [nameBytes, local] = [bytes.readUInt16LE(row + 28), bytes.readUInt32LE(row + 42)];
    for (let at = local; at < local + 30 + nameBytes; at++) places.push(at);
    row += 46 + nameBytes;
  }
  return places;
}

test(`nothing can be put in, left out or moved (seed ${seed})`, async () => {
  const accepted: string[] = [];
  for (let i = 0; i < 200; i++) {
    const [at, length, to] = [below(good.length), 1 + below(40), below(good.length)];
    const piece = good.subarray(at, at + length);
    const rest = Buffer.concat([good.subarray(0, at), good.subarray(at + length)]);
    const changed = [
      rest,
      Buffer.concat([good.subarray(0, to), piece, good.subarray(to)]),
      Buffer.concat([rest.subarray(0, to), piece, rest.subarray(to)]),
    ];
    for (const [way, bytes] of changed.entries()) {
      if (!bytes.equals(good) && (await isValid(bytes))) accepted.push(`${way}: ${length} bytes at ${at}, to ${to}`);
    }
  }
  expect(accepted).toEqual([]);
});
