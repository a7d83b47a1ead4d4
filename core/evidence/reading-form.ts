import type { Reading, RegisterSpan } from '../acquisition/reading.ts';
import { isObject } from './form.ts';

const SOURCES: readonly unknown[] = ['counter', 'estimated', 'reported', undefined];
/** Far longer than a register of any meter; what is longer only takes time to compute with. */
const REGISTER_TEXT_MAX = 1000;

/** Whether `value` has the form of a reading in everything that is computed with. It may be anything that JSON can write. */
export function hasReadingForm(value: unknown): value is Reading {
  if (!isObject(value)) return false;
  const { unitId, from, to, energyWh, energyImportWh, energySource, samples, registers } = value;
  const isTimed = typeof from === 'string' && typeof to === 'string' && Date.parse(from) < Date.parse(to);
  const isMeasured = isWholeOrAbsent(energyWh) && isWholeOrAbsent(energyImportWh) && SOURCES.includes(energySource);
  return typeof unitId === 'string' && isTimed && isMeasured && areSamples(samples) && areRegisters(registers);
}

function areSamples(value: unknown): value is Reading['samples'] {
  const isSample = (sample: unknown): boolean =>
    isObject(sample) && typeof sample.digest === 'string' && Number.isSafeInteger(sample.outcomes);
  return Array.isArray(value) && value.every(isSample);
}

function areRegisters(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isObject(value) && [value.energyExport, value.energyImport].every((span) => span === undefined || isSpan(span))
  );
}

function isSpan(value: unknown): value is RegisterSpan {
  if (!isObject(value)) return false;
  const { startKwh, endKwh, events } = value;
  return isRegisterText(startKwh) && isRegisterText(endKwh) && Array.isArray(events);
}

function isRegisterText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= REGISTER_TEXT_MAX;
}

function isWholeOrAbsent(value: unknown): boolean {
  return value === undefined || Number.isSafeInteger(value);
}
