import { nextGaussian, type Random } from '../../core/model/random.ts';
import { type PlantRow, STEP_MS } from './row.ts';
import { RATED_POWER_KW } from './unit-as-built.ts';

/** What an attack may look at: the unit's rows so far, this one, and what it remembers of its own episode. */
export interface Episode {
  readonly rows: readonly PlantRow[];
  /** Index of the first row of the episode. */
  readonly from: number;
  readonly length: number;
  readonly random: Random;
  /** One number drawn for the whole episode, 0 to 1. */
  readonly dose: number;
}

/** Changes the rows `from` to `from + length` in place. */
export type Attack = (episode: Episode) => void;

type Field = 'flowM3s' | 'headM' | 'powerKw' | 'generatedKwh';

/** The register goes on from the claimed energy, as a forger would have it; what was claimed stays in it for good. */
function recount({ rows, from, length }: Episode): void {
  let shift = 0;
  let counter = fieldOf(rows[from - 1], 'counterKwh');
  for (let i = from; i < rows.length; i += 1) {
    const row = rows[i];
    if (row === undefined) return;
    if (i < from + length) {
      counter += numberOf(row.generatedKwh);
      shift = counter - numberOf(row.counterKwh);
      row.counterKwh = round(counter, 1);
    } else row.counterKwh = round(numberOf(row.counterKwh) + shift, 1);
  }
}

function numberOf(value: number | string | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function fieldOf(row: PlantRow | undefined, field: Field | 'counterKwh'): number {
  return numberOf(row?.[field]);
}

function round(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}

function each(episode: Episode, change: (row: PlantRow, at: number) => void): void {
  for (let at = 0; at < episode.length; at += 1) {
    const row = episode.rows[episode.from + at];
    if (row !== undefined) change(row, at);
  }
}

/** Decimals with which the logger writes each quantity: whoever forges a file keeps to them. */
const PLACES: Readonly<Record<Field, number>> = { flowM3s: 3, headM: 2, powerKw: 1, generatedKwh: 1 };

function scale(row: PlantRow, field: Field, factor: number): void {
  const value = row[field];
  if (typeof value === 'number') row[field] = round(value * factor, PLACES[field]);
}

function inflate(factor: number): Attack {
  return (episode) => {
    each(episode, (row) => {
      scale(row, 'powerKw', factor);
      scale(row, 'generatedKwh', factor);
    });
    recount(episode);
  };
}

/** How many days back the unit generated all through the same time of day; a replay of rest claims nothing. */
function generatingDays(episode: Episode): number {
  const first = 2 + Math.floor(20 * episode.dose);
  for (let more = 0; more < 25; more += 1) {
    const days = first + more;
    const old = Array.from({ length: episode.length }, (_none, at) => earlierRow(episode, at, days));
    if (old.every((row) => row?.status === 'generating' && numberOf(row.powerKw) > 0.2 * RATED_POWER_KW)) return days;
  }
  return first;
}

/** A day or several earlier at the same time of day, while the unit generated. */
function earlierRow({ rows, from }: Episode, at: number, days: number): PlantRow | undefined {
  return rows[from + at - days * 288];
}

function replay(jitter: number): Attack {
  return (episode) => {
    const days = generatingDays(episode);
    each(episode, (row, at) => {
      const old = earlierRow(episode, at, days);
      if (old === undefined) return;
      for (const field of ['flowM3s', 'headM', 'powerKw', 'generatedKwh'] as const) {
        const value = numberOf(old[field]) * (1 + jitter * nextGaussian(episode.random));
        row[field] = jitter === 0 ? old[field] : round(value, PLACES[field]);
      }
      row.gatePercent =
        jitter === 0 ? old.gatePercent : round((old.gatePercent ?? 0) * (1 + jitter * nextGaussian(episode.random)), 2);
      row.status = old.status;
    });
    recount(episode);
  };
}

function stuck(field: Field): Attack {
  return (episode) => {
    const held = episode.rows[episode.from - 1]?.[field];
    each(episode, (row) => {
      row[field] = held;
      if (field === 'powerKw') row.generatedKwh = round((numberOf(held) * STEP_MS) / 3_600_000, 1);
    });
    if (field === 'powerKw') recount(episode);
  };
}

const energyOnly: Attack = (episode) => {
  const factor = 1.06 + 0.6 * episode.dose;
  each(episode, (row) => scale(row, 'generatedKwh', factor));
  recount(episode);
};

const flowForged: Attack = (episode) => {
  const factor = 1.1 + 0.4 * episode.dose;
  each(episode, (row) => {
    scale(row, 'powerKw', factor);
    scale(row, 'generatedKwh', factor);
    scale(row, 'flowM3s', factor * (1 + 0.004 * nextGaussian(episode.random)));
  });
  recount(episode);
};

const headForged: Attack = (episode) => {
  const factor = 1.08 + 0.25 * episode.dose;
  each(episode, (row) => {
    scale(row, 'powerKw', factor);
    scale(row, 'generatedKwh', factor);
    scale(row, 'headM', factor);
  });
  recount(episode);
};

const fullyForged: Attack = (episode) => {
  const factor = 1.1 + 0.3 * episode.dose;
  each(episode, (row) => {
    scale(row, 'powerKw', factor);
    scale(row, 'generatedKwh', factor);
    scale(row, 'flowM3s', factor);
    if (row.gatePercent !== undefined) row.gatePercent = round(row.gatePercent * factor ** 1.15, 2);
  });
  recount(episode);
};

/** 0 to 8 % over the episode, which lasts for days. */
const drift: Attack = (episode) => {
  each(episode, (row, at) => {
    const factor = 1 + (0.08 * at) / episode.length;
    scale(row, 'powerKw', factor);
    scale(row, 'generatedKwh', factor);
  });
  recount(episode);
};

/** The same of the meter alone: the transducer goes on showing what is. */
const meterDrift: Attack = (episode) => {
  each(episode, (row, at) => scale(row, 'generatedKwh', 1 + (0.08 * at) / episode.length));
  recount(episode);
};

/** By name, for sets in which nothing else is done. */
export const DRIFTS = { 'slow drift': drift, 'slow meter drift': meterDrift } as const;

const rollback: Attack = (episode) => {
  const back = 50 + 4000 * episode.dose;
  each(episode, (row) => {
    row.counterKwh = round(numberOf(row.counterKwh) - back, 1);
  });
};

const gateClosed: Attack = (episode) => {
  each(episode, (row) => {
    row.gatePercent = round(0.3 * episode.random.next(), 2);
    row.flowM3s = round(0.02 * episode.random.next(), 3);
  });
};

const aboveCapacity: Attack = (episode) => {
  const kw = RATED_POWER_KW * (1.12 + 0.5 * episode.dose);
  each(episode, (row) => {
    row.powerKw = round(kw * (1 + 0.004 * nextGaussian(episode.random)), 1);
    row.generatedKwh = round((numberOf(row.powerKw) * STEP_MS) / 3_600_000, 1);
  });
  recount(episode);
};

const GARBAGE = ['#VALUE!', 'NaN', '-9999', 'ERR', '1e308', 'n/a', '65535'];

const garbage: Attack = (episode) => {
  each(episode, (row) => {
    const text = GARBAGE[Math.floor(GARBAGE.length * episode.random.next())] ?? 'ERR';
    const fields = ['flowM3s', 'headM', 'powerKw', 'generatedKwh'] as const;
    row[fields[Math.floor(4 * episode.random.next())] ?? 'powerKw'] = text;
  });
};

const unitSwap: Attack = (episode) => {
  const factor = episode.dose < 0.5 ? 0.001 : 1000;
  each(episode, (row) => {
    // The register of another unit shows all its digits: 3.033 MW for 3033 kW.
    row.powerKw = round(numberOf(row.powerKw) * factor, 3);
    if (episode.dose >= 0.5) scale(row, 'generatedKwh', factor);
  });
  if (episode.dose >= 0.5) recount(episode);
};

const negativeFlow: Attack = (episode) => each(episode, (row) => scale(row, 'flowM3s', -1));

/** A straight line between the rows at both ends. */
const interpolated: Attack = (episode) => {
  const first = episode.rows[episode.from - 1];
  const last = episode.rows[episode.from + episode.length];
  if (first === undefined || last === undefined) return;
  each(episode, (row, at) => {
    const t = (at + 1) / (episode.length + 1);
    for (const field of ['flowM3s', 'headM', 'powerKw', 'generatedKwh'] as const) {
      const value = numberOf(first[field]) * (1 - t) + numberOf(last[field]) * t;
      row[field] = round(value, PLACES[field]);
    }
    row.gatePercent = round((first.gatePercent ?? 0) * (1 - t) + (last.gatePercent ?? 0) * t, 2);
  });
  recount(episode);
};

function shiftTime(ms: (episode: Episode) => number): Attack {
  return (episode) => {
    const by = ms(episode);
    each(episode, (row) => {
      row.endMs += by;
    });
  };
}

/** The same interval again with what it held, received later: the caller adds the copies. */
const duplicate: Attack = () => {};

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'inflation 1.05': inflate(1.05),
  'inflation 1.1': inflate(1.1),
  'inflation 1.2': inflate(1.2),
  'inflation 1.5': inflate(1.5),
  'inflation 2': inflate(2),
  'energy only': energyOnly,
  'replay exact': replay(0),
  'replay jitter': replay(0.01),
  'stuck flow': stuck('flowM3s'),
  'stuck head': stuck('headM'),
  'stuck power': stuck('powerKw'),
  'flow forged': flowForged,
  'head forged': headForged,
  'slow drift': drift,
  'counter rollback': rollback,
  duplicate,
  'dated back': shiftTime(({ dose }) => -STEP_MS * Math.floor(12 + 3000 * dose)),
  'dated ahead': shiftTime(({ dose }) => STEP_MS * Math.floor(3 + 300 * dose)),
  'unit swap': unitSwap,
  'gate closed': gateClosed,
  'above capacity': aboveCapacity,
  garbage,
  'negative flow': negativeFlow,
  interpolated,
  'fully forged': fullyForged,
};
