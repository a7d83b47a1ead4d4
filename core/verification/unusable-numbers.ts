import type { Reading, Statistics } from '../acquisition/reading.ts';

/** Beyond this no quantity of a small plant lies, in any unit, and sums stay exact. */
const MAGNITUDE_MAX = 1e9;
const ENERGY_WH_MAX = 1e15;

const STATISTICS = ['powerKw', 'flowM3s', 'headM', 'gatePercent', 'waterTemperatureCel', 'ph', 'turbidityNtu'] as const;

/** Every value with which calculating makes no sense: not finite, absurdly large, a mean outside its own extremes. */
export function findUnusableNumbers(reading: Reading): { field: string; text: string }[] {
  const unusable: { field: string; text: string }[] = [];
  const refuse = (field: string, value: unknown): void => {
    unusable.push({ field, text: String(value) });
  };
  for (const name of STATISTICS) {
    const statistics = reading[name];
    if (statistics !== undefined && !isUsable(statistics)) refuse(name, describe(statistics));
  }
  const { energyWh, energyImportWh, coverage, stateSeconds } = reading;
  if (energyWh !== undefined && !isEnergy(energyWh)) refuse('energyWh', energyWh);
  if (energyImportWh !== undefined && !isEnergy(energyImportWh)) refuse('energyImportWh', energyImportWh);
  if (!isShare(coverage)) refuse('coverage', coverage);
  if (stateSeconds !== undefined) {
    for (const [state, seconds] of Object.entries(stateSeconds)) {
      if (!(seconds >= 0 && seconds <= MAGNITUDE_MAX)) refuse(`stateSeconds.${state}`, seconds);
    }
  }
  return unusable;
}

function isUsable({ mean, min, max, coverage }: Statistics): boolean {
  // Means are sums of binary fractions: they may pass an extreme by the last bits.
  const slack = 1e-9 * Math.max(Math.abs(min), Math.abs(max));
  return (
    min >= -MAGNITUDE_MAX &&
    max <= MAGNITUDE_MAX &&
    min <= max &&
    mean >= min - slack &&
    mean <= max + slack &&
    isShare(coverage)
  );
}

function isEnergy(energyWh: number): boolean {
  return Math.abs(energyWh) <= ENERGY_WH_MAX;
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

function describe({ mean, min, max, coverage }: Statistics): string {
  return `mean ${mean}, least ${min}, greatest ${max}, coverage ${coverage}`;
}
