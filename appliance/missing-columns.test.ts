import { expect, test } from 'vitest';
import { UNIT } from '../core/verification/readings.testing.ts';
import { missingColumnsWarning } from './missing-columns.ts';

test('one warning names every column that plant.yaml lets expect and the file does not have', () => {
  const units = [
    { ...UNIT, signals: { power: 'plc/power', energyExport: 'plc/kwh' } },
    { ...UNIT, id: 'unit2', signals: { flow: 'plc/flow' } },
  ];
  const warning = (...columns: string[]): string | undefined => missingColumnsWarning('a.csv', columns, { units });
  expect(warning('rowId', 'power_kW', 'flowRate_m3_per_s')).toBeUndefined();
  expect(warning('rowId')).toMatch(
    /^warning: a\.csv has no column flowRate_m3_per_s, power_kW, though .* names flow, power: /,
  );
  expect(missingColumnsWarning('a.csv', [], { units: [UNIT] })).toBeUndefined();
});
