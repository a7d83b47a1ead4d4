import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readingSchema } from '../../appliance/api/schema/reading.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from './forebay-process.ts';
import { startMysteryPlc } from './mystery-plc.ts';

/** One of each word order; the layout and the types are drawn from them too. */
const SEEDS = (process.env.FOREBAY_MYSTERY ?? '40,41,46,43').split(',').map(Number);
/** A busy machine may miss a poll; a first, cut minute has less. */
const COVERAGE_MIN = 0.8;
/** What an engineer has before anything is known of the device: the plant and the nameplate of the unit. */
const DRAFT = `version: 1
plant: { id: HP-009, name: Unknown River HPP, timezone: Asia/Kolkata, ratedPowerKw: 2000 }
interval: 1m
units:
  - id: unit1
    turbine: francis
    ratedPowerKw: 2000
    ratedFlowM3s: 2.5
    ratedHeadM: 95
`;

const folder = mkdtempSync(join(tmpdir(), 'forebay-commissioning-'));
const ending: (() => Promise<unknown>)[] = [];

afterAll(async () => {
  for (const end of ending.reverse()) await end();
  rmSync(folder, { recursive: true });
});

interface PlantFile {
  units: { signals: Record<string, string> }[];
  devices: { points: { id: string; address: number; order?: string; unit: string; scale?: number }[] }[];
}

/** Follows docs/commissioning.md with a server that nobody described, up to a plant.yaml that is valid. */
async function commission(seed: number) {
  const plc = await startMysteryPlc(seed);
  ending.push(() => plc.stop());
  const draft = join(folder, `draft-${seed}.yaml`);
  const plant = join(folder, `plant-${seed}.yaml`);
  writeFileSync(draft, DRAFT);
  const url = `modbus-tcp://127.0.0.1:${plc.port}/1`;
  const probe = await forebay('probe', url, '--plant', draft, '--out', plant, '--reads', '16', '--every', '2s');
  expect(probe, probe.err).toMatchObject({ code: 0 });
  const valid = await forebay('config', 'validate', plant);
  expect(valid, valid.err).toMatchObject({ code: 0 });
  return { plc, probe, plant, file: parse(readFileSync(plant, 'utf8')) as PlantFile };
}

test('an unknown server is understood, whatever its word order, and its readings are verified', {
  timeout: 900_000,
}, async () => {
  const runs: Commissioned[] = [];
  const data = join(folder, 'data');
  let appliance: ApplianceProcess | undefined;
  // Two at a time: a small machine would disturb the reads of four. The first that is understood runs meanwhile.
  for (let at = 0; at < SEEDS.length; at += 2) {
    runs.push(...(await Promise.all(SEEDS.slice(at, at + 2).map(commission))));
    const understood = runs.find(isUnderstood);
    if (appliance !== undefined || understood === undefined) continue;
    const begun = await startApplianceProcess(understood.plant, data);
    ending.push(() => begun.kill());
    appliance = begun;
  }
  expect(new Set(runs.map(({ plc }) => plc.order)).size).toBe(new Set(SEEDS.map((seed) => seed % 4)).size);
  for (const { plc, probe, file } of runs) {
    const points = file.devices[0]?.points ?? [];
    for (const id of ['flow', 'head', 'power']) {
      const point = points.find((each) => each.id === id);
      expect(point, `${id} in ${probe.out}`).toMatchObject({ address: plc.map[id]?.address });
    }
    // On a busy machine the reads may be too uneven for the rate of a counter: then it is left open, never mistaken.
    const counter = points.find(({ id }) => id === 'energy_export');
    if (counter === undefined) expect(probe.out).toContain('No counter rose');
    else expect(counter.address).toBe(plc.map.energy?.address);
    expect(points.find(({ id }) => id === 'flow')?.order).toBe(plc.order);
    expect(probe.out).toMatch(new RegExp(`Word order: (clearly|probably) ${plc.order} `));
    expect(probe.out).toMatch(/No write was sent: 0 of \d+\./);
  }

  const first = runs.find(isUnderstood);
  expect(first, 'one of the counters is found').toBeDefined();
  const dry = await forebay('dry-run', '--config', first?.plant ?? '', '--minutes', '0.1');
  expect(dry, dry.err).toMatchObject({ code: 0 });
  expect(dry.out).toMatch(/unit1: power is 8\d\.\d % of rho g Q H\./);
  expect(dry.out).toMatch(/Sent: function code 3 \d+ times\.\nNo write was sent: 0 of \d+\./);
  const readings = await readingsAfter(data, 300_000);
  expect(readings.length).toBeGreaterThanOrEqual(1);
  const last = readings.findLast(({ coverage }) => coverage >= COVERAGE_MIN);
  process.stdout.write(
    `commissioned: ${last?.energyWh} Wh, ${last?.energySource}, ${last?.verdict.status} ${last?.verdict.trustScore}\n`,
  );
  expect(last).toMatchObject({ unitId: 'unit1', energySource: 'counter' });
  expect(last?.verdict.status).toBe('APPROVED');
  expect((await appliance?.stop())?.code).toBe(0);
});

type Commissioned = Awaited<ReturnType<typeof commission>>;

function isUnderstood({ file }: Commissioned): boolean {
  return file.units[0]?.signals.energyExport !== undefined;
}

/** The readings once a whole interval was covered. */
async function readingsAfter(data: string, withinMs: number) {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const { out } = await forebay('readings', '--data', data, '--json');
    const readings = out.split('\n').flatMap((line) => (line === '' ? [] : [readingSchema.parse(JSON.parse(line))]));
    if (readings.some(({ coverage }) => coverage >= COVERAGE_MIN) || Date.now() > untilMs) return readings;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
