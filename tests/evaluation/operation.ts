import { nextGaussian, type Random } from '../../core/model/random.ts';
import type { River } from './river.ts';
import { type AsBuilt, flowThrough, openingFor, powerOf, RATED_FLOW_M3S, RATED_HEAD_M } from './unit-as-built.ts';

/** What really happened to one unit in five minutes, means over the five. */
export interface Moment {
  readonly flowM3s: number;
  readonly headM: number;
  readonly powerKw: number;
  readonly opening: number;
  readonly status: string;
}

const MINUTES = 5;
const STEPS_PER_DAY = 288;
const E_FLOW_M3S = 0.6;

interface Running {
  readonly unit: AsBuilt;
  state: 'stopped' | 'starting' | 'generating' | 'stopping' | 'tripped' | 'maintenance';
  minutesInState: number;
  target: number;
  opening: number;
  heldUntilMinute: number;
  outageFrom: number;
  outageTo: number;
  seconds: Record<string, number>;
}

/** Runs the units minute by minute: dispatch by water, curtailment by the grid, trips, outages, starts and stops. */
export function operate(units: readonly AsBuilt[], river: River, random: Random): Moment[][] {
  const steps = river.flowM3s.length;
  const running = units.map((unit) => begin(unit, steps, random));
  const moments: Moment[][] = units.map(() => []);
  const plant = {
    pondM: 0,
    clog: 0,
    wear: units.map(() => 0),
    curtailedTo: 1,
    curtailedUntil: 0,
    commit: 1,
    lastCommit: 0,
    load: 1,
  };
  for (let step = 0; step < steps; step += 1) {
    const water = river.flowM3s[step] ?? 0;
    dispatch(plant, running, water, step, random);
    weather(plant, river, step, random);
    const sums = running.map(() => ({ flow: 0, head: 0, power: 0, opening: 0 }));
    for (const each of running) each.seconds = {};
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const heads = headsOf(plant, running, water);
      for (const [u, each] of running.entries()) {
        runMinute(each, step * MINUTES + minute, heads[u] ?? RATED_HEAD_M, random);
        const head = heads[u] ?? RATED_HEAD_M;
        const flow = flowThrough(each.unit, each.opening, head);
        const sum = sums[u];
        if (sum === undefined) continue;
        sum.flow += flow / MINUTES;
        sum.head += head / MINUTES;
        sum.opening += each.opening / MINUTES;
        const isLoaded = each.state === 'generating' || each.state === 'stopping';
        sum.power += (isLoaded ? powerOf(each.unit, flow, head, plant.wear[u] ?? 0) : 0) / MINUTES;
      }
    }
    for (const [u, each] of running.entries()) {
      const sum = sums[u] ?? { flow: 0, head: 0, power: 0, opening: 0 };
      const [status = each.state] = Object.entries(each.seconds).sort((a, b) => b[1] - a[1])[0] ?? [];
      moments[u]?.push({ flowM3s: sum.flow, headM: sum.head, powerKw: sum.power, opening: sum.opening, status });
    }
  }
  return moments;
}

function begin(unit: AsBuilt, steps: number, random: Random): Running {
  const outageFrom = Math.floor((0.15 + 0.7 * random.next()) * steps);
  return {
    unit,
    state: 'stopped',
    minutesInState: 0,
    target: 0,
    opening: 0,
    heldUntilMinute: 0,
    outageFrom,
    outageTo: outageFrom + Math.floor((0.3 + 0.9 * random.next()) * STEPS_PER_DAY),
    seconds: {},
  };
}

interface PlantState {
  pondM: number;
  clog: number;
  wear: number[];
  curtailedTo: number;
  curtailedUntil: number;
  commit: number;
  lastCommit: number;
  load: number;
}

function dispatch(plant: PlantState, running: readonly Running[], water: number, step: number, random: Random): void {
  if (step >= plant.curtailedUntil) plant.curtailedTo = 1;
  if (random.next() < 0.25 / STEPS_PER_DAY) {
    plant.curtailedTo = 0.45 + 0.4 * random.next();
    plant.curtailedUntil = step + 12 + Math.floor(30 * random.next());
  }
  plant.load = 0.98 * plant.load + 0.02 * (1 + 0.25 * nextGaussian(random));
  const usable = Math.max(0, Math.min((water - E_FLOW_M3S) * plant.load, 2 * RATED_FLOW_M3S)) * plant.curtailedTo;
  const wanted = usable > 1.12 * RATED_FLOW_M3S ? 2 : usable > 0.4 * RATED_FLOW_M3S ? 1 : 0;
  if (wanted !== plant.commit && step - plant.lastCommit > 24) {
    plant.commit = wanted;
    plant.lastCommit = step;
  }
  const lead = Math.floor(step / (STEPS_PER_DAY * 7)) % 2;
  const available = running.map(
    (each) => each.state !== 'tripped' && !(step >= each.outageFrom && step < each.outageTo),
  );
  const order = [lead, 1 - lead].filter((u) => available[u]);
  const chosen = order.slice(0, plant.commit);
  for (const [u, each] of running.entries()) {
    const isOut = step >= each.outageFrom && step < each.outageTo;
    if (isOut) each.target = -1;
    else each.target = chosen.includes(u) ? Math.min(1.04 * RATED_FLOW_M3S, usable / Math.max(1, chosen.length)) : 0;
  }
}

/** Pond level, leaves on the rack, silt in the runner. */
function weather(plant: PlantState, river: River, step: number, random: Random): void {
  plant.pondM = 0.998 * plant.pondM + 0.02 * nextGaussian(random);
  plant.clog += (0.00002 + 0.0000006 * (river.turbidityNtu[step] ?? 0)) * random.next();
  if (plant.clog > 0.035 || random.next() < 1 / (6 * STEPS_PER_DAY)) plant.clog *= 0.1;
  for (const [u, wear] of plant.wear.entries()) plant.wear[u] = wear + 2.2e-9 * (river.turbidityNtu[step] ?? 0);
}

/** Net heads: pond less rack, shared penstock and own branch, above a tailwater that rises with the river. */
function headsOf(plant: PlantState, running: readonly Running[], water: number): number[] {
  const flows = running.map(({ unit, opening }) => flowThrough(unit, opening, RATED_HEAD_M));
  const total = flows.reduce((sum, flow) => sum + flow, 0);
  const gross = 100.2 + plant.pondM - 0.16 * Math.max(0, water - 6) - 0.05 * total;
  const shared = plant.clog * total ** 2 + 0.042 * total ** 2;
  return running.map(({ unit }, u) => gross - shared - unit.branchLoss * (flows[u] ?? 0) ** 2);
}

function runMinute(each: Running, minute: number, headM: number, random: Random): void {
  each.minutesInState += 1;
  const enter = (state: Running['state']): void => {
    each.state = state;
    each.minutesInState = 0;
  };
  const noLoad = 0.1;
  if (each.state === 'generating' && random.next() < 1 / (11 * 1440)) {
    enter('tripped');
    each.opening = 0;
    each.heldUntilMinute = minute + 25 + Math.floor(200 * random.next());
  } else if (each.state === 'tripped') {
    if (minute >= each.heldUntilMinute) enter('stopped');
  } else if (each.state === 'maintenance') {
    if (each.target >= 0) enter('stopped');
  } else if (each.state === 'stopped') {
    each.opening = 0;
    if (each.target < 0) enter('maintenance');
    else if (each.target > 0) enter('starting');
  } else if (each.state === 'starting') {
    each.opening = Math.min(noLoad, each.opening + 0.05);
    if (each.minutesInState >= 4) enter('generating');
  } else if (each.state === 'generating') {
    if (each.target <= 0) enter('stopping');
    else {
      const wanted = openingFor(each.unit, each.target, headM) + 0.003 * nextGaussian(random);
      each.opening += Math.max(-0.12, Math.min(0.12, wanted - each.opening)) * 0.8;
    }
  } else if (each.state === 'stopping') {
    each.opening = Math.max(0, each.opening - 0.3);
    if (each.opening === 0) enter('stopped');
  }
  each.seconds[each.state] = (each.seconds[each.state] ?? 0) + 60;
}
