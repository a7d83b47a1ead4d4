import { formatNumber } from './number.ts';

export type EnergyUnit = 'kWh' | 'MWh';

const DIGITS: Record<EnergyUnit, number> = { kWh: 1, MWh: 3 };
const WATT_HOURS: Record<EnergyUnit, number> = { kWh: 1e3, MWh: 1e6 };

/** Whole watt-hours in the unit the reader chose, without the unit's name. */
export function formatEnergy(energyWh: number, unit: EnergyUnit): string {
  return formatNumber(energyWh / WATT_HOURS[unit], DIGITS[unit]);
}

/** A meter register as read, every digit of it, with grouped thousands. */
export function formatRegister(kwh: string): string {
  const [whole = '', ...rest] = kwh.split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...rest].join('.');
}

/** The exact figure behind a rounded one. */
export function exactEnergy(energyWh: number): string {
  return `${formatNumber(energyWh)} Wh`;
}
