import type { Quantity } from '../model/quantity.ts';
import { findEnergy } from './find-energy.ts';
import { findWaterPower } from './find-water-power.ts';
import { type Candidate, candidatesOf, isFloatDecoding, mean, type ProbeRole, type UnitRatings } from './probe-role.ts';
import { type RankedPlace, spanOf } from './rank-decodings.ts';

export interface FoundRoles {
  readonly roles: readonly ProbeRole[];
  readonly notes: readonly string[];
}

/** Nominal voltages, phase to phase and to neutral, in V (IEC 60038), and how far from one a good grid stays. */
const NOMINAL_VOLTS = [230, 400, 415, 690, 3300, 6300, 6600, 10_000, 11_000, 33_000] as const;
const VOLTAGE_TOLERANCE = 0.05;
const FREQUENCY_TOLERANCE_HZ = 0.5;
const SCALES = [1, 0.1, 0.01] as const;
const TOTALS_MAX = 3;

/** What devices that name their values call them. */
const NAMES: readonly { readonly signal: Quantity; readonly pattern: RegExp }[] = [
  { signal: 'energyImport', pattern: /energy.*imp|imp.*energy|import/ },
  { signal: 'energyExport', pattern: /energy.*exp|exp.*energy|export/ },
  { signal: 'turbidity', pattern: /turbid|ntu/ },
  { signal: 'waterTemperature', pattern: /water.?temp|temp.*water/ },
  { signal: 'ph', pattern: /(^|[^a-z])ph($|[^a-z])/ },
  { signal: 'gate', pattern: /gate|guide.?vane|nozzle/ },
  { signal: 'head', pattern: /(^|[^a-z])(net.?)?head($|[^a-z])/ },
  { signal: 'flow', pattern: /flow|discharge/ },
  { signal: 'power', pattern: /(active.?)?power(?!.?factor)/ },
];

/**
 * Says what the values of a device are, as far as that can be known: by the water and the power behind them, by the
 * names that the device gives, by where such values lie. What nothing speaks for stays without a role.
 */
export function findRoles(
  places: readonly RankedPlace[],
  ratings: UnitRatings | undefined,
  readAtMs: readonly number[],
): FoundRoles {
  const candidates = candidatesOf(places);
  const water = findWaterPower(candidates, ratings);
  const taken = new Set(water.roles.map(({ place }) => place));
  const free = candidates.filter(({ place }) => !taken.has(place));
  const power = water.roles.find(({ signal }) => signal === 'power');
  const energy =
    power === undefined ? { roles: [], notes: [] } : findEnergy(free, kilowattsOf(power), readAtMs, water.roles);
  const known = [...water.roles, ...energy.roles];
  const rest = (roles: readonly ProbeRole[]) => places.filter((place) => !roles.some((role) => covers(role, place)));
  const named = rest(known).flatMap((place) => nameRole(place, known));
  const sure = [...known, ...named];
  const seen = rest(sure).flatMap(lookOf);
  return { roles: [...sure, ...withOwnIds(seen)], notes: [...water.notes, ...energy.notes] };
}

/** Whether a place is, or begins within, or reaches into the registers of a value that is known. */
function covers({ place: own, decoding }: ProbeRole, place: RankedPlace): boolean {
  if (own === place || place.partOf === own.place.place) return true;
  const one = spanOf(decoding);
  const other = place.decodings[0] === undefined ? undefined : spanOf(place.decodings[0]);
  if (one === undefined || other === undefined || one.table !== other.table) return false;
  return other.from < one.to && one.from < other.to;
}

function kilowattsOf({ decoding, scale, unit }: ProbeRole): readonly number[] {
  const kwPerUnit = { kW: 1, W: 0.001, MW: 1000 }[unit] ?? 1;
  return decoding.values.map((value) => value * scale * kwPerUnit);
}

/** What the device itself calls a quantity, unless physics found another value for it. */
function nameRole(place: RankedPlace, known: readonly ProbeRole[]): ProbeRole[] {
  const { name, unit } = place.place;
  const [decoding] = place.decodings;
  if (decoding === undefined || decoding.values.length === 0) return [];
  const spoken = (name ?? (/^[a-z]+ \d+$/.test(place.place.place) ? '' : place.place.place)).toLowerCase();
  const match = NAMES.find(({ pattern }) => pattern.test(spoken.replaceAll('_', ' ')));
  if (match === undefined || known.some(({ signal }) => signal === match.signal)) return [];
  const isCounter = match.signal === 'energyExport' || match.signal === 'energyImport';
  const id = match.signal.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const reason = `the device calls it "${name ?? place.place.place}"${unit === undefined ? ', without a unit' : ''}`;
  return [
    { signal: match.signal, id, place, decoding, scale: 1, unit: unit ?? '', isCounter, sureness: 'named', reason },
  ];
}

/** What a value could be by where it lies: no more than a hint. */
function lookOf(place: RankedPlace): ProbeRole[] {
  const [decoding] = place.decodings;
  if (place.partOf !== undefined || decoding === undefined || decoding.values.length === 0) return [];
  const isFloat = isFloatDecoding(decoding);
  const role = (id: string, scale: number, unit: string, reason: string): ProbeRole[] => [
    { id, place, decoding, scale, unit, isCounter: false, sureness: 'looks-like', reason },
  ];
  const scales = isFloat ? [1] : SCALES;
  const within = (nominal: number, tolerance: number) =>
    scales.find((scale) => decoding.values.every((value) => Math.abs(value * scale - nominal) <= tolerance));
  for (const hertz of [50, 60]) {
    const scale = within(hertz, FREQUENCY_TOLERANCE_HZ);
    if (scale !== undefined) return role('frequency', scale, 'Hz', `lies at ${hertz} Hz`);
  }
  for (const volts of NOMINAL_VOLTS) {
    const scale = within(volts, volts * VOLTAGE_TOLERANCE);
    if (scale === undefined || (!isFloat && mean(decoding.values) < 1000)) continue;
    return role('voltage', scale, 'V', `lies near the nominal ${volts} V`);
  }
  return [];
}

/** Three voltages are voltage, voltage_2 and voltage_3. */
function withOwnIds(roles: readonly ProbeRole[]): ProbeRole[] {
  const seen = new Map<string, number>();
  return roles.map((role) => {
    const count = (seen.get(role.id) ?? 0) + 1;
    seen.set(role.id, count);
    return count === 1 ? role : { ...role, id: `${role.id}_${count}` };
  });
}

/** Values of which one is the sum of three others at every read, as a total is of its phases. */
export function findTotals(places: readonly RankedPlace[]): string[] {
  // Constants stand in such relations by chance; what is measured moves.
  const tops = candidatesOf(places).filter(
    ({ rank, values }) =>
      rank === 0 && values.every((value) => value > 1) && values.some((value) => value !== values[0]),
  );
  const notes: string[] = [];
  for (let at = 0; at + 2 < tops.length; at += 1) {
    const phases = tops.slice(at, at + 3);
    if (!areAlike(phases)) continue;
    const sums =
      phases[0]?.values.map((_, read) => phases.reduce((sum, { values }) => sum + (values[read] ?? 0), 0)) ?? [];
    const total = tops.find(
      ({ values, place }) =>
        !phases.some((phase) => phase.place === place) &&
        values.every((value, read) => Math.abs(value - (sums[read] ?? 0)) <= value * 0.005),
    );
    if (total === undefined) continue;
    const names = phases.map(({ place }) => place.place.place).join(' + ');
    notes.push(`${names} = ${total.place.place.place}: three phases and their total.`);
  }
  return notes.slice(0, TOTALS_MAX);
}

function areAlike(phases: readonly Candidate[]): boolean {
  const means = phases.map(({ values }) => mean(values));
  const labels = new Set(phases.map(({ decoding }) => decoding.decoding.label));
  return labels.size === 1 && Math.max(...means) <= Math.min(...means) * 1.5;
}
