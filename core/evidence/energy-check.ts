import type { Reading, RegisterSpan } from '../acquisition/reading.ts';
import { add, type Decimal, floor, multiply, parseDecimal } from '../model/decimal.ts';

const WH_PER_KWH: Decimal = { digits: 1000n, places: 0 };

export type EnergyOutcome = 'agrees' | 'differs' | 'not-computable';

/**
 * Whether a reading's energy is the difference of the registers that it names. Each amount is a difference of the
 * running total rounded down, so it is that difference rounded down or up. Where the register did anything but count
 * (a wrap, a reset, an exchanged meter), the two ends alone do not give the energy.
 */
export function checkEnergy(
  { registers, energySource }: Pick<Reading, 'registers' | 'energySource'>,
  quantity: 'energyExport' | 'energyImport',
  energyWh: number | undefined,
): EnergyOutcome {
  const span = registers?.[quantity];
  if (span === undefined || energyWh === undefined) return 'not-computable';
  if (quantity === 'energyExport' && energySource !== 'counter') return 'not-computable';
  return agrees(span, energyWh);
}

function agrees({ startKwh, endKwh, events }: RegisterSpan, energyWh: number): EnergyOutcome {
  if (!Array.isArray(events) || events.length > 0) return 'not-computable';
  const [start, end] = [parseDecimal(startKwh), parseDecimal(endKwh)];
  if (start === undefined || end === undefined) return 'differs';
  const counted = multiply(add(end, { digits: -start.digits, places: start.places }), WH_PER_KWH);
  const low = floor(counted);
  const isWhole = low * 10n ** BigInt(counted.places) === counted.digits;
  const energy = BigInt(energyWh);
  return energy === low || (!isWhole && energy === low + 1n) ? 'agrees' : 'differs';
}
