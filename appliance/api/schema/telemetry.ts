import { z } from 'zod';
import { flatPushSchema, signedPushSchema } from '../../../drivers/http/telemetry-schema.ts';
import { telemetryAnchorSchema } from './anchor.ts';
import { findingSchema } from './reading.ts';

const flatExample = {
  plant_id: 'HP-001',
  device_id: 'unit1',
  timestamp: '2026-11-25T12:05:00Z',
  readings: {
    flow_rate_m3s: 2.31,
    head_height_m: 94.6,
    power_output_kw: 1893.4,
    export_counter_kwh: 1204455.75,
    status: 'generating',
  },
};

const signedExample = {
  schema_version: '1.0.0',
  device_id: 'unit1',
  timestamp: '2026-11-25T12:05:00Z',
  signature: 'base64 of 64 bytes: Ed25519 over the canonical form (RFC 8785) of this body without signature',
  readings: [
    { sensor_id: 'FT-101', type: 'flow_rate', value: 2.31, unit: 'm3/s', quality: 'good' },
    { sensor_id: 'PT-102', type: 'head_height', value: 94.6, unit: 'm', quality: 'good' },
    { sensor_id: 'JT-201', type: 'power_output', value: 1893.4, unit: 'kW', quality: 'good' },
    { sensor_id: 'JQ-202', type: 'export_counter', value: 1204455.75, unit: 'kWh', quality: 'good' },
  ],
  metadata: { nonce: '5f0c3c1e-8a0f-4e55-9c83-0d6c5d7b7b10' },
};

export const flatTelemetrySchema = flatPushSchema.meta({ id: 'FlatPush', examples: [flatExample] });
export const signedTelemetrySchema = signedPushSchema.meta({ id: 'SignedPush', examples: [signedExample] });

/** Both forms of a push, for the description of the API; the driver itself says what is wrong with a body. */
export const telemetrySchema = z.union([flatTelemetrySchema, signedTelemetrySchema]);

export const telemetryHeadersSchema = z.object({
  'x-nonce': z.string().optional().describe('A text that is never used twice for this unit'),
});

export const telemetryAnswerSchema = z
  .object({
    status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']),
    trust_score: z.number(),
    entry_index: z.number().int().describe('Index of the ledger entry that holds the reading'),
    from: z.iso.datetime().describe('Begin of the interval that the reading speaks for'),
    to: z.iso.datetime(),
    anchor: telemetryAnchorSchema,
    findings: z.array(findingSchema),
    unused: z
      .array(z.object({ field: z.string(), reason: z.string() }))
      .describe('Fields that nothing was made of; the body is kept as it came all the same'),
  })
  .meta({ id: 'TelemetryAnswer' });
