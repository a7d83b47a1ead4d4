import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import { toIso } from '../../core/model/time.ts';
import { csvDevice } from '../../tests/contract/csv-device.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import type { PointText } from '../../tests/contract/modbus-device.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { csv } from './csv.ts';
import { decodeRaw } from './decode.ts';
import { loadParser } from './dialect.ts';
import { asCsvRecipe } from './recipe.ts';
import { RowClock } from './row-time.ts';

interface Case {
  now: string;
  connection?: Record<string, unknown>;
  points: PointText[];
  steps: Step[];
}

/** What happens to the folder, and what the points then read. */
interface Step {
  write?: Record<string, string>;
  /** In this encoding, with its byte order mark. */
  encoding?: 'utf16le' | 'utf16be' | 'latin1' | 'utf8-bom';
  append?: Record<string, string>;
  rename?: Record<string, string>;
  remove?: string[];
  now?: string;
  restart?: boolean;
  expected: Record<string, number | string | Expected>;
}

interface Expected {
  value?: number | string;
  register?: string;
  at?: string;
  quality?: string;
  raw?: string;
  fault?: string;
  /** A part of the fault's sentence, or of its hint. */
  says?: string;
}

const FOLDER = join(import.meta.dirname, 'testcases');
const NEVER = new AbortController().signal;

test('every folder of testcases gives what it says', async () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    values += await run(name, parse(readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8')) as Case);
    cases += 1;
  }
  process.stdout.write(`csv test cases: ${cases} folders, ${values} values\n`);
  expect(cases).toBeGreaterThanOrEqual(20);
  expect(values).toBeGreaterThanOrEqual(70);
});

async function run(name: string, { now, connection, points, steps }: Case): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-csv-'));
  const stateFolder = mkdtempSync(join(tmpdir(), 'forebay-csv-state-'));
  const device = csvDevice({ folder, ...connection }, points);
  const clock = new ManualClock(Date.parse(now));
  const open = async (): Promise<Connection> => {
    const outcome = await csv.connect(device, driverHost(1, { clock, folder: stateFolder }), NEVER);
    if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
    return outcome.connection;
  };
  let opened = await open();
  let values = 0;
  for (const [index, step] of steps.entries()) {
    change(folder, step);
    if (step.now !== undefined) clock.step(Date.parse(step.now) - clock.wallMs());
    if (step.restart === true) {
      await opened.close();
      opened = await open();
    }
    const outcomes = await opened.read(device.points, NEVER);
    for (const [at, point] of device.points.entries()) {
      const expected = step.expected[point.id];
      if (expected === undefined) continue;
      const wanted = typeof expected === 'object' ? expected : { value: expected };
      const outcome = present(outcomes[at], 'an outcome');
      expect(await seen(outcome, wanted), `${name}, step ${index + 1}, ${point.id}`).toEqual(wanted);
      values += 1;
    }
  }
  await opened.close();
  rmSync(folder, { recursive: true });
  rmSync(stateFolder, { recursive: true });
  return values;
}

function change(folder: string, step: Step): void {
  for (const name of step.remove ?? []) rmSync(join(folder, name));
  for (const [from, to] of Object.entries(step.rename ?? {})) renameSync(join(folder, from), join(folder, to));
  for (const [name, text] of Object.entries(step.write ?? {})) writeFileSync(join(folder, name), encoded(text, step));
  for (const [name, text] of Object.entries(step.append ?? {})) appendFileSync(join(folder, name), text);
}

function encoded(text: string, { encoding }: Step): Buffer {
  if (encoding === 'latin1') return Buffer.from(text, 'latin1');
  if (encoding === 'utf8-bom') return Buffer.from(`\ufeff${text}`);
  if (encoding === undefined) return Buffer.from(text);
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  return encoding === 'utf16le' ? little : little.swap16();
}

/** What the outcome shows of the things that the case speaks of; a sample is decoded again from its bytes, too. */
async function seen(outcome: Outcome, wanted: Expected): Promise<Expected> {
  if (outcome.kind === 'miss') {
    const { code, message, hint = '' } = outcome.fault;
    const words = `${message} ${hint}`;
    const says = wanted.says === undefined ? {} : { says: words.includes(wanted.says) ? wanted.says : words };
    return { fault: code, ...says };
  }
  const recipe = asCsvRecipe(outcome.recipe);
  const decoded = decodeRaw(recipe, outcome.raw, await loadParser());
  expect(decoded).toMatchObject({ kind: 'value', value: outcome.value });
  const { time } = recipe;
  const clock = new RowClock({ ...time, repeatedHour: time.repeatedHour as 'refuse' });
  expect(clock.read(decoded.fields.slice(0, recipe.value).join(' '))).toEqual({
    kind: 'at',
    utcMs: outcome.deviceAtMs,
  });
  return {
    value: outcome.value,
    ...(wanted.register === undefined ? {} : { register: toText(present(outcome.register, 'a register')) }),
    ...(wanted.at === undefined ? {} : { at: toIso(present(outcome.deviceAtMs, 'the time of the row')) }),
    ...(wanted.quality === undefined ? {} : { quality: outcome.quality }),
    ...(wanted.raw === undefined ? {} : { raw: Buffer.from(outcome.raw).toString('latin1') }),
  };
}
