import { expect, test } from 'vitest';
import { exactEnergy, formatEnergy, formatRegister } from './energy.ts';
import { powerDigits, unitText } from './quantity.ts';

test('energy in the chosen unit, exact to the watt-hour at hand', () => {
  expect(formatEnergy(12_345_678, 'kWh')).toBe('12,345.7');
  expect(formatEnergy(12_345_678, 'MWh')).toBe('12.346');
  expect(formatEnergy(0, 'kWh')).toBe('0.0');
  expect(exactEnergy(12_345_678)).toBe('12,345,678 Wh');
});

test('decimals of a power follow the rating, and units are written as people do', () => {
  expect([2000, 250, 50].map(powerDigits)).toEqual([0, 1, 2]);
  expect(['m3/s', 'Cel', 'kW'].map(unitText)).toEqual(['m³/s', '°C', 'kW']);
});

test('a register keeps every digit it was read with', () => {
  const registers = ['4812345.40', '999', '-1234567.125', '18446744073709551615'];
  expect(registers.map(formatRegister)).toEqual([
    '4,812,345.40',
    '999',
    '-1,234,567.125',
    '18,446,744,073,709,551,615',
  ]);
});
