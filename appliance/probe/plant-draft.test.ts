import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeDraft, freeDeviceId, readPlantDraft } from './plant-draft.ts';

const DRAFT = `version: 1
# kept
plant: { id: HP-1, name: P, timezone: UTC, ratedPowerKw: 4000 }
interval: 5m
units:
  - { id: unit1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95 } # nameplate
  - { id: unit2, turbine: francis, ratedPowerKw: 1900, ratedFlowM3s: 2.4, ratedHeadM: 94, signals: { power: plc1/p } }
devices:
  - id: plc1
    driver: modbus-tcp
    connection: { host: h }
    period: 1s
    points: [{ id: p, register: holding, address: 1, type: float32, unit: kW }]
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-draft-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function draftOf(text: string, unit?: string) {
  const file = join(folder, 'draft.yaml');
  writeFileSync(file, text);
  return readPlantDraft(file, unit);
}

test('the proposal joins the draft: comments stay, signals that are there win, the id is free', () => {
  const draft = draftOf(DRAFT, 'unit1');
  expect(draft.ratings).toEqual({ ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95 });
  expect(freeDeviceId(draft)).toBe('plc2');
  const device = {
    id: 'plc2',
    driver: 'modbus-tcp',
    connection: { host: 'k' },
    period: '1s',
    template: 'generic-hydro-plc@1',
  };
  const completed = completeDraft(draft, { device, signals: { flow: 'flow', power: 'power' } });
  expect(completed.mistakes).toEqual([]);
  expect(completed.text).toContain('# kept');
  expect(completed.text).toContain('# nameplate');
  expect(completed.text).toContain('flow: plc2/flow');
  const other = completeDraft(draftOf(DRAFT, 'unit2'), { device, signals: { power: 'power' } });
  expect(other.text).toContain('power: plc1/p');
  expect(other.text).not.toContain('plc2/power');
});

test('what the draft lacks is said as the line that is wrong', () => {
  const draft = draftOf(DRAFT.replace('timezone: UTC', 'timezone: Mars'), 'unit1');
  const device = { id: 'plc2', driver: 'modbus-tcp', connection: {}, period: '1s', template: 'generic-hydro-plc@1' };
  const { mistakes } = completeDraft(draft, { device, signals: {} });
  expect(mistakes.join('\n')).toMatch(/CFG_TIMEZONE.*\n?.*CFG_MISSING|CFG_MISSING[\s\S]*CFG_TIMEZONE/);
});

test.each([
  ['units: []', undefined, /has 0 units/],
  [DRAFT, undefined, /has 2 units/],
  [DRAFT, 'unit3', /no unit "unit3"/],
  [DRAFT.replace('ratedHeadM: 95', 'ratedHeadM: high'), 'unit1', /no ratings/],
])('a draft without the unit or its ratings is refused', (text, unit, sentence) => {
  expect(() => draftOf(text, unit)).toThrow(sentence);
});
