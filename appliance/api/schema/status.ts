import { z } from 'zod';
import { DEVICE_ACTIVITIES } from '../../../core/acquisition/device-health.ts';
import { WITNESS_KINDS } from '../../../core/config/witness-sources.ts';
import { FAULT_POLICIES } from '../../../core/model/fault.ts';
import { UNIT_STATES } from '../../../core/model/unit-state.ts';
import { freshnessSchema } from './freshness.ts';
import { linkSchema } from './link.ts';

const instant = z.iso.datetime().describe('ISO 8601 UTC');

export const faultSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    policy: z.enum(FAULT_POLICIES).optional().describe('What the appliance does about it'),
    hint: z.string().optional(),
  })
  .meta({ id: 'Fault' });

export const pointSchema = z
  .object({
    point: z.string().describe('device/point'),
    value: z.union([z.number(), z.string()]).optional().describe('Absent when there is none to trust'),
    unit: z.string(),
    where: z.string().optional().describe('The address on the device; left out in the stream'),
    quality: z.enum(['good', 'uncertain', 'bad', 'stale', 'missing']),
    readAt: instant.optional().describe('When the value was read'),
    deviceAt: instant.optional(),
    ageMs: z.number().int().optional(),
    staleAfterMs: z.number().int().describe('From this age on the value counts as stale'),
    fault: faultSchema.optional(),
  })
  .meta({ id: 'Point' });

export const pointListSchema = z.object({ items: z.array(pointSchema) }).meta({ id: 'PointList' });

export const unitStatusSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    turbine: z.string(),
    ratedPowerKw: z.number(),
    ratedFlowM3s: z.number(),
    ratedHeadM: z.number(),
    state: z.enum([...UNIT_STATES, 'unknown']),
    signals: z.record(z.string(), z.string()).describe('quantity to device/point'),
    energyTodayWh: z
      .number()
      .int()
      .nullable()
      .describe('Energy since local midnight that neither checks nor persons refused; null when none was measured'),
    energyTodayApprovedWh: z
      .number()
      .int()
      .nullable()
      .describe('What of it the rules of credit count now: approved by the checks, or by the persons it takes'),
    coverageToday: z.number().nullable().describe('Mean coverage of the readings since local midnight'),
    witnesses: z
      .array(
        z.object({
          kind: z.enum(WITNESS_KINDS),
          sees: z.enum(['energy', 'water', 'head']),
          points: z.array(z.string()).describe('device/point'),
          isIndependent: z.boolean().describe("Whether it comes through other devices than the unit's own values"),
          outcome: z
            .enum(['agrees', 'disagrees', 'silent'])
            .nullable()
            .describe('Of the newest reading; null without one'),
        }),
      )
      .describe('What stands beside the own instruments of the unit, as plant.yaml names it'),
    withoutWitness: z.string().nullable().describe('A sentence where nothing independent stands behind the energy'),
    freshness: freshnessSchema,
    lastVerdict: z
      .object({
        index: z.number().int(),
        to: instant,
        status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']),
        trustScore: z.number(),
        headline: z.string().nullable().describe('The gravest finding in words'),
      })
      .nullable(),
  })
  .meta({ id: 'UnitStatus' });

export const deviceStatusSchema = z
  .object({
    id: z.string(),
    driver: z.string(),
    where: z.string().describe('Its address, such as 192.0.2.10:502, unit id 3'),
    state: z.enum(['connecting', 'up', 'degraded', 'down', 'stopped']),
    activity: z.enum(DEVICE_ACTIVITIES).describe('What the poller is at'),
    since: instant,
    fault: faultSchema.optional(),
    lastGoodAt: instant.nullable(),
    periodMs: z.number().int(),
    points: z.number().int(),
    pointsGood: z.number().int(),
    attempts: z.number().int().describe('Connection attempts since the start'),
    skipped: z.number().int().describe('Polls left out because the computer slept or was too busy'),
    requests: z.number().int(),
    timeouts: z.number().int(),
    strangers: z.number().int(),
    writes: z.number().int(),
    clock: z
      .object({
        offsetMs: z.number().int().describe('Time of the device less time of this computer'),
        isWrong: z.boolean(),
        reason: z.string(),
      })
      .optional()
      .describe('Where the device gives times with its values'),
    nextAttemptAt: instant.nullable().describe('When the device is next asked, while it is left alone'),
  })
  .meta({ id: 'DeviceStatus' });

/** What failed or is not well, as it would be printed. */
const troubleSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

export const backupStatusSchema = z
  .object({
    state: z.enum(['off', 'none', 'ok', 'overdue']).describe('off: plant.yaml asks for none; none: not made yet'),
    isRunning: z.boolean(),
    folder: z.string().nullable(),
    everyMs: z.number().int().nullable(),
    keep: z.number().int().nullable(),
    lastGoodAt: instant.nullable(),
    lastGoodSize: z.number().int().nullable().describe('Entries in it'),
    lastGoodPath: z.string().nullable(),
    failures: z.number().int().describe('Attempts that failed since the start'),
    reason: z.string().describe('In words'),
    problem: troubleSchema.nullable().describe('Why the last attempt failed'),
    otherHistory: troubleSchema.nullable().describe("Another history under this ledger's key, seen among the backups"),
  })
  .meta({ id: 'BackupStatus' });

const troubleSchemaOfTarget = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

export const targetSchema = z.object({
  name: z.string(),
  state: z
    .enum(['up', 'waiting', 'down', 'unavailable', 'stopped'])
    .describe('unavailable: this version does not deliver there; stopped: no appliance runs'),
  needsPerson: z
    .boolean()
    .describe('Something waits that does not go out by itself: it is parked, or its fault does not pass alone'),
  waiting: z.number().int().describe('Batches that are not delivered and not parked'),
  unknown: z.number().int().describe('Of those, the ones that may have arrived: the target is asked first'),
  parked: z.number().int().describe('Refused batches, which wait for a person'),
  delivered: z.number().int(),
  waitingBytes: z.number().int().describe('Bytes of the messages that are not delivered'),
  oldestAt: instant.nullable().describe('Until when the oldest batch that is not delivered was sealed'),
  oldestAgeS: z.number().int().nullable().describe('Seconds since then'),
  lastContactAt: instant.nullable().describe('When the target last answered'),
  attempts: z.number().int().describe('How often something was sent or asked for since the store began'),
  retries: z.number().int().describe('Of these, how often something that had been tried before'),
  failures: z.record(z.string(), z.number().int()).describe('Failed attempts by the code of their fault'),
  success: z
    .object({ due: z.number().int(), confirmed: z.number().int() })
    .describe('Deliveries with a receipt, of those that are due: delivered, parked, or sealed more than an hour ago'),
  fault: troubleSchemaOfTarget.optional(),
  held: troubleSchemaOfTarget.optional().describe('Why nothing is tried just now, though nothing failed'),
  notice: troubleSchemaOfTarget.optional().describe('What a person should know though it holds nothing up'),
  topic: z
    .object({
      network: z.string(),
      id: z.string().nullable(),
      addressBook: z
        .object({ nodes: z.number().int(), takenAt: instant, mirror: z.string() })
        .optional()
        .describe('The newest address book of the network that a mirror gave; absent: the one that came with Forebay'),
    })
    .optional()
    .describe('Of Hedera: where the messages go; null until the topic is made. A network of its own is `private`'),
  carrier: z
    .object({
      isIn: z.boolean().nullable().describe('Whether the disk is in; null while nobody has looked'),
      isComplete: z.boolean().describe('The disk that is in holds everything that nobody confirmed yet'),
      receiver: z.string().nullable().describe('Who confirms what arrives, by plant.yaml; null: nobody'),
      received: z.number().int().describe('Delivered batches whose arrival was confirmed'),
      receivedSize: z.number().int().describe('The first so many entries of the ledger were confirmed'),
      receivedAt: instant.nullable().describe("By the receiver's clock"),
      onDisk: z
        .number()
        .int()
        .describe('Delivered batches whose arrival nobody has confirmed: on a disk, not received'),
      older: z
        .object({ count: z.number().int(), since: z.number().int().nullable() })
        .optional()
        .describe('Batches sealed before the target was added, and the first after them: only carried on request'),
      fault: troubleSchemaOfTarget.optional(),
    })
    .optional()
    .describe('Of disks that are carried by hand'),
});

export const statusSchema = z
  .object({
    plant: z.object({
      id: z.string(),
      name: z.string(),
      timezone: z.string(),
      ratedPowerKw: z.number(),
      intervalMs: z.number().int(),
      origin: z.enum(['plant', 'demo']),
      units: z.array(unitStatusSchema),
    }),
    appliance: z.object({
      version: z.string(),
      running: z.boolean(),
      mode: z.enum(['normal', 'shadow']),
      startedAt: instant.nullable(),
      url: z.string().nullable(),
      deviceKey: z.string().describe('The device public key as a C2SP verifier key'),
      did: z.string().describe('The same key as a did:key'),
      keys: z
        .array(
          z.object({
            verifierKey: z.string(),
            how: z.enum(['genesis', 'rotated', 'lost']).describe('lost: the key before does not vouch for it'),
            entryIndex: z.number().int().describe('It signs the readings after this entry'),
          }),
        )
        .describe('Every key that the ledger was signed with, oldest first'),
    }),
    devices: z.array(deviceStatusSchema),
    ledger: z.object({
      size: z.number().int(),
      root: z.string().describe('Merkle root, base64'),
      readings: z.number().int(),
      flagged: z.number().int().describe('Flagged readings since local midnight'),
      rejected: z.number().int().describe('Rejected readings since local midnight'),
      lastRecordedAt: instant.nullable(),
      checkpointAt: instant.nullable(),
      storeKey: z.string().nullable().describe('Id of the key that the store is encrypted with; null where it is not'),
      check: z
        .object({
          state: z
            .enum(['never', 'ok', 'broken', 'suspect'])
            .describe(
              'What the last whole check found; suspect while damage that the last run found is neither confirmed nor cleared',
            ),
          checkedEntries: z.number().int().nullable().describe('So far by the check that runs; null while none does'),
          lastAt: instant.nullable(),
          lastEntries: z.number().int().nullable().describe('Entries that held'),
          reason: z.string().describe('In words'),
          problem: troubleSchema.nullable().describe('The first thing that did not hold'),
        })
        .describe('The whole check that runs in the background after a start and once a day'),
    }),
    reviews: z.object({
      open: z.number().int().describe('Readings that wait for a decision that counts'),
      oldestFrom: instant.nullable().describe('Begin of the oldest interval among them'),
      fourEyes: z.boolean().describe('Whether a decision needs two persons'),
    }),
    targets: z.array(targetSchema),
    link: linkSchema.nullable().describe('The way out of the plant; null where no target lies beyond it'),
    clock: z.object({
      now: instant,
      trust: z.enum(['disciplined', 'holdover', 'suspect']),
      reason: z.string(),
      lastStepMs: z.number().int().nullable(),
      offsetMs: z
        .number()
        .int()
        .nullable()
        .describe('Time of the time servers less time of this computer; null when none spoke'),
      servers: z.array(
        z.object({ host: z.string(), state: z.string().describe('In words'), offsetMs: z.number().int().optional() }),
      ),
    }),
    disk: z.object({
      freeBytes: z.number().int(),
      totalBytes: z.number().int(),
      storeBytes: z.number().int(),
      level: z.enum(['ok', 'warn', 'critical']),
      growthBytesPerDay: z.number().int().nullable().describe('As measured; null while it is not known'),
      daysLeft: z
        .number()
        .int()
        .nullable()
        .describe(
          'Until the disk is full at that growth; null while it is not known, or where the store does not grow',
        ),
      keepsDerived: z.boolean().describe('False while nothing is kept that can be computed again'),
      keepsSamples: z.boolean().describe('False while raw samples are not kept, so that entries still are'),
      samples: z
        .object({
          bytes: z.number().int().describe('Of all kept blocks, compressed'),
          oldestFrom: z.string().nullable().describe('Begin of the oldest day of which any are kept'),
          keepDays: z.number().int(),
          maxBytes: z.number().int().nullable().describe('Above it the oldest go before their time; null: no cap'),
        })
        .describe('Raw samples, and the rule by which they are deleted once they are sealed'),
      reason: z.string().describe('In words'),
    }),
    backup: backupStatusSchema,
  })
  .meta({ id: 'Status' });
