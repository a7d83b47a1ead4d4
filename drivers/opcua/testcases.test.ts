import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { present } from '../../core/model/assert.ts';
import { toText } from '../../core/model/decimal.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { type OpcUaPointText, opcuaDevice } from '../../tests/contract/opcua-device.ts';
import { FaultyOpcUaServer, type NodeAnswer, PLANT_NAMESPACE } from '../../tests/fault/opcua-server.ts';
import { decoderOf } from './decode.ts';
import { opcua } from './opcua.ts';
import { asOpcUaRecipe } from './recipe.ts';

/** What the server's nodes answer, points that name them, and what each must give. */
interface Case {
  nodes: Record<string, Omit<NodeAnswer, 'sourceAt'> & { sourceAt?: string }>;
  points: (OpcUaPointText & { nodeId: string })[];
  expected: Record<string, Expected>;
}

interface Expected {
  value?: number | string;
  register?: string;
  /** Type and value in the raw bytes, which follow the mask. */
  bytes?: string;
  quality?: string;
  deviceAt?: string;
  fault?: string;
  policy?: string;
}

const FOLDER = join(import.meta.dirname, 'testcases');

test('every folder of testcases gives what it says, by reading and by subscription', async () => {
  let cases = 0;
  let values = 0;
  for (const name of readdirSync(FOLDER)) {
    const content = parse(readFileSync(join(FOLDER, name, 'case.yaml'), 'utf8')) as Case;
    values += await run(name, content);
    cases += 1;
  }
  process.stdout.write(`opcua test cases: ${cases} folders, ${values} outcomes\n`);
  expect(cases).toBeGreaterThanOrEqual(5);
  expect(values).toBeGreaterThanOrEqual(80);
});

async function run(name: string, { nodes, points, expected }: Case): Promise<number> {
  const server = await FaultyOpcUaServer.start({ nodes: answersOf(nodes) });
  let values = 0;
  try {
    for (const acquire of ['read', 'subscribe']) {
      const named = points.map((point) => ({ ...point, nodeId: `nsu=${PLANT_NAMESPACE};s=${point.nodeId}` }));
      const device = opcuaDevice({ endpoint: server.endpoint, trust: 'accept-first', acquire }, named);
      const opened = await opcua.connect(device, driverHost(1), new AbortController().signal);
      if (opened.kind === 'fault') throw new Error(`${name}: ${opened.fault.message}`);
      const outcomes = await opened.connection.read(device.points, new AbortController().signal);
      await opened.connection.close();
      expect(outcomes.length).toBe(Object.keys(expected).length);
      for (const outcome of outcomes) {
        const id = outcome.point.slice('plc1/'.length);
        expect(found(outcome, present(expected[id], `${name}: what ${id} gives`)), `${name} ${acquire} ${id}`).toEqual(
          expected[id],
        );
        values += 1;
      }
    }
  } finally {
    await server.stop();
  }
  return values;
}

/** The outcome in the words of the expectation, as far as that asks. */
function found(outcome: Outcome, asked: Expected): Expected {
  if (outcome.kind === 'miss') return { fault: outcome.fault.code, policy: outcome.fault.policy };
  const again = decoderOf(asOpcUaRecipe(JSON.parse(JSON.stringify(outcome.recipe))))(outcome.raw);
  expect(again).toMatchObject({ value: outcome.value, quality: outcome.quality });
  const length = (asked.bytes?.length ?? 0) / 2;
  return {
    value: outcome.value,
    ...(outcome.register === undefined ? {} : { register: toText(outcome.register) }),
    ...(asked.bytes === undefined ? {} : { bytes: Buffer.from(outcome.raw.subarray(1, 1 + length)).toString('hex') }),
    ...(asked.quality === undefined ? {} : { quality: outcome.quality }),
    ...(asked.deviceAt === undefined ? {} : { deviceAt: new Date(outcome.deviceAtMs ?? 0).toISOString() }),
  };
}

/** YAML has no 64-bit numbers and no instants; the server wants halves and dates. */
function answersOf(nodes: Case['nodes']): Record<string, NodeAnswer> {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, { sourceAt, ...answer }]) => {
      const value = typeof answer.value === 'string' ? wireValue(answer.type, answer.value) : answer.value;
      return [name, { ...answer, value, ...(sourceAt === undefined ? {} : { sourceAt: new Date(sourceAt) }) }];
    }),
  );
}

function wireValue(type: string, text: string): unknown {
  if (type === 'DateTime') return new Date(text);
  if (type !== 'Int64' && type !== 'UInt64') return text;
  const bits = BigInt.asUintN(64, BigInt(text));
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}
