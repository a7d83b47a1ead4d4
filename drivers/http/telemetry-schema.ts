import { z } from 'zod';

/** Fields in one push; a unit has a few dozen. */
const FIELDS_MAX = 500;
const NAME_MAX = 128;
const TEXT_MAX = 512;

const name = (what: string) => z.string(what).min(1, what).max(NAME_MAX, what);
const timestamp = z
  .string('a time such as 2026-11-25T12:05:00Z')
  .max(64)
  .describe('End of the interval, ISO 8601 with Z or offset');
const value = z.union([z.number(), z.string().max(TEXT_MAX), z.null()], 'a number, a text for a state, or null');
const metadata = z
  .record(z.string(), z.unknown(), 'a group of keys')
  .describe('What the sender wants to keep with the push. `nonce`: a text that is never used twice')
  .optional();

export const flatPushSchema = z.strictObject(
  {
    plant_id: name('the id of the plant'),
    device_id: name('the id of the unit').describe('The id of the unit in plant.yaml'),
    timestamp: timestamp.optional(),
    readings: z
      .record(z.string().max(NAME_MAX), value, 'a group of fields, such as { "power_output_kw": 1800 }')
      .refine((fields) => Object.keys(fields).length <= FIELDS_MAX, `expected at most ${FIELDS_MAX} fields`)
      .describe('Fields by name; the unit is part of the name. null where there is no value'),
    metadata,
  },
  'an object with plant_id, device_id and readings',
);

const signedItem = z.strictObject(
  {
    sensor_id: name('the id of the sensor'),
    type: name('what is measured, such as flow_rate'),
    value,
    unit: z.string('a unit such as kW').max(NAME_MAX).optional().describe('Needed for every number'),
    quality: z.string('good, uncertain or bad').max(NAME_MAX).optional().describe('good, uncertain or bad'),
  },
  'an object with sensor_id, type, value, unit and quality',
);

export const signedPushSchema = z.strictObject(
  {
    schema_version: z.literal('1.0.0'),
    plant_id: name('the id of the plant').optional(),
    device_id: name('the id of the unit').describe('The id of the unit in plant.yaml'),
    timestamp,
    signature: z
      .string('a signature, base64')
      .max(TEXT_MAX)
      .optional()
      .describe('Over the canonical form (RFC 8785) of the body without this key'),
    readings: z.array(signedItem, 'a list of readings').max(FIELDS_MAX, `at most ${FIELDS_MAX} readings`),
    metadata,
  },
  'an object with schema_version, device_id, timestamp and readings',
);

export type FlatPush = z.output<typeof flatPushSchema>;
export type SignedPush = z.output<typeof signedPushSchema>;
