import type { ConfigPath, PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';
import type { PlantDraft } from './plant-draft.ts';
import { INTERVALS, LIMITS } from './plant-schema.ts';

/** Density of water at 10 degrees Celsius in kg/m3 (IAPWS R6-95) times standard gravity in m/s2 (ISO 80000-3). */
const WATER_N_PER_M3 = 999.7 * 9.80665;
const W_PER_KW = 1000;
/** No turbine set in service turns less than a third of the water's power into its rated power. */
const WATER_POWER_RATIO_MAX = 3;
/** A test point below this was written in other units; even a small set at low load does better. */
const TESTED_EFFICIENCY_MIN = 0.2;

/** Present names of zones that the system lists only under a former one, such as Asia/Calcutta (IANA `backward`). */
const PRESENT_ZONES = [
  'UTC',
  'Africa/Asmara',
  'America/Argentina/Buenos_Aires',
  'America/Argentina/Catamarca',
  'America/Argentina/Cordoba',
  'America/Argentina/Jujuy',
  'America/Argentina/Mendoza',
  'America/Atikokan',
  'America/Indiana/Indianapolis',
  'America/Kentucky/Louisville',
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Kanton',
  'Pacific/Pohnpei',
];

/** What no schema of a single value can see: ids, ratings and times. What is not there is not checked. */
export function checkPlant(input: PlantDraft): PathIssue[] {
  return [
    ...(input.plant.timezone === undefined ? [] : checkTimezone(input.plant.timezone)),
    ...checkIds(input),
    ...checkCounts(input),
    ...checkRatings(input),
    ...checkEfficiencies(input),
    ...checkIndexTests(input),
    ...checkPeriods(input),
  ];
}

function checkTimezone(timezone: string): PathIssue[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return [];
  } catch {
    const hint =
      nameHint(timezone, [...PRESENT_ZONES, ...Intl.supportedValuesOf('timeZone')]) ??
      'a name of the IANA list, such as Asia/Kolkata';
    return [
      { code: 'CFG_TIMEZONE', path: ['plant', 'timezone'], message: `there is no time zone "${timezone}"`, hint },
    ];
  }
}

function checkIds({ units, devices }: PlantDraft): PathIssue[] {
  return [
    ...checkUnique('unit', ['units'], units),
    ...checkUnique('device', ['devices'], devices),
    ...devices.flatMap(({ points = [] }, d) => checkUnique('point', ['devices', d, 'points'], points)),
  ];
}

function checkUnique(
  noun: string,
  path: ConfigPath,
  items: readonly { readonly id?: string | undefined }[],
): PathIssue[] {
  const first = new Map<string, number>();
  return items.flatMap(({ id }, index) => {
    if (id === undefined) return [];
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, index);
      return [];
    }
    const message = `the ${noun} "${id}" is there already`;
    const hint = `give one of them another id; the first is ${String(path.at(-1))}[${before}]`;
    return [{ code: 'CFG_DUPLICATE_ID', path: [...path, index, 'id'], message, hint }];
  });
}

function checkCounts({ devices }: PlantDraft): PathIssue[] {
  const points = devices.reduce((sum, device) => sum + (device.points?.length ?? 0), 0);
  if (points <= LIMITS.points) return [];
  const message = `expected at most ${LIMITS.points} points in all, found ${points}`;
  return [{ code: 'CFG_VALUE', path: ['devices'], message }];
}

function checkRatings({ plant, units }: PlantDraft): PathIssue[] {
  const issues = units.flatMap(({ ratedPowerKw, ratedFlowM3s, ratedHeadM }, u): PathIssue[] => {
    if (ratedPowerKw === undefined || ratedFlowM3s === undefined || ratedHeadM === undefined) return [];
    const waterKw = (WATER_N_PER_M3 * ratedFlowM3s * ratedHeadM) / W_PER_KW;
    const path = ['units', u, 'ratedPowerKw'];
    const water = `the water at rated flow and head gives ${waterKw.toFixed(0)} kW`;
    const hint = 'check ratedPowerKw (kW), ratedFlowM3s (m3/s) and ratedHeadM (m, net) against the nameplate';
    if (ratedPowerKw > waterKw) {
      return [{ code: 'CFG_RATINGS', path, message: `${ratedPowerKw} kW is impossible: ${water}`, hint }];
    }
    if (waterKw > WATER_POWER_RATIO_MAX * ratedPowerKw) {
      const message = `${ratedPowerKw} kW is too little: ${water}, more than ${WATER_POWER_RATIO_MAX} times as much`;
      return [{ code: 'CFG_RATINGS', path, message, hint }];
    }
    return [];
  });
  const sumKw = units.reduce((sum, unit) => sum + (unit.ratedPowerKw ?? 0), 0);
  if (plant.ratedPowerKw !== undefined && sumKw > plant.ratedPowerKw) {
    const message = `${plant.ratedPowerKw} kW is less than the ${sumKw} kW of its units together`;
    const hint = 'the rating of the plant is at least the sum of its units';
    issues.push({ code: 'CFG_RATINGS', path: ['plant', 'ratedPowerKw'], message, hint });
  }
  return issues;
}

function checkEfficiencies({ units }: PlantDraft): PathIssue[] {
  return units.flatMap(({ efficiency = [] }, u) => {
    const wrong = efficiency.findIndex(([fraction], i) => i > 0 && fraction <= (efficiency[i - 1]?.[0] ?? 0));
    if (wrong === -1) return [];
    const message = 'expected the fractions of rated flow in rising order';
    return [{ code: 'CFG_VALUE', path: ['units', u, 'efficiency', wrong], message }];
  });
}

function checkIndexTests({ units }: PlantDraft): PathIssue[] {
  return units.flatMap(({ indexTest = [] }, u) =>
    indexTest.flatMap(([flowM3s, headM, powerKw], i): PathIssue[] => {
      const path = ['units', u, 'indexTest', i];
      if (i > 0 && flowM3s <= (indexTest[i - 1]?.[0] ?? 0)) {
        return [{ code: 'CFG_VALUE', path, message: 'expected the flows of the test in rising order' }];
      }
      const waterKw = (WATER_N_PER_M3 * flowM3s * headM) / W_PER_KW;
      const share = powerKw / waterKw;
      if (share >= TESTED_EFFICIENCY_MIN && share <= 1) return [];
      const message =
        `${powerKw} kW from ${flowM3s} m3/s at ${headM} m would be an efficiency of ${(100 * share).toFixed(1)} %: ` +
        `that water carries ${waterKw.toFixed(0)} kW`;
      const hint = 'each point of indexTest is [flow in m3/s, net head in m, electric power in kW], in this order';
      return [{ code: 'CFG_RATINGS', path, message, hint }];
    }),
  );
}

function checkPeriods({ interval, devices }: PlantDraft): PathIssue[] {
  const intervalMs = INTERVALS[interval ?? ''];
  if (intervalMs === undefined) return [];
  return devices.flatMap(({ period }, d) => {
    if (period === undefined || intervalMs % period === 0) return [];
    const message = `the interval of ${interval} is no multiple of this period`;
    return [{ code: 'CFG_PERIOD', path: ['devices', d, 'period'], message, hint: 'such as 1s, 2s, 5s or 10s' }];
  });
}
