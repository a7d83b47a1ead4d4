import type { Reading } from '../acquisition/reading.ts';
import type { NetEnergy } from '../ledger/month-closed.ts';
import type { Credit } from '../verification/credit.ts';

/** What the readings of one interval of the plant come to. */
interface Interval {
  creditedWh: number;
  /** Whether each of its readings is credited, or known to hold nothing. */
  isWhole: boolean;
  /** Whether plant.yaml named a meter of the plant. */
  isNamed: boolean;
  exportWh: number | undefined;
  plantImportWh: number | undefined;
  unitImportWh: number | undefined;
}

const WORDS = {
  'interface-meter': 'interface meter',
  'generator-terminals': 'generator terminals, no interface meter',
  mixed: 'interface meter where one was named, else generator terminals',
} as const;

/**
 * Energy at the interface to the grid, by the rules of `NetEnergy`: net is export less import (CDM ACM0002, parameter
 * EG_facility). Registers move in steps, so meter of the plant and units are held against each other over the month, and
 * interval by interval only where a part of an interval is not credited.
 */
export class NetSums {
  readonly #intervals = new Map<string, Interval>();

  add({ from, to, energyWh, energyImportWh, witness }: Reading, credit: Credit): void {
    const interval = this.#interval(`${from} ${to}`);
    interval.creditedWh += credit.creditedWh;
    if (credit.state !== 'credited' && energyWh !== 0) interval.isWhole = false;
    if (energyImportWh !== undefined) {
      interval.unitImportWh = (interval.unitImportWh ?? 0) + Math.max(0, energyImportWh);
    }
    if (witness === undefined) return;
    const { plantExport, plantImport, silent } = witness;
    if (plantExport !== undefined || silent?.plantExport !== undefined) interval.isNamed = true;
    // All readings of an interval say the same; of two that do not, the one that claims less is taken.
    if (plantExport !== undefined) {
      interval.exportWh = Math.min(interval.exportWh ?? plantExport.energyWh, plantExport.energyWh);
    }
    if (plantImport !== undefined) {
      interval.plantImportWh = Math.max(interval.plantImportWh ?? 0, plantImport.energyWh);
    }
  }

  toNet(): NetEnergy {
    const intervals = [...this.#intervals.values()];
    const named = intervals.filter(({ isNamed }) => isNamed);
    const others = intervals.filter(({ isNamed }) => !isNamed);
    const basis =
      named.length === 0 ? 'generator-terminals' : others.length === 0 ? 'interface-meter' : ('mixed' as const);
    const imports = intervals.map(({ plantImportWh, unitImportWh }) => plantImportWh ?? unitImportWh);
    return {
      basis,
      words: WORDS[basis],
      interfaceWh: sum(named.map(interfaceWh)),
      terminalsWh: sum(others.map(({ creditedWh }) => creditedWh)),
      importWh: sum(imports.map((importWh = 0) => Math.max(0, importWh))),
      intervals: intervals.length,
      interfaceIntervals: named.length,
      silentIntervals: named.filter(({ exportWh }) => exportWh === undefined).length,
      importIntervals: imports.filter((importWh) => importWh !== undefined).length,
    };
  }

  #interval(name: string): Interval {
    const known = this.#intervals.get(name);
    if (known !== undefined) return known;
    const fresh: Interval = {
      creditedWh: 0,
      isWhole: true,
      isNamed: false,
      exportWh: undefined,
      plantImportWh: undefined,
      unitImportWh: undefined,
    };
    this.#intervals.set(name, fresh);
    return fresh;
  }
}

/** What may be claimed: never more than the rules of credit give, and less what was imported. */
export function creditedNetWh({ interfaceWh, terminalsWh, importWh }: NetEnergy, creditedWh: number): number {
  return Math.max(0, Math.min(interfaceWh + terminalsWh, creditedWh) - importWh);
}

function interfaceWh({ exportWh = 0, isWhole, creditedWh }: Interval): number {
  const countedWh = Math.max(0, exportWh);
  return isWhole ? countedWh : Math.min(countedWh, creditedWh);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
