import { HONEST, type PlantRow, STEP_MS } from './row.ts';
import { RATED_FLOW_M3S } from './unit-as-built.ts';

export const FORGED = 'forged consistently';
const EPISODE_ROWS = 30;
/** Rows over which the claim grows, so that no step gives it away. */
const GROWING_ROWS = 8;
const EXTRA_SHARE = 0.15;
const REST_ROWS = 72;

/**
 * Forges power, flow, gate and energy of one unit together, as one does who has its history: a claim of 15 % more
 * water takes the power and gate that the unit really had at so much water and head, and its register goes on from
 * there. Head and level are left alone. Returns how many rows were forged; they carry `FORGED`.
 */
export function forgeConsistently(rows: readonly PlantRow[], unitId: string, fromMs: number): number {
  const own = rows.filter((row) => row.unitId === unitId && row.label === HONEST).sort((a, b) => a.endMs - b.endMs);
  const donors = own.filter((row) => row.endMs < fromMs && row.status === 'generating');
  let extraKwh = 0;
  let forged = 0;
  for (let at = own.findIndex(({ endMs }) => endMs >= fromMs); at < own.length; ) {
    const episode = own.slice(at, at + EPISODE_ROWS);
    const isOpen = episode.length === EPISODE_ROWS && episode.every(canBeForged);
    for (const [step, row] of episode.entries()) {
      if (isOpen) {
        extraKwh += forge(row, donors, 1 + EXTRA_SHARE * Math.min(1, (step + 1) / GROWING_ROWS));
        row.label = FORGED;
        forged += 1;
      }
      if (typeof row.counterKwh === 'number') row.counterKwh = round(row.counterKwh + extraKwh, 1);
      if (!isOpen) break;
    }
    at += isOpen ? EPISODE_ROWS : 1;
    // Most of the time the unit is left alone, or its model would follow the forgery.
    if (isOpen) {
      const rest = own.slice(at, at + REST_ROWS);
      for (const row of rest)
        if (typeof row.counterKwh === 'number') row.counterKwh = round(row.counterKwh + extraKwh, 1);
      at += rest.length;
    }
  }
  return forged;
}

function canBeForged({ status, flowM3s }: PlantRow): boolean {
  return (
    status === 'generating' &&
    typeof flowM3s === 'number' &&
    flowM3s > 0.45 * RATED_FLOW_M3S &&
    flowM3s * (1 + EXTRA_SHARE) < RATED_FLOW_M3S
  );
}

/** Returns the energy that was claimed on top of what the unit gave, kWh. */
function forge(row: PlantRow, donors: readonly PlantRow[], factor: number): number {
  const [flow, head] = [numberOf(row.flowM3s) * factor, numberOf(row.headM)];
  let nearest: PlantRow | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const donor of donors) {
    if (typeof donor.flowM3s !== 'number' || typeof donor.headM !== 'number') continue;
    const distance = 20 * Math.abs(donor.flowM3s / flow - 1) + Math.abs(donor.headM - head);
    if (distance < least) [nearest, least] = [donor, distance];
  }
  if (nearest === undefined) return 0;
  const water = flow / numberOf(nearest.flowM3s);
  const fall = head / numberOf(nearest.headM);
  const powerKw = round(numberOf(nearest.powerKw) * water * fall, 1);
  const generatedKwh = round((powerKw * STEP_MS) / 3_600_000, 1);
  const extraKwh = generatedKwh - numberOf(row.generatedKwh);
  row.flowM3s = round(flow, 3);
  row.powerKw = powerKw;
  row.generatedKwh = generatedKwh;
  row.gatePercent = round((numberOf(nearest.gatePercent) * water) / Math.sqrt(fall), 2);
  return extraKwh;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function round(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}
