import { expect, it } from 'vitest';
import { UNIT } from '../readings.testing.ts';
import { understandRow } from './replay-row.ts';
import { statedSteps } from './witness-columns.ts';

const ROW = { rowId: '1', timestamp: '2026-06-01T10:05:00Z', deviceId: 'unit1', generatedKwh: '134.4' };
const witnessOf = (more: Record<string, string>, steps = {}) =>
  understandRow({ ...ROW, ...more }, 'HP-TEST', 300_000, steps)?.reading.witness;

it('takes what stands beside the unit in its row, and nothing where nothing stands', () => {
  expect(witnessOf({})).toBeUndefined();
  expect(witnessOf({ checkGeneratedKwh: '' })).toBeUndefined();
  expect(witnessOf({ checkGeneratedKwh: '134.1', plantImportKwh: '0', headwaterLevel_m: '456.21' })).toEqual({
    energyExportCheck: { energyWh: 134_100, resolutionKwh: 0.1 },
    plantImport: { energyWh: 0, resolutionKwh: 1 },
    headwaterLevelM: { mean: 456.21, min: 456.21, max: 456.21, coverage: 1 },
  });
});

it('makes a witness silent by text, and leaves the reading alone', () => {
  const understood = understandRow({ ...ROW, checkGeneratedKwh: 'n/a', inflow_m3_per_s: '#REF!' }, 'HP-TEST', 300_000);
  expect(understood?.unreadable).toEqual({});
  expect(understood?.reading.witness).toEqual({
    silent: { energyExportCheck: 'VER_VALUE_INVALID', inflow: 'VER_VALUE_INVALID' },
  });
});

it('knows a coarse register by what plant.yaml states of it', () => {
  const point = { id: 'out', ref: 'grid/out', unit: 'MWh', kind: 'counter', resolution: 0.01, settings: {} } as const;
  const steps = statedSteps(
    {
      devices: [{ id: 'grid', driver: 'modbus-tcp', connection: {}, periodMs: 1000, points: [point] }],
      witnesses: { meter: { energyExport: 'grid/out', class: '0.2S', lossPercent: 1, auxiliariesKw: 0 } },
    },
    UNIT,
  );
  expect(steps).toEqual({ plantExport: 10 });
  expect(witnessOf({ plantExportKwh: '240' }, steps)).toEqual({
    plantExport: { energyWh: 240_000, resolutionKwh: 10 },
  });
});
