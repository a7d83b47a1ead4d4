import { z } from 'zod';
import { QUANTITIES, type Quantity } from '../model/quantity.ts';
import { parseDuration } from '../model/time.ts';
import { guaranteeSchema, indexTestSchema } from './efficiency-schema.ts';
import { hederaSchema } from './hedera-schema.ts';
import { hubSchema, proxySchema } from './hub-schema.ts';
import { linkSchema } from './link-schema.ts';
import { TURBINES } from './plant.ts';
import { receiverKeySchema } from './receiver-key.ts';
import { between, positive, signal, text } from './schema-values.ts';
import { sealSchema } from './seal-schema.ts';
import { accuracySchema, waterBandsSchema, witnessesSchema } from './site-schema.ts';

/** Everything has a maximum; a plant that needs more is one to talk about. */
export const LIMITS = {
  textBytes: 1_048_576,
  units: 64,
  devices: 256,
  timeServers: 8,
  pointsPerDevice: 2000,
  points: 20_000,
  nameLength: 100,
  unitLength: 20,
  backups: 1000,
} as const;

/** The reporting intervals that may be chosen, in milliseconds. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '10m': 600_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
};

const PERIOD_MS_MIN = 100;
const PERIOD_MS_MAX = 3_600_000;

const id = z.string(idText()).regex(/^[A-Za-z0-9_-]{1,64}$/, idText());
const name = text(`a name of 1 to ${LIMITS.nameLength} characters`, LIMITS.nameLength);

const period = z.string('a duration such as 1s or 500ms').transform((value, context) => {
  const periodMs = parseDuration(value);
  if (periodMs !== undefined && periodMs >= PERIOD_MS_MIN && periodMs <= PERIOD_MS_MAX) return periodMs;
  context.addIssue({ code: 'custom', message: `expected a duration of 100ms to 1h such as 1s, found "${value}"` });
  return z.NEVER;
});

const plant = z.strictObject({
  id,
  name,
  timezone: text('a time zone such as Asia/Kolkata', LIMITS.nameLength),
  latitude: between('a latitude in degrees, -90 to 90', -90, 90).optional(),
  longitude: between('a longitude in degrees, -180 to 180', -180, 180).optional(),
  ratedPowerKw: positive('a power in kW above 0'),
});

const signals = Object.fromEntries(Object.keys(QUANTITIES).map((quantity) => [quantity, signal.optional()])) as Record<
  Quantity,
  z.ZodOptional<typeof signal>
>;

const unit = z.strictObject({
  id,
  name: name.optional(),
  turbine: z.enum(TURBINES),
  ratedPowerKw: positive('a power in kW above 0'),
  ratedFlowM3s: positive('a flow in m3/s above 0'),
  ratedHeadM: positive('a net head in m above 0'),
  efficiency: guaranteeSchema.optional(),
  indexTest: indexTestSchema.optional(),
  intake: z.enum(['shared', 'own']).optional(),
  accuracy: accuracySchema.optional(),
  signals: z.strictObject(signals, 'a list of quantity: device/point'),
});

/** What every point has; the rest of its keys belong to the driver. */
export const pointSchema = z.looseObject({
  id,
  unit: z.string('a unit such as m3/s').max(LIMITS.unitLength, 'a unit such as m3/s').optional(),
  kind: z.enum(['gauge', 'counter', 'state']).optional(),
  modulus: z
    .union([z.int().gt(1), z.bigint().gt(1n)], 'a whole number above 1: the count at which the counter starts again')
    .transform(BigInt)
    .optional(),
  resolution: positive("the step in which the register moves, in the point's unit, above 0").optional(),
});
export const POINT_KEYS = Object.keys(pointSchema.shape);

/** `connection` and the driver's part of each point are checked by the driver's own schemas. */
const device = z.strictObject({
  id,
  driver: text('the name of a driver', LIMITS.nameLength),
  connection: z.unknown().optional(),
  // These three are gone once the template has been put in their place (expand-templates.ts).
  template: z.unknown().optional(),
  params: z.unknown().optional(),
  without: z.unknown().optional(),
  // A device that sends by itself needs neither period nor points; `findMissing` asks all others for them.
  period: period.optional(),
  points: z
    .array(pointSchema, 'a list of points')
    .min(1, 'at least one point')
    .max(LIMITS.pointsPerDevice, `at most ${LIMITS.pointsPerDevice} points`)
    .optional(),
});

const file = text('the path of a file', 1000);

const timeServer = z
  .string('the name or address of a time server')
  .regex(
    /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?$/,
    'a time server such as 192.168.10.1 or ntp.example.com',
  );

const clock = z.strictObject({
  ntp: z
    .array(timeServer, 'a list of time servers')
    .min(1, 'at least one time server')
    .max(LIMITS.timeServers, `at most ${LIMITS.timeServers} time servers`),
});

const review = z.strictObject({ fourEyes: z.boolean('true or false') }, 'review: { fourEyes: true }');

const backup = z.strictObject(
  {
    folder: z
      .string('the whole path of a folder, such as /media/usb/forebay')
      .max(1000, 'a shorter path')
      .regex(/^(?:\/|[A-Za-z]:[\\/]|\\\\)/, 'the whole path of a folder, such as /media/usb/forebay or E:\\forebay'),
    every: durationBetween('10m', '90d', 'a duration such as 1d or 6h').optional(),
    keep: z
      .int('a whole number of backups')
      .min(1, 'at least 1 backup')
      .max(LIMITS.backups, `at most ${LIMITS.backups} backups`)
      .optional(),
  },
  'backup: { folder: /media/usb/forebay, every: 1d, keep: 14 }',
);

const samples = z.strictObject(
  {
    keep: durationBetween('7d', '4000d', 'a duration such as 400d').optional(),
    maxGiB: between('a size in GiB, 0.1 to 100000', 0.1, 100_000).optional(),
  },
  'samples: { keep: 400d, maxGiB: 50 }',
);

const sync = z
  .strictObject({
    hedera: hederaSchema(sealSchema, file).optional(),
    file: z
      .strictObject({
        folder: z
          .string('the whole path of a folder, such as /media/usb/forebay')
          .max(1000, 'a shorter path')
          .regex(
            /^(?:\/|[A-Za-z]:[\\/]|\\\\)/,
            'the whole path of a folder, such as /media/usb/forebay or E:\\forebay',
          ),
        receiver: receiverKeySchema.optional(),
      })
      .optional(),
    seal: sealSchema.optional(),
    hub: hubSchema.optional(),
    proxy: proxySchema.optional(),
    link: linkSchema.optional(),
  })
  .superRefine(({ hedera: anchored, seal: sealed }, context) => {
    if (anchored?.anchor === undefined || sealed === undefined) return;
    context.addIssue({
      code: 'custom',
      message: 'expected either seal or hedera.anchor, and not both',
      path: ['seal'],
    });
  });

/** plant.yaml as the contract has it, apart from what belongs to the drivers. An unknown key is an error everywhere. */
export const plantSchema = z.strictObject(
  {
    version: z.literal(1),
    plant,
    interval: z.enum(Object.keys(INTERVALS) as [string, ...string[]]),
    units: z
      .array(unit, 'a list of units')
      .min(1, 'at least one unit')
      .max(LIMITS.units, `at most ${LIMITS.units} units`),
    devices: z
      .array(device, 'a list of devices')
      .min(1, 'at least one device')
      .max(LIMITS.devices, `at most ${LIMITS.devices} devices`),
    witnesses: witnessesSchema.optional(),
    waterBands: waterBandsSchema.optional(),
    clock: clock.optional(),
    review: review.optional(),
    backup: backup.optional(),
    samples: samples.optional(),
    sync: sync.optional(),
  },
  'a plant: version, plant, interval, units, devices',
);

export type PlantInput = z.output<typeof plantSchema>;

function idText(): string {
  return '1 to 64 letters, digits, "-" or "_"';
}

function durationBetween(least: string, most: string, expected: string) {
  const [leastMs, mostMs] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0];
  return z.string(expected).transform((value, context) => {
    const durationMs = parseDuration(value);
    if (durationMs !== undefined && durationMs >= leastMs && durationMs <= mostMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, ${least} to ${most}, found "${value}"` });
    return z.NEVER;
  });
}
