import { type Candidate, isFloatDecoding, mean, type ProbeRole } from './probe-role.ts';
import { type RankedDecoding, spanOf } from './rank-decodings.ts';
import { isRising } from './value-evidence.ts';

const MS_PER_HOUR = 3_600_000;
/** What one count may be worth, in kWh, with the unit and scale that plant.yaml would have. */
const STEPS = [
  { kwhPerCount: 1, unit: 'kWh', scale: 1 },
  { kwhPerCount: 0.001, unit: 'Wh', scale: 1 },
  { kwhPerCount: 0.1, unit: 'kWh', scale: 0.1 },
  { kwhPerCount: 0.01, unit: 'kWh', scale: 0.01 },
] as const;
/** How far the counted energy may be from power times time, beside what one count hides at either end. */
const RATE_TOLERANCE = 0.1;
/** A read takes time, and so nobody knows to the millisecond when within it a register was read. */
const JITTER_MS = 2000;
/** With fewer counts than this the rate says too little. */
const COUNTS_MIN = 3;
/** With fewer reads any register that moves rises at some rate, and naming them all would be noise. */
const READS_TO_COMPARE = 5;
/** No unit has generated more than this many hours' worth of its present power: 100 years. */
const HOURS_MAX = 876_000;

/**
 * Finds the counter of the energy that the unit generates: it never falls, and its rate is the power. Needs the power
 * of each read, in kW, when the reads were made, and as much time as a few counts take. What shares registers with a
 * value that is `known` is not named as another counter.
 */
export function findEnergy(
  candidates: readonly Candidate[],
  powerKw: readonly number[],
  readAtMs: readonly number[],
  known: readonly ProbeRole[] = [],
): { readonly roles: readonly ProbeRole[]; readonly notes: readonly string[] } {
  const expectedKwh = energyAt(powerKw, readAtMs);
  const found = candidates
    // 16 bits are too few for a counter of a plant, and anything rises at the right rate now and then; 64 bits hold any
    // neighbour's registers too, so such a value has to be the best at its place or in the order of the device.
    .filter(
      ({ values, decoding, rank }) =>
        isRising(values) && widthOf(decoding) !== 16 && (rank === 0 || decoding.isInOrder || widthOf(decoding) < 64),
    )
    .flatMap((candidate) =>
      STEPS.flatMap((step) => (fits(candidate, step, expectedKwh, mean(powerKw)) ? [{ candidate, step }] : [])),
    )
    // Where a narrow value and a wider one around it both fit, the narrow one is the lower half of the wider.
    .toSorted((a, b) => oddnessOf(a.candidate) - oddnessOf(b.candidate));
  const [least] = found;
  // The lower half of a wider counter fits as well as the whole.
  const widest = found.find(({ candidate }) => least !== undefined && encloses(candidate, least.candidate)) ?? least;
  const best = widest === undefined ? undefined : (narrowestOf(found, widest) ?? widest);
  if (best === undefined) {
    const seconds = Math.round(((readAtMs.at(-1) ?? 0) - (readAtMs[0] ?? 0)) / 1000);
    const note = `No counter rose as ${mean(powerKw).toFixed(0)} kW would make it in ${seconds} s: probe longer (--reads, --every), or elsewhere.`;
    return { roles: [], notes: [note] };
  }
  const { candidate, step } = best;
  const counts = (candidate.values.at(-1) ?? 0) - (candidate.values[0] ?? 0);
  const named = [candidate.decoding, ...known.map(({ decoding }) => decoding)];
  const apart = found.filter((each) => !named.some((decoding) => shares(each.candidate.decoding, decoding)));
  const places = [...new Set(apart.map((each) => each.candidate.place.place.place))];
  const others = powerKw.length < READS_TO_COMPARE ? [] : places;
  const role: ProbeRole = {
    signal: 'energyExport',
    id: 'energy_export',
    place: candidate.place,
    decoding: candidate.decoding,
    scale: step.scale,
    unit: step.unit,
    isCounter: true,
    sureness: 'physics',
    reason: `rose by ${Number(counts.toPrecision(6))} counts, which is the energy of the power meanwhile`,
  };
  const notes =
    others.length === 0
      ? []
      : [
          `These rise at the same rate: ${others.join(', ')}. One may be a total, a partial or the other direction; see the display.`,
        ];
  return { roles: [role], notes };
}

interface Found {
  readonly candidate: Candidate;
  readonly step: Step;
}

/**
 * The narrower unsigned value inside a wider one that was the same in every read: the further registers were 0 all the
 * time, and may be another's. The narrower counts right in both cases, since it wraps at its own width.
 */
function narrowestOf(found: readonly Found[], wide: Found): Found | undefined {
  return found
    .filter(
      ({ candidate, step }) =>
        step === wide.step &&
        candidate.decoding.decoding.label.startsWith('uint') &&
        encloses(wide.candidate, candidate) &&
        candidate.values.every((value, read) => value === wide.candidate.values[read]),
    )
    .toSorted((a, b) => widthOf(a.candidate.decoding) - widthOf(b.candidate.decoding))[0];
}

/** The energy since the first read, in kWh, by the trapezoid rule. */
function energyAt(powerKw: readonly number[], readAtMs: readonly number[]): number[] {
  let sumKwh = 0;
  return readAtMs.map((atMs, read) => {
    const meanKw = ((powerKw[read] ?? 0) + (powerKw[read - 1] ?? powerKw[read] ?? 0)) / 2;
    sumKwh += (meanKw * (atMs - (readAtMs[read - 1] ?? atMs))) / MS_PER_HOUR;
    return sumKwh;
  });
}

function encloses({ decoding }: Candidate, inner: Candidate): boolean {
  const [outer, within] = [spanOf(decoding), spanOf(inner.decoding)];
  if (outer === undefined || within === undefined || !decoding.isInOrder || outer.table !== within.table) return false;
  return outer.from <= within.from && outer.to >= within.to && outer.to - outer.from > within.to - within.from;
}

type Step = (typeof STEPS)[number];

/** Whether the register stands, at every read, where the power since the first would have brought it. */
function fits({ values, decoding }: Candidate, step: Step, expectedKwh: readonly number[], meanKw: number): boolean {
  const isFloat = isFloatDecoding(decoding);
  if (isFloat && step.scale !== 1) return false;
  const [first = 0] = values;
  const last = values.at(-1) ?? 0;
  if (last * step.kwhPerCount > meanKw * HOURS_MAX || (expectedKwh.at(-1) ?? 0) < COUNTS_MIN * step.kwhPerCount)
    return false;
  return values.every((value, read) => {
    const expected = expectedKwh[read] ?? 0;
    const offKwh = Math.abs((value - first) * step.kwhPerCount - expected);
    const hiddenKwh = (isFloat ? 0 : step.kwhPerCount) + (read === 0 ? 0 : (meanKw * JITTER_MS) / MS_PER_HOUR);
    return offKwh <= hiddenKwh + expected * RATE_TOLERANCE;
  });
}

/** A place of doubt in the ranking weighs less than 16 bits more of width. */
function oddnessOf({ rank, decoding }: Candidate): number {
  return rank - (widthOf(decoding) / 16) * 1.1;
}

function widthOf({ decoding }: RankedDecoding): number {
  return Number(/\d\d/.exec(decoding.label)?.[0] ?? 0);
}

/** Whether two values are one, or have bytes in common. */
function shares(one: RankedDecoding, other: RankedDecoding): boolean {
  if (one === other) return true;
  const [a, b] = [spanOf(one), spanOf(other)];
  return a !== undefined && b !== undefined && a.table === b.table && a.from < b.to && b.from < a.to;
}
