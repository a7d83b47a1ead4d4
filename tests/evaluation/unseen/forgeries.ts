import { type Forger, isFullyGenerating, isStandingStill } from './forger.ts';
import type { Shown } from './instruments.ts';
import { INTERVAL_S, type Row } from './record-rows.ts';
import { electricPower, flowThrough, type Machine } from './site.ts';

/** Tampers with some rows, marks them with its label and says how many they are. */
export type Forgery = (forger: Forger, label: string) => number;

type Value = 'flowM3s' | 'headM' | 'powerKw' | 'generatedKwh' | 'gatePercent';
const MEASURED: readonly Value[] = ['flowM3s', 'headM', 'powerKw', 'generatedKwh', 'gatePercent'];
const DAY_S = 86_400;

function scale(row: Row, values: readonly Value[], factor: number): void {
  for (const value of values) {
    const before = row.shown[value];
    if (before !== undefined) row.shown[value] = before * factor;
  }
}

/** Alters each of some rows; a tampered meter counts what it claims, a tampered report leaves the register alone. */
function alterEach(
  length: (forger: Forger) => number,
  prepare: (forger: Forger) => (row: Row, index: number, rows: readonly Row[]) => void,
  register: 'followed' | 'honest' | 'either' = 'either',
  accept: (row: Row) => boolean = isFullyGenerating,
): Forgery {
  return (forger, label) => {
    const rows = forger.take({ length: length(forger), accept });
    const isFollowed = register === 'followed' || (register === 'either' && forger.random.next() < 0.5);
    const alter = prepare(forger);
    for (const [index, row] of rows.entries()) {
      const before = row.shown.generatedKwh ?? 0;
      alter(row, index, rows);
      row.label = label;
      if (isFollowed) row.registerExtraKwh = (row.shown.generatedKwh ?? before) - before;
    }
    return rows.length;
  };
}

const few = (forger: Forger): number => forger.whole(1, 3);
const some = (forger: Forger): number => forger.whole(4, 18);
const many = (forger: Forger): number => forger.whole(16, 34);

/** Log-uniform, so that small claims are as frequent as large ones. */
function factorOf(forger: Forger, low: number, high: number): number {
  return low * (high / low) ** forger.random.next();
}

function inflated(low: number, high: number, values: readonly Value[]): Forgery {
  return alterEach(some, (forger) => {
    const factor = factorOf(forger, low, high);
    return (row) => scale(row, values, factor);
  });
}

function stuck(value: 'flowM3s' | 'headM' | 'powerKw'): Forgery {
  return alterEach(
    many,
    (forger) => {
      let held: number | undefined;
      return (row) => {
        held ??= forger.beside(row, -1)?.shown[value] ?? row.shown[value];
        row.shown[value] = held;
      };
    },
    'honest',
  );
}

function replayed(jitter: number): Forgery {
  return (forger, label) => {
    let source: readonly Row[] = [];
    const rows = forger.take({
      length: forger.whole(12, 30),
      acceptAll: (stretch) => {
        const found = forger.earlier(stretch, forger.whole(1, 25));
        // Nobody replays a worse day.
        if (found === undefined || sumKwh(found) < 1.06 * sumKwh(stretch)) return false;
        source = found;
        return true;
      },
    });
    // Altered later, it would be no original any more, and its copy no replay.
    forger.keep(source);
    for (const [index, row] of rows.entries()) {
      const { counterKwh, ...copy } = source[index]?.shown ?? row.shown;
      const before = row.shown.generatedKwh ?? 0;
      Object.assign(row.shown, copy);
      if (jitter > 0) for (const value of MEASURED) scale(row, [value], 1 + jitter * forger.gauss());
      row.registerExtraKwh = (row.shown.generatedKwh ?? before) - before;
      row.label = label;
    }
    return rows.length;
  };
}

function sumKwh(rows: readonly Row[]): number {
  return rows.reduce((sum, { shown }) => sum + (shown.generatedKwh ?? 0), 0);
}

const interpolated: Forgery = (forger, label) => {
  const wantsDip = forger.random.next() < 0.5;
  const ends = (rows: readonly Row[]): { before: Row; after: Row } | undefined => {
    const [first] = rows;
    const last = rows.at(-1);
    const before = first && forger.beside(first, -1);
    const after = last && forger.beside(last, 1);
    if (before === undefined || after === undefined) return undefined;
    return isFullyGenerating(before) && isFullyGenerating(after) ? { before, after } : undefined;
  };
  const rows = forger.take({
    length: many(forger),
    accept: () => true,
    acceptAll: (stretch) => {
      const found = ends(stretch);
      if (found === undefined) return false;
      const least = Math.min(...stretch.map(({ shown }) => shown.powerKw ?? Number.POSITIVE_INFINITY));
      return !wantsDip || least < 0.85 * Math.min(found.before.shown.powerKw ?? 0, found.after.shown.powerKw ?? 0);
    },
  });
  const found = ends(rows);
  if (found === undefined) throw new Error('A stretch to interpolate has no ends.');
  const filledAtS = forger.random.next() < 0.5 ? found.after.receivedS : undefined;
  const columns = [...MEASURED, 'ph', 'turbidityNtu', 'waterCel'] as const;
  for (const [index, row] of rows.entries()) {
    const share = (index + 1) / (rows.length + 1);
    const before = row.shown.generatedKwh ?? 0;
    for (const column of columns) {
      const from = found.before.shown[column];
      const to = found.after.shown[column];
      row.shown[column] = from === undefined || to === undefined ? undefined : from + share * (to - from);
    }
    row.shown.status = 'generating';
    row.registerExtraKwh = (row.shown.generatedKwh ?? before) - before;
    if (filledAtS !== undefined) row.receivedS = filledAtS + 5 + 2 * index;
    row.label = label;
  }
  return rows.length;
};

/** Water, gate and power of the same unit at another load, by how it was really built. */
function consistent(forger: Forger, row: Row, factor: number): void {
  const machine = forger.machineOf(row);
  const { flowM3s = 0, headM = 0, powerKw = 0, generatedKwh = 0 } = row.shown;
  const flow = Math.min(flowM3s * factor, flowThrough(machine, 1, headM));
  const ratio = electricPower(machine, flow, headM, 0) / Math.max(1, electricPower(machine, flowM3s, headM, 0));
  const opening = gateFor(machine, flow, headM) - gateFor(machine, flowM3s, headM);
  row.shown.flowM3s = flow * (1 + 0.002 * forger.gauss());
  row.shown.powerKw = powerKw * ratio * (1 + 0.001 * forger.gauss());
  row.shown.generatedKwh = generatedKwh * ratio;
  row.shown.gatePercent = (row.shown.gatePercent ?? 0) + 100 * opening;
}

function gateFor(machine: Machine, flowM3s: number, headM: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step += 1) {
    const middle = (low + high) / 2;
    if (flowThrough(machine, middle, headM) < flowM3s) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A row that reaches the appliance beside the true one. What it claims was not generated in its interval. */
function addCopy(forger: Forger, row: Row, label: string, endS: number, laterS: number): void {
  const shown: Shown = { ...row.shown };
  const receivedS = row.receivedS + laterS;
  forger.added.push({ ...row, endS, receivedS, shown, texts: {}, trueKwh: 0, label, registerExtraKwh: 0 });
}

const duplicate: Forgery = (forger, label) => {
  const [row] = forger.take({ length: 1 });
  if (row !== undefined) addCopy(forger, row, label, row.endS, forger.whole(1, 3600));
  return 1;
};

function misdated(shiftS: (forger: Forger) => number): Forgery {
  return (forger, label) => {
    const [row] = forger.take({ length: 1 });
    if (row === undefined) return 0;
    const endS = row.endS + shiftS(forger);
    if (forger.random.next() < 0.5) {
      addCopy(forger, row, label, endS, 1);
    } else {
      row.endS = endS;
      row.label = label;
    }
    return 1;
  };
}

const clockOf2000 = alterEach(few, () => (row, index) => {
  row.texts.endS = `2000-01-01T00:${String(5 * (index + 1)).padStart(2, '0')}:00Z`;
});

const garbage = alterEach(
  few,
  (forger) => {
    const value = forger.oneOf(MEASURED);
    const number = forger.oneOf([-9999, 65_535, 32_767, 4_294_967_295, 3.4e38, -1e6, 1e9]);
    return (row) => {
      if (forger.random.next() < 0.25) row.texts[value] = forger.oneOf(['NaN', 'Infinity', '-Infinity']);
      else row.shown[value] = number;
    };
  },
  'honest',
);

const text = alterEach(
  few,
  (forger) => {
    const value = forger.oneOf([...MEASURED, 'counterKwh'] as const);
    const word = forger.oneOf(['ERR', '#REF!', 'n/a', '---', 'OVERRANGE', 'null', '12,5', 'good']);
    return (row) => {
      row.texts[value] = word;
    };
  },
  'honest',
);

const gateClosed = alterEach(
  some,
  (forger) => {
    const share = forger.between(0.45, 0.95);
    return (row) => {
      const machine = forger.machineOf(row);
      const headM = (row.shown.headM ?? machine.plate.ratedHeadM) * 0.975;
      const flowM3s = machine.plate.ratedFlowM3s * share * (1 + 0.004 * forger.gauss());
      const powerKw = electricPower(machine, flowM3s, headM, 0);
      const claim = { headM, flowM3s, powerKw, generatedKwh: (powerKw * INTERVAL_S) / 3600, status: 'generating' };
      Object.assign(row.shown, claim);
    };
  },
  'either',
  isStandingStill,
);

const aboveCapacity = alterEach(some, (forger) => {
  const share = factorOf(forger, 1.15, 1.8);
  return (row) => {
    const factor = (forger.machineOf(row).plate.ratedPowerKw * share) / Math.max(1, row.shown.powerKw ?? 0);
    scale(row, ['flowM3s', 'powerKw', 'generatedKwh'], factor * (1 + 0.003 * forger.gauss()));
  };
});

const rolledBack = alterEach(
  few,
  (forger) => {
    const lostKwh = factorOf(forger, 40, 30_000);
    return (row) => {
      row.shown.counterKwh = (row.shown.counterKwh ?? 0) - lostKwh;
    };
  },
  'honest',
);

const DRIFT_DAYS = 8;
export const DRIFT_END = 0.08;

const slowDrift: Forgery = (forger, label) => {
  const length = (DRIFT_DAYS * DAY_S) / INTERVAL_S;
  const unit = forger.whole(0, forger.rows.length - 1);
  const unitRows = forger.rows[unit] ?? [];
  const rows = forger.takeLong(
    unit,
    forger.whole(Math.ceil(unitRows.length * 0.42), Math.floor(unitRows.length * 0.82)),
    length,
  );
  let count = 0;
  for (const [index, row] of rows.entries()) {
    const before = row.shown.generatedKwh ?? 0;
    scale(row, ['powerKw', 'generatedKwh'], 1 + DRIFT_END * ((index + 1) / rows.length));
    row.registerExtraKwh = (row.shown.generatedKwh ?? before) - before;
    // A set that stands still claims nothing that the drift could swell.
    if (before === 0) continue;
    row.label = label;
    count += 1;
  }
  return count;
};

/** The kinds that nobody can find from this plant's own values, and the one that takes its time. */
export const UNFINDABLE = 'fully consistent forgery';
export const SLOW = 'slow meter drift';
const THOUSANDFOLD = 'MW read as kW';
const GARBAGE = 'garbage';
/** Claims beyond all measure: left out where energies are added up, or they would be all of the sum. */
export const ABSURD: readonly string[] = [THOUSANDFOLD, GARBAGE];

/** The kinds by name. The order matters: what needs long stretches comes first. */
export const FORGERIES: Readonly<Record<string, Forgery>> = {
  [SLOW]: slowDrift,
  'stuck flow': stuck('flowM3s'),
  'stuck head': stuck('headM'),
  'stuck power': stuck('powerKw'),
  'gap filled by interpolation': interpolated,
  'replay of an earlier day': replayed(0),
  'replay with jitter': replayed(0.005),
  'generation with the gate closed': gateClosed,
  'inflated by 5 to 15 %': inflated(1.05, 1.15, ['powerKw', 'generatedKwh']),
  'inflated by 15 to 100 %': inflated(1.15, 2, ['powerKw', 'generatedKwh']),
  'energy only': inflated(1.05, 2, ['generatedKwh']),
  'flow forged to match': inflated(1.06, 1.6, ['flowM3s', 'powerKw', 'generatedKwh']),
  'head forged to match': inflated(1.05, 1.3, ['headM', 'powerKw', 'generatedKwh']),
  'above capacity': aboveCapacity,
  [UNFINDABLE]: alterEach(
    some,
    (forger) => {
      const factor = factorOf(forger, 1.06, 1.35);
      return (row) => consistent(forger, row, factor);
    },
    'followed',
  ),
  'counter rolled back': rolledBack,
  'kW read as MW': alterEach(few, () => (row) => scale(row, ['powerKw'], 0.001), 'honest'),
  [THOUSANDFOLD]: alterEach(few, () => (row) => scale(row, ['powerKw', 'generatedKwh'], 1000), 'honest'),
  'negative flow': alterEach(few, () => (row) => scale(row, ['flowM3s'], -1), 'honest'),
  [GARBAGE]: garbage,
  'text in a number': text,
  duplicate,
  'dated back': (forger, label) =>
    forger.random.next() < 0.15
      ? clockOf2000(forger, label)
      : misdated((by) => -INTERVAL_S * Math.round(factorOf(by, 12, 7000)))(forger, label),
  'dated ahead': misdated((by) => INTERVAL_S * Math.round(factorOf(by, 3, 600))),
};
