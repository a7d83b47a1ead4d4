import type { MonthClosed, MonthSums } from '../ledger/month-closed.ts';
import type { MonthContent } from './month-sums.ts';

/** One figure of a closed month that the entries of today give otherwise. */
export interface FigureChange {
  /** Absent for a figure of the whole plant. */
  readonly unitId?: string;
  readonly name: string;
  readonly closed: number;
  readonly now: number;
}

/** What the entries give today less what was closed; empty while nothing has changed. Units first, then the plant. */
export function changesSince(closed: MonthClosed, now: MonthContent): readonly FigureChange[] {
  const units = new Set([...closed.units, ...now.units].map(({ unitId }) => unitId));
  const changes: FigureChange[] = [];
  for (const unitId of [...units].sort()) {
    const before = closed.units.find((unit) => unit.unitId === unitId);
    const after = now.units.find((unit) => unit.unitId === unitId);
    changes.push(...changed(before, after).map((change) => ({ unitId, ...change })));
  }
  const plant = (content: MonthContent): Record<string, number> => ({
    interfaceWh: content.net.interfaceWh,
    terminalsWh: content.net.terminalsWh,
    importWh: content.net.importWh,
    creditedNetWh: content.creditedNetWh,
  });
  return [...changes, ...changed(plant(closed), plant(now))];
}

/** Net energy that may be claimed beyond what was closed; negative when less may. */
export function netChangeWh(closed: MonthClosed, now: MonthContent): number {
  return now.creditedNetWh - closed.creditedNetWh;
}

type Figures = Readonly<Record<string, number>> | (MonthSums & { readonly unitId?: string });

function changed(before: Figures | undefined, after: Figures | undefined): FigureChange[] {
  const [closed, now] = [before ?? {}, after ?? {}] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys({ ...closed, ...now }).flatMap((name) => {
    const [was, is] = [closed[name] ?? 0, now[name] ?? 0];
    return typeof was === 'number' && typeof is === 'number' && was !== is ? [{ name, closed: was, now: is }] : [];
  });
}
