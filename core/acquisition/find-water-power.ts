import { type Candidate, isFloatDecoding, mean, type ProbeRole, type UnitRatings } from './probe-role.ts';
import { spanOf } from './rank-decodings.ts';

/** Density of water at 10 degrees Celsius in kg/m3 (IAPWS R6-95) times standard gravity in m/s2 (ISO 80000-3), in kW. */
const WATER_KW_PER_M4S = (999.7 * 9.80665) / 1000;
/** What a turbine and its generator make of the water, from a small share of the load to the best point. */
const EFFICIENCY_MIN = 0.5;
const EFFICIENCY_MAX = 0.96;
/** How far the efficiency of the moment may lie from the nameplate's before it becomes odd. */
const EFFICIENCY_SPREAD = 0.04;

/** Powers of ten by which whole numbers are scaled; a float is scaled by nothing. */
const WHOLE_SCALES = [1, 0.1, 0.01, 0.001] as const;
const POWER_UNITS = [
  { unit: 'kW', kwPerUnit: 1 },
  { unit: 'W', kwPerUnit: 0.001 },
  { unit: 'MW', kwPerUnit: 1000 },
] as const;

/** A candidate in physical units. */
interface Scaled {
  readonly candidate: Candidate;
  readonly scale: number;
  readonly unit: string;
  /** In m3/s, m or kW, one for each read. */
  readonly values: readonly number[];
  /** How far it is from what one would expect of it alone; 0 is best. */
  readonly oddness: number;
}

export interface WaterPower {
  readonly roles: readonly ProbeRole[];
  readonly notes: readonly string[];
}

interface Triple {
  readonly flow: Scaled;
  readonly head: Scaled;
  readonly power: Scaled;
  readonly efficiency: number;
  readonly oddness: number;
}

const CANDIDATES_MAX = 80;

/** Two explanations nearer than this to each other leave it open which one is right. */
const LEAD_MIN = 1;

/**
 * Finds flow, head and power among the values: the only three that stand in P = eta rho g Q H, at every read, with an
 * efficiency that a turbine set can have. The nameplate says where each of them lies; without it nothing is claimed.
 */
export function findWaterPower(candidates: readonly Candidate[], ratings: UnitRatings | undefined): WaterPower {
  if (ratings === undefined) {
    const note =
      'Which value is flow, head or power is not looked for without the ratings of the unit: name them with --plant and --unit.';
    return { roles: [], notes: [note] };
  }
  const within =
    (rated: number, min: number, max: number) =>
    (values: readonly number[]): boolean =>
      values.every((value) => value >= rated * min && value <= rated * max);
  const flows = scale(candidates, 'm3/s', within(ratings.ratedFlowM3s, 0.03, 1.3), () => 0);
  const oddHead = (values: readonly number[]): number => Math.abs(mean(values) / ratings.ratedHeadM - 1) / 0.1;
  const heads = scale(candidates, 'm', within(ratings.ratedHeadM, 0.5, 1.3), oddHead);
  const powers = POWER_UNITS.flatMap(({ unit, kwPerUnit }) =>
    scale(candidates, unit, within(ratings.ratedPowerKw, 0.02, 1.25), () => (unit === 'kW' ? 0 : 0.3), kwPerUnit),
  );
  const rated = ratings.ratedPowerKw / (WATER_KW_PER_M4S * ratings.ratedFlowM3s * ratings.ratedHeadM);
  const triples = joinTriples(least(flows), least(heads), least(powers), rated);
  const [best] = triples;
  if (best === undefined) return { roles: [], notes: [noteWithout(flows, heads, powers)] };
  const rival = triples.find((triple) => !isSame(triple, best));
  if (rival !== undefined && rival.oddness - best.oddness < LEAD_MIN) {
    const note = `More than one trio of values could be flow, head and power: ${nameOf(best)}; or ${nameOf(rival)}. Probe again while the load changes, or only where the device's list has them, such as --point '${rangeOf(best)}'.`;
    return { roles: [], notes: [note] };
  }
  const efficiency = `${(best.efficiency * 100).toFixed(1)} %`;
  const reason = `power is ${efficiency} of rho g Q H at every read`;
  return {
    roles: [
      roleOf('flow', 'flow', best.flow, reason),
      roleOf('head', 'head', best.head, reason),
      roleOf('power', 'power', best.power, reason),
    ],
    notes: [],
  };
}

function scale(
  candidates: readonly Candidate[],
  unit: string,
  isWithin: (values: readonly number[]) => boolean,
  oddnessOf: (values: readonly number[]) => number,
  perUnit = 1,
): Scaled[] {
  return candidates.flatMap((candidate) => {
    const isFloat = isFloatDecoding(candidate.decoding);
    return (isFloat ? [1] : WHOLE_SCALES).flatMap((factor): Scaled[] => {
      const values = candidate.values.map((value) => value * factor * perUnit);
      if (!isWithin(values)) return [];
      const oddness = oddnessOf(values) + oddnessOfRaw(candidate, isFloat) + (isFloat || factor === 1 ? 0 : 0.7);
      return [{ candidate, scale: factor, unit, values, oddness }];
    });
  });
}

/** Of a large device the least odd candidates only: the trios grow with the third power. */
function least(list: readonly Scaled[]): Scaled[] {
  return list.toSorted((a, b) => a.oddness - b.oddness).slice(0, CANDIDATES_MAX);
}

/** Numbers under 100 are states and set points sooner than measured values, and so are those that never move. */
function oddnessOfRaw({ rank, values }: Candidate, isFloat: boolean): number {
  const isCoarse = !isFloat && values.some((value) => Math.abs(value) < 100);
  const isStill = values.length > 2 && values.every((value) => value === values[0]);
  return rank * 1.2 + (isFloat ? 0 : 0.3) + (isCoarse ? 2.5 : 0) + (isStill ? 1 : 0);
}

function joinTriples(
  flows: readonly Scaled[],
  heads: readonly Scaled[],
  powers: readonly Scaled[],
  rated: number,
): Triple[] {
  const triples: Triple[] = [];
  for (const flow of flows) {
    for (const head of heads) {
      if (overlaps(flow, head)) continue;
      for (const power of powers) {
        if (overlaps(flow, power) || overlaps(head, power)) continue;
        const shares = power.values.map(
          (kw, at) => kw / (WATER_KW_PER_M4S * (flow.values[at] ?? 0) * (head.values[at] ?? 0)),
        );
        if (!shares.every((share) => share >= EFFICIENCY_MIN && share <= EFFICIENCY_MAX)) continue;
        const efficiency = mean(shares);
        const spread = (Math.max(...shares) - Math.min(...shares)) / efficiency;
        const oddness =
          Math.abs(efficiency - rated) / EFFICIENCY_SPREAD +
          spread / 0.01 +
          flow.oddness +
          head.oddness +
          power.oddness;
        triples.push({ flow, head, power, efficiency, oddness });
      }
    }
  }
  return triples.toSorted((a, b) => a.oddness - b.oddness);
}

/** Two values that share bytes are not two quantities. */
function overlaps(a: Scaled, b: Scaled): boolean {
  if (a.candidate.place === b.candidate.place) return true;
  const [one, other] = [spanOf(a.candidate.decoding), spanOf(b.candidate.decoding)];
  return (
    one !== undefined && other !== undefined && one.table === other.table && one.from < other.to && other.from < one.to
  );
}

function isSame(a: Triple, b: Triple): boolean {
  const same = (one: Scaled, other: Scaled): boolean =>
    one.candidate.place === other.candidate.place &&
    one.values.every((value, at) => Math.abs(value - (other.values[at] ?? Number.NaN)) <= Math.abs(value) * 1e-9);
  return same(a.flow, b.flow) && same(a.head, b.head) && same(a.power, b.power);
}

function nameOf({ flow, head, power }: Triple): string {
  const parts = { flow, head, power };
  return Object.entries(parts)
    .map(([name, { candidate, scale: factor, unit }]) => {
      const scaled = factor === 1 ? unit : `${unit} x ${factor}`;
      return `${name} ${candidate.place.place.place} (${candidate.decoding.decoding.label}, ${scaled})`;
    })
    .join(', ');
}

/** Where the trio lies, as `--point` takes it: its registers, or the place of its power where places are no registers. */
function rangeOf({ flow, head, power }: Triple): string {
  const spans = [flow, head, power].flatMap(({ candidate }) => spanOf(candidate.decoding) ?? []);
  const [first] = spans;
  const isRange = first !== undefined && /^(holding|input)$/.test(first.table);
  if (!isRange || spans.some(({ table }) => table !== first.table)) return power.candidate.place.place.place;
  return `${first.table} ${Math.min(...spans.map(({ from }) => from))}-${Math.max(...spans.map(({ to }) => to)) - 1}`;
}

function noteWithout(flows: readonly Scaled[], heads: readonly Scaled[], powers: readonly Scaled[]): string {
  const missing = [
    flows.length === 0 ? 'a flow' : undefined,
    heads.length === 0 ? 'a head' : undefined,
    powers.length === 0 ? 'a power' : undefined,
  ].filter((name) => name !== undefined);
  if (missing.length > 0) {
    return `No value could be ${missing.join(' or ')} of this unit: it may stand still, its ratings may be wrong, or the values lie elsewhere.`;
  }
  return 'No power among the values fits the water: no trio stands in P = eta rho g Q H with an efficiency of 50 % to 96 %.';
}

function roleOf(signal: 'flow' | 'head' | 'power', id: string, scaled: Scaled, reason: string): ProbeRole {
  const { place, decoding } = scaled.candidate;
  return {
    signal,
    id,
    place,
    decoding,
    scale: scaled.scale,
    unit: scaled.unit,
    isCounter: false,
    sureness: 'physics',
    reason,
  };
}
