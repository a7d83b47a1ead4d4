import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import type { Quantity } from '../../core/model/quantity.ts';
import { decodePush, type PushPoint } from './decode-push.ts';
import { decodeValue, type HttpRecipe } from './decode-value.ts';
import { http } from './http.ts';
import { readPush } from './read-push.ts';

interface Case {
  signals: Record<string, string>;
  points?: object[];
  body: string;
  expected?: Record<string, object>;
  unused?: Record<string, string>;
  reported?: object;
  refused?: object;
}

const FOLDER = join(import.meta.dirname, 'testcases');
const DRIVERS = new Map([['http', http]]);
const TIMES = { receivedAtMs: 1_795_176_000_000, deviceAtMs: 1_795_175_999_000 };

test('every folder of testcases gives what it says', () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    const content = parse(readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8')) as Case;
    values += run(name, content);
    cases += 1;
  }
  process.stdout.write(`http test cases: ${cases} folders, ${values} values\n`);
  expect(cases).toBeGreaterThanOrEqual(16);
  expect(values).toBeGreaterThanOrEqual(24);
});

function run(name: string, { signals, points = [], body, expected = {}, unused = {}, ...wanted }: Case): number {
  const push = readPush(Buffer.from(body, 'utf8'));
  const decoded = push.kind === 'refused' ? push : decodePush(push, pointsOf(signals, points), TIMES);
  if (decoded.kind === 'refused') {
    expect(decoded.refusal, name).toMatchObject(wanted.refused ?? { code: 'is recorded' });
    return 0;
  }
  expect(wanted.refused, name).toBeUndefined();
  const quantities = Object.keys(signals);
  for (const [index, quantity] of quantities.entries()) {
    const outcome = present(decoded.outcomes[index], `${name}: ${quantity}`);
    expect(seen(outcome), `${name}: ${quantity}`).toMatchObject(present(expected[quantity], `${name}: ${quantity}`));
  }
  expect(Object.keys(expected).sort(), name).toEqual([...quantities].sort());
  expect(Object.fromEntries(decoded.unused.map(({ field, reason }) => [field, reason])), name).toEqual(unused);
  expect(decoded.reported, name).toEqual(wanted.reported);
  return quantities.length;
}

function pointsOf(signals: Record<string, string>, points: object[]): PushPoint[] {
  const unit = { id: 'unit1', turbine: 'francis', ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals };
  const plant = { id: 'HP-TEST', name: 'Test', timezone: 'UTC', ratedPowerKw: 2000 };
  const device = { id: 'scada', driver: 'http', ...(points.length === 0 ? {} : { points }) };
  const text = JSON.stringify({ version: 1, plant, interval: '5m', units: [unit], devices: [device] });
  const result = parseConfig(text, { drivers: DRIVERS, file: 'case.yaml' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  return Object.entries(signals).map(([quantity, ref]) => {
    const point = result.config.devices[0]?.points.find((own) => own.ref === ref);
    return { quantity: quantity as Quantity, point: present(point, ref) };
  });
}

/** The outcome as a case writes it. A sample is decoded again from its bytes and recipe, as a verifier does. */
function seen(outcome: Outcome): object {
  if (outcome.kind === 'miss') return { fault: outcome.fault.code };
  const { value, unit, quality, raw, recipe, register, deviceAtMs } = outcome;
  const again = decodeValue(raw, JSON.parse(JSON.stringify(recipe)) as HttpRecipe);
  expect(again.kind === 'none' ? undefined : again.value).toBe(value);
  expect(deviceAtMs).toBe(TIMES.deviceAtMs);
  const text = Buffer.from(raw).toString('utf8');
  return { value, unit, quality, raw: text, ...(register === undefined ? {} : { register: toText(register) }) };
}
