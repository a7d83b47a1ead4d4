import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { present } from '../../core/model/assert.ts';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';

const LAUNCHER = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const UNITS = 4;
const TICKS_PER_SECOND = 100;

/**
 * Budget: 1 plant, 4 units, 60 points at 1 s under 150 MB resident and under 5 % of one core. Read from /proc, so on
 * Linux only. The baseline is a bare Node that polls nothing.
 */
export async function run(options: { warmUpS?: number; measureS?: number } = {}): Promise<BenchResult[]> {
  const { warmUpS = 70, measureS = 60 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'forebay-footprint-'));
  writeFileSync(join(folder, 'plant.yaml'), plantYaml());
  const args = ['start', '--config', join(folder, 'plant.yaml'), '--data', join(folder, 'data'), '--port', '0'];
  const appliance = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    await started(appliance);
    await wait(warmUpS * 1000);
    const before = cpuSeconds(appliance);
    await wait(measureS * 1000);
    const share = (cpuSeconds(appliance) - before) / measureS;
    const memory = residentMb(appliance);
    const note = `${UNITS} units, 60 points at 1 s`;
    return [
      {
        name: 'footprint-memory',
        value: memory,
        unit: 'MB',
        baseline: residentMb(bare),
        ratio: memory / residentMb(bare),
        note,
      },
      { name: 'footprint-processor', value: share * 100, unit: '% of one core', note },
    ];
  } finally {
    appliance.kill('SIGTERM');
    bare.kill('SIGTERM');
    if (appliance.exitCode === null) await once(appliance, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for the line that says the API answers; an appliance that ends instead is an error. */
async function started(appliance: ChildProcess): Promise<void> {
  const ended = once(appliance, 'exit').then(([code]) => {
    throw new Error(`the appliance ended with ${String(code)}`);
  });
  await Promise.race([once(present(appliance.stdout, 'standard output'), 'data'), ended]);
}

function residentMb({ pid }: ChildProcess): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(found?.[1]) / 102.4) / 10;
}

function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Four units with ten signals each, and five more points a unit that serve no signal: sixty in all. */
function plantYaml(): string {
  const quantities = Object.keys(QUANTITIES) as Quantity[];
  const ids = Array.from({ length: UNITS }, (_, n) => `unit${n + 1}`);
  const ratings = 'ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95';
  const units = ids.map((id) => {
    const signals = quantities.map((quantity) => `${quantity}: sim/${id}_${quantity}`).join(', ');
    return `  - { id: ${id}, name: ${id}, turbine: francis, ${ratings}, signals: { ${signals} } }`;
  });
  const machines = ids.map((id) => `{ id: ${id}, turbine: francis, ${ratings} }`).join(', ');
  const points = ids.flatMap((id) => [
    ...quantities.map((quantity) => pointLine(id, quantity, `${id}_${quantity}`)),
    ...quantities.slice(0, 3).map((quantity) => pointLine(id, quantity, `${id}_${quantity}_b`)),
    ...(['gate', 'ph'] as const).map((quantity) => pointLine(id, quantity, `${id}_${quantity}_b`)),
  ]);
  return `version: 1
plant: { id: HP-FOOT, name: Footprint, timezone: UTC, ratedPowerKw: 8000 }
interval: 1m
units:
${units.join('\n')}
devices:
  - id: sim
    driver: simulator
    period: 1s
    connection: { seed: 7, units: [${machines}] }
    points:
${points.join('\n')}
`;
}

function pointLine(unit: string, quantity: Quantity, id: string): string {
  const description = QUANTITIES[quantity];
  const kind = description.kind === 'gauge' ? '' : `, kind: ${description.kind}`;
  return `      - { id: ${id}, of: ${unit}, quantity: ${quantity}, unit: "${description.unit}"${kind} }`;
}
