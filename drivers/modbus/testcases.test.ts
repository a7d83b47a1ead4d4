import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import { seededRandom } from '../../core/model/random.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { modbusDeviceOf, type PointText } from '../../tests/contract/modbus-device.ts';
import { RTU_FRAMING, TCP_FRAMING } from '../../tests/fault/modbus-framing.ts';
import { startFaultServer } from '../../tests/fault/modbus-server.ts';
import { checkDevice } from './check-device.ts';
import { decoderOf } from './decode.ts';
import { modbusRtuOverTcp } from './modbus-rtu-over-tcp.ts';
import { modbusTcp } from './modbus-tcp.ts';
import { asModbusRecipe } from './recipe.ts';

/** Registers by table and first address, as hex; `!02` is a register that does not exist. Bits take a byte each. */
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
const TABLES = ['', 'coil', 'discrete', 'holding', 'input'];
const NEVER = new AbortController().signal;
const FORMS = [
  { name: 'modbus-tcp', driver: modbusTcp, framing: TCP_FRAMING },
  { name: 'modbus-rtu-over-tcp', driver: modbusRtuOverTcp, framing: RTU_FRAMING },
] as const;

test('every folder of testcases gives what it says, in long requests and in short ones', async () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    const content = parse(readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8')) as Case;
    for (const form of FORMS) {
      for (const maxRegisters of [4, 11, 125]) values += await run(name, content, form, maxRegisters);
    }
    cases += 1;
  }
  process.stdout.write(`modbus test cases: ${cases} folders, ${values} values\n`);
  expect(cases).toBeGreaterThanOrEqual(8);
  expect(values).toBeGreaterThanOrEqual(400);
});

async function run(
  name: string,
  { memory, points, expected }: Case,
  { name: driverName, driver, framing }: (typeof FORMS)[number],
  maxRegisters: number,
): Promise<number> {
  const cells = imageOf(memory);
  const server = await startFaultServer({
    random: seededRandom(1),
    framing,
    script: () => ({ kind: 'none' }),
    cell: ({ functionCode }, address) => cells.get(`${TABLES[functionCode]}:${address}`),
  });
  // Copies of a reply are another test's; here nothing is to wait for one.
  const settings = driverName === 'modbus-tcp' ? {} : { doubledReplies: '0s' };
  const device = modbusDeviceOf(driverName, { port: server.port, maxRegisters, ...settings }, points);
  const complaints = checkDevice(device).filter(({ message }) => !message.includes('shares registers'));
  expect(complaints, name).toEqual([]);
  const opened = await driver.connect(device, driverHost(1), NEVER);
  if (opened.kind === 'fault') throw new Error(`${name}: ${opened.fault.message}`);
  const outcomes = await opened.connection.read(device.points, NEVER);
  await opened.connection.close();
  await server.close();
  for (const [index, point] of device.points.entries()) {
    const wanted = present(expected[point.id], `${name}: what ${point.id} should be`);
    const outcome = present(outcomes[index], 'an outcome');
    const full = typeof wanted === 'object' ? wanted : { value: wanted };
    expect(seen(outcome, full), `${name}/${point.id} over ${driverName}, ${maxRegisters} registers`).toEqual(full);
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
  const decoder = decoderOf(asModbusRecipe(outcome.recipe));
  expect(decoder.value(outcome.raw, 0)).toBe(outcome.value);
  const register = outcome.register === undefined ? '' : toText(outcome.register);
  return {
    value: outcome.value,
    ...(wanted.register === undefined ? {} : { register }),
    ...(wanted.raw === undefined ? {} : { raw: Buffer.from(outcome.raw).toString('hex') }),
  };
}

function imageOf(memory: Case['memory']): Map<string, number> {
  const image = new Map<string, number>();
  for (const [table, stretches] of Object.entries(memory)) {
    const digits = table === 'coil' || table === 'discrete' ? 2 : 4;
    for (const [from, text] of Object.entries(stretches)) {
      let address = Number(from);
      for (const piece of text.split(/\s+/)) {
        if (piece.startsWith('!')) {
          address += 1;
          continue;
        }
        for (let at = 0; at < piece.length; at += digits) {
          image.set(`${table}:${address}`, Number.parseInt(piece.slice(at, at + digits), 16));
          address += 1;
        }
      }
    }
  }
  return image;
}
