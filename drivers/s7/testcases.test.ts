import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import type { PointText } from '../../tests/contract/modbus-device.ts';
import { s7Device } from '../../tests/contract/s7-device.ts';
import { startS7Server } from '../../tests/fault/s7-server.ts';
import { checkDevice } from './check-device.ts';
import { decoderOf } from './decode.ts';
import { asS7Recipe } from './recipe.ts';
import { s7 } from './s7.ts';

/** Bytes by area and first address, as hex; `!05` is a byte that the PLC refuses with item code 0x05. */
interface Case {
  memory: Record<string, Record<string, string>>;
  points: PointText[];
  expected: Record<string, number | string | Expected>;
}

interface Expected {
  value?: number | string;
  register?: string;
  raw?: string;
  fault?: string;
  policy?: string;
}

const FOLDER = join(import.meta.dirname, 'testcases');
const AREAS: Readonly<Record<number, string>> = { 129: 'I', 130: 'Q', 131: 'M' };

test('every folder of testcases gives what it says, on long messages and on short ones', async () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    const text = readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8');
    const content = parse(text) as Case;
    for (const pduBytes of [64, 240, 960]) values += await run(name, content, pduBytes);
    cases += 1;
  }
  process.stdout.write(`s7 test cases: ${cases} folders, ${values} values\n`);
  expect(cases).toBeGreaterThanOrEqual(7);
  expect(values).toBeGreaterThanOrEqual(100);
});

async function run(name: string, { memory, points, expected }: Case, pduBytes: number): Promise<number> {
  const bytes = imageOf(memory);
  const server = await startS7Server({
    pduBytes,
    byte: ({ area, db }, at) => bytes.get(`${AREAS[area] ?? `DB${db}`}:${at}`) ?? 0,
  });
  const device = s7Device({ port: server.port }, points);
  // The cases about refusals and flags read the same bytes twice on purpose; whatever is checked must pass.
  const overlaps = checkDevice(device).filter(({ message }) => !message.includes('shares bytes'));
  expect(overlaps, name).toEqual([]);
  const opened = await s7.connect(device, driverHost(1), new AbortController().signal);
  if (opened.kind === 'fault') throw new Error(`${name}: ${opened.fault.message}`);
  const outcomes = await opened.connection.read(device.points, new AbortController().signal);
  await opened.connection.close();
  await server.close();
  for (const [index, point] of device.points.entries()) {
    const wanted = present(expected[point.id], `${name}: what ${point.id} should be`);
    const outcome = present(outcomes[index], 'an outcome');
    const full = typeof wanted === 'object' ? wanted : { value: wanted };
    expect(seen(outcome, full), `${name}/${point.id} with messages of ${pduBytes} bytes`).toEqual(full);
  }
  expect(Object.keys(expected)).toHaveLength(points.length);
  return points.length;
}

/** What the outcome shows of the things that the case speaks of; a sample is decoded again from its bytes, too. */
function seen(outcome: Outcome, wanted: Expected): Expected {
  if (outcome.kind === 'miss') {
    const { code, policy } = outcome.fault;
    return { fault: code, ...(wanted.policy === undefined ? {} : { policy }) };
  }
  const decoder = decoderOf(asS7Recipe(outcome.recipe));
  expect(decoder.value(outcome.raw)).toBe(outcome.value);
  const register = outcome.register === undefined ? '' : toText(outcome.register);
  return {
    value: outcome.value,
    ...(wanted.register === undefined ? {} : { register }),
    ...(wanted.raw === undefined ? {} : { raw: Buffer.from(outcome.raw).toString('hex') }),
  };
}

function imageOf(memory: Case['memory']): Map<string, number> {
  const image = new Map<string, number>();
  for (const [area, stretches] of Object.entries(memory)) {
    for (const [from, hex] of Object.entries(stretches)) {
      const bytes = hex.match(/!?[0-9a-f]{2}/g) ?? [];
      for (const [index, byte] of bytes.entries()) {
        const value = byte.startsWith('!') ? -Number.parseInt(byte.slice(1), 16) : Number.parseInt(byte, 16);
        image.set(`${area}:${Number(from) + index}`, value);
      }
    }
  }
  return image;
}
