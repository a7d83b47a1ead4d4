import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drivers } from '../../appliance/drivers.ts';
import { pushBlock } from '../../appliance/push-block.ts';
import { pushedUnits } from '../../appliance/pushed-units.ts';
import type { BundleReport } from '../../core/evidence/verify-bundle.ts';
import { present } from '../../core/model/assert.ts';
import type { Json } from '../../core/model/json.ts';
import { decodePush } from '../../drivers/http/decode-push.ts';
import { readPush } from '../../drivers/http/read-push.ts';
import { PERIOD } from '../fixtures/evidence-plant.ts';
import { configOf } from '../fixtures/push-plant.ts';
import { verifyBlock } from '../fixtures/samples-bundle.ts';

const RATINGS = 'turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95';
/** A unit whose fields the table knows, and one whose register and states are listed. */
const PLANT = `version: 1
plant: { id: HP-PUSH, name: Push, timezone: Asia/Kolkata, ratedPowerKw: 4000 }
interval: 5m
units:
  - { id: unit1, ${RATINGS}, signals: { flow: scada/flow_rate_m3s, head: scada/head_height_m, power: scada/power_output_kw, energyExport: scada/export_counter_kwh, status: scada/status } }
  - { id: unit2, ${RATINGS}, signals: { flow: scada/flow_lps, power: scada/power_output_mw, energyExport: scada/meter_kwh, status: scada/run_state } }
devices:
  - id: scada
    driver: http
    points:
      - { id: meter_kwh, unit: kWh, kind: counter, modulus: 100000000 }
      - { id: run_state, map: { 0: stopped, 2: generating } }
`;

test.each<[string, string, Json]>([
  [
    'fields of the table, in the flat form',
    'unit1',
    { flow_rate_m3s: 2.31, power_output_kw: 0, export_counter_kwh: 1_204_455.75, status: 'Generating' },
  ],
  [
    'a listed register and mapped states',
    'unit2',
    { flow_lps: 2310, power_output_mw: 1.8934, meter_kwh: 88_120.5, run_state: 2 },
  ],
  [
    'units beside the values, which are converted',
    'unit1',
    [
      { sensor_id: 'FT-1', type: 'flow_rate', value: 8316, unit: 'm³/h' },
      { sensor_id: 'JT-3', type: 'power_output', value: 1.8934, unit: 'MW' },
      { sensor_id: 'JQ-4', type: 'export_counter', value: 1204.4557501, unit: 'MWh' },
      { sensor_id: 'ST-5', type: 'status', value: 'tripped' },
    ],
  ],
])('a push with a register makes a valid bundle with samples: %s', async (_, unitId, readings) => {
  const report = await verifyPush(unitId, readings);
  // Each push leaves one field out, where its unit has one more.
  const samples = { blocks: 1, samples: unitId === 'unit1' ? 5 : 4, decoded: 4, undecoded: 0 };
  expect(report).toMatchObject({ outcome: 'valid', facts: { samples } });
});

async function verifyPush(unitId: string, readings: Json): Promise<BundleReport> {
  const unit = present(
    pushedUnits(configOf(PLANT), drivers).find((each) => each.unit.id === unitId),
    unitId,
  );
  const signed = Array.isArray(readings) ? { schema_version: '1.0.0', timestamp: '2026-06-01T03:05:00Z' } : {};
  const body = Buffer.from(JSON.stringify({ plant_id: 'HP-PUSH', device_id: unitId, ...signed, readings }), 'utf8');
  const push = readPush(body);
  if (push.kind === 'refused') throw new Error(JSON.stringify(push));
  const toMs = PERIOD.fromMs + 300_000;
  const decoded = decodePush(push, unit.points, { receivedAtMs: toMs });
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded));
  const { outcomes } = decoded;
  const times = { fromMs: PERIOD.fromMs, toMs, receivedAtMs: toMs };
  const folder = mkdtempSync(join(tmpdir(), 'forebay-pushed-'));
  try {
    return await verifyBlock(folder, pushBlock(unit, { ...times, outcomes, body, nonce: undefined }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
