import { dirname, resolve } from 'node:path';
import type { Outcome, Sample } from '../../core/acquisition/sample.ts';
import type { PointConfig, UnitConfig } from '../../core/config/plant.ts';
import { drivers } from '../drivers.ts';
import { loadConfigWithWarnings, readConfigFile } from '../load-config.ts';
import { driverOf } from '../plant-origin.ts';
import { checkEnergy, type WatchedPoint } from '../probe/check-energy.ts';
import { checkUnit, efficiencyOf } from '../probe/check-unit.ts';
import { type DeviceWatch, type PointTally, watchDevice } from '../probe/dry-run.ts';
import { judgeValue } from '../probe/judge-value.ts';
import { probeHosts } from '../probe/probe-host.ts';
import { sentWords } from '../probe/probe-words.ts';
import type { Command } from './command.ts';
import { JSON_OPTION } from './command.ts';
import { usage } from './read-command-line.ts';

const MS_PER_MINUTE = 60_000;
const MINUTES_MAX = 60;
const UNREACHABLE = 3;
const FAILED = 1;

export const dryRunCommand: Command = {
  name: 'dry-run',
  summary: 'Read every device of a plant.yaml for a while, judge the values, and record nothing',
  options: {
    config: { type: 'string', value: 'FILE', about: 'the plant.yaml', isNeeded: true },
    minutes: { type: 'string', value: 'N', about: 'how long to read (1)' },
    data: { type: 'string', value: 'DIR', about: 'data folder whose certificates and secrets to use' },
    json: JSON_OPTION,
  },
  notes: [
    'Uses the real drivers and no ledger. Exit code 0 when every point was read and nothing speaks against the values,',
    '1 when something does, 3 when a device does not answer.',
  ],
  async run({ texts, flags, output }) {
    const file = texts.config ?? '';
    const { config, warnings } = loadConfigWithWarnings(readConfigFile(file), file);
    for (const warning of warnings) output.note(warning);
    const forMs = readMinutes(texts.minutes) * MS_PER_MINUTE;
    const hosts = probeHosts(texts.data, dirname(resolve(file)));
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    try {
      const watches = await Promise.all(
        config.devices.map((device) =>
          watchDevice(device, driverOf(drivers, device.driver), hosts.hostOf(device.driver), forMs, interrupted.signal),
        ),
      );
      const samples = new Map(watches.flatMap(({ points }) => points.flatMap(({ last }) => sampleEntry(last))));
      const units = config.units.map((unit) => ({
        id: unit.id,
        efficiency: efficiencyOf(unit, samples),
        findings: [...checkUnit(unit, samples), ...energyFinding(unit, watches)],
      }));
      if (flags.has('json')) output.json({ devices: watches.map(jsonOf), units, writes: 0 });
      else {
        for (const watch of watches) printWatch(watch, output);
        for (const { id, efficiency, findings } of units) {
          if (efficiency !== undefined) output.line(`${id}: power is ${(efficiency * 100).toFixed(1)} % of rho g Q H.`);
          for (const finding of findings) output.line(`${id}: ${finding}`);
        }
        for (const line of sentLines(watches)) output.line(line);
      }
      if (watches.some(({ fault, points }) => fault !== undefined || points.every(({ samples: n }) => n === 0)))
        return UNREACHABLE;
      const isOdd = units.some(({ findings }) => findings.length > 0) || watches.some(hasDoubts);
      return isOdd ? FAILED : 0;
    } finally {
      hosts.remove();
    }
  },
};

function energyFinding(unit: UnitConfig, watches: readonly DeviceWatch[]): string[] {
  const watched = new Map(
    watches.flatMap(({ device, points }) => device.points.flatMap((p, at) => entry(p, points[at]))),
  );
  const sentence = checkEnergy(unit, watched);
  return sentence === undefined ? [] : [sentence];
}

function entry(point: PointConfig, tally: PointTally | undefined): [string, WatchedPoint][] {
  if (tally?.first === undefined || tally.last?.kind !== 'sample') return [];
  const { first, last, sum, samples } = tally;
  const { scale } = (point.settings ?? {}) as { readonly scale?: unknown };
  const step = typeof scale === 'number' ? Math.abs(scale) : 1;
  return [[point.ref, { first, last, mean: sum / samples, step }]];
}

type Output = Parameters<Command['run']>[0]['output'];

function printWatch({ device, points, fault }: DeviceWatch, output: Output): void {
  output.line(`${device.id} (${device.driver})`);
  if (fault !== undefined)
    output.line(`  ${fault.code}: ${fault.message}${fault.hint === undefined ? '' : ` (${fault.hint})`}`);
  const rows = device.points.map((point, at) => {
    const watched = points[at];
    return [
      `  ${point.id}`,
      ...describe(point, watched?.last, fault),
      `${watched?.samples ?? 0} of ${watched?.reads ?? 0}`,
    ];
  });
  output.table(['  POINT', 'VALUE', 'UNIT', 'QUALITY', 'REMARK', 'READ'], rows);
  output.line('');
}

/** Value, unit, quality and what is to be said of one point. */
function describe(point: PointConfig, last: Outcome | undefined, ofDevice: DeviceWatch['fault']): string[] {
  if (last === undefined) {
    return ['-', point.unit, '', ofDevice === undefined ? 'not read' : `not read: ${ofDevice.code}`];
  }
  if (last.kind === 'miss') {
    const { code, message, hint } = last.fault;
    return ['-', point.unit, '', `${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`];
  }
  const value = typeof last.value === 'number' ? String(Number(last.value.toPrecision(8))) : last.value;
  const isDoubtful = judgeValue(point, last.value).verdict === 'implausible';
  return [
    value,
    last.unit,
    last.quality,
    isDoubtful ? `no plausible value in ${point.unit}: check order, type and scale` : '',
  ];
}

function hasDoubts({ device, points }: DeviceWatch): boolean {
  return device.points.some((point, at) => {
    const last = points[at]?.last;
    return last?.kind !== 'sample' || judgeValue(point, last.value).verdict === 'implausible';
  });
}

function sentLines(watches: readonly DeviceWatch[]): string[] {
  const sent: Record<string, number> = {};
  for (const watch of watches)
    for (const [name, count] of Object.entries(watch.sent)) sent[name] = (sent[name] ?? 0) + count;
  return sentWords(
    sent,
    watches.reduce((sum, { requests }) => sum + requests, 0),
  );
}

function sampleEntry(last: Outcome | undefined): [string, Sample][] {
  return last?.kind === 'sample' ? [[last.point, last]] : [];
}

function jsonOf({ device, points, fault, requests, sent }: DeviceWatch) {
  const shown = device.points.map(({ id }, at) => {
    const { last, samples = 0, reads = 0 } = points[at] ?? {};
    const outcome =
      last?.kind === 'sample'
        ? { value: last.value, unit: last.unit, quality: last.quality, template: last.recipe.template }
        : { fault: last?.fault ?? fault };
    return { id, samples, reads, ...outcome };
  });
  return { id: device.id, driver: device.driver, fault, requests, sent, points: shown };
}

function readMinutes(text: string | undefined): number {
  if (text === undefined) return 1;
  const minutes = Number(text);
  if (minutes > 0 && minutes <= MINUTES_MAX) return minutes;
  throw usage(`--minutes is "${text}".`, `a number above 0, up to ${MINUTES_MAX}`);
}
