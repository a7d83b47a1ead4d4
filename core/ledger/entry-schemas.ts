import { z } from 'zod';
import { COUNTER_EVENT_KINDS } from '../acquisition/reading.ts';
import { DELIVERY_SCHEMAS } from './delivery-schemas.ts';
import type { Entry, EntryKind } from './entry.ts';
import { keyBodySchema } from './key-entry.ts';
import { MINT_SCHEMAS } from './mint-schemas.ts';
import { MONTH_SCHEMAS } from './month-schema.ts';

/**
 * The form of every body that was ever written, by kind and version. Members that a schema does not name are let
 * through: an addition that changes no meaning keeps the version, and a checker of today reads it tomorrow. What a member
 * means, and what kind of value it is, never changes within a version.
 */
const text = z.string();
const count = z.int().min(0);
const instant = z.iso.datetime();
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const taggedDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);

const statistics = z.looseObject({
  mean: z.number(),
  min: z.number(),
  max: z.number(),
  coverage: share,
  samples: count.optional(),
  distinct: count.optional(),
  uncertain: share.optional(),
});

const register = { startKwh: decimal, startAt: instant, endKwh: decimal, endAt: instant };
const registerSpan = z.looseObject({
  ...register,
  events: z.array(
    z.looseObject({
      kind: z.enum(COUNTER_EVENT_KINDS),
      at: instant,
      fromKwh: decimal,
      toKwh: decimal,
      times: count.optional(),
    }),
  ),
});
const uncounted = z.looseObject({ ...register, reason: text });

const readingV1 = z.looseObject({
  v: z.literal(1),
  plantId: text,
  unitId: text,
  from: instant,
  to: instant,
  origin: z.enum(['plant', 'demo']),
  energyWh: z.int().optional(),
  energyImportWh: z.int().optional(),
  energySource: z.enum(['counter', 'estimated', 'reported']).optional(),
  registers: z.looseObject({ energyExport: registerSpan.optional(), energyImport: registerSpan.optional() }).optional(),
  uncounted: z.looseObject({ energyExport: uncounted.optional(), energyImport: uncounted.optional() }).optional(),
  powerKw: statistics.optional(),
  flowM3s: statistics.optional(),
  headM: statistics.optional(),
  gatePercent: statistics.optional(),
  waterTemperatureCel: statistics.optional(),
  ph: statistics.optional(),
  turbidityNtu: statistics.optional(),
  stateSeconds: z.record(text, z.number()).optional(),
  coverage: share,
  uncertain: share.optional(),
  gaps: z.array(z.looseObject({ from: instant, to: instant, reason: text })),
  clock: z.enum(['disciplined', 'holdover', 'suspect']),
  samples: z.array(z.looseObject({ device: text, digest: text, outcomes: count })),
  push: z
    .looseObject({
      receivedAt: instant,
      form: z.enum(['flat', 'signed']),
      timeFrom: z.enum(['sender', 'appliance']),
      bodySha256: sha256,
      signedBy: text.optional(),
      nonce: text.optional(),
    })
    .optional(),
});

const verdictV1 = z.looseObject({
  status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']),
  trustScore: share,
  layers: z.array(
    z.looseObject({
      layer: text,
      outcome: z.enum(['pass', 'abstain', 'flag', 'reject']),
      score: share.optional(),
      weight: z.number(),
      reason: text.optional(),
    }),
  ),
  findings: z.array(
    z.looseObject({
      code: text,
      layer: text,
      severity: z.enum(['note', 'flag', 'reject']),
      message: text,
      action: text,
      evidence: z.record(text, z.union([z.number(), text])),
    }),
  ),
  engine: z.looseObject({ version: text, config: text, model: text.optional() }),
});

const gapCommon = { unitId: text, from: instant, to: instant, reason: text };
const gapV1 = z.looseObject({ ...gapCommon, treatment: z.enum(['counter-difference', 'not-credited']) });
const gapV2 = z.looseObject({
  v: z.literal(2),
  ...gapCommon,
  reasons: z.record(text, z.number()).optional(),
  treatment: z.enum(['counter-difference', 'not-credited', 'not-known-yet']),
  energyWh: z.int().optional(),
  reading: count.optional(),
  event: text.optional(),
  missingSeconds: z.number().min(0).optional(),
  periodMs: count.optional(),
  runs: z.array(count).optional(),
});

const trustWord = z.enum(['disciplined', 'suspect', 'holdover']);
const clockV1 = z.looseObject({
  now: instant,
  reason: text,
  trust: trustWord.optional(),
  from: trustWord.optional(),
  stepMs: z.int().optional(),
  device: text.optional(),
  devices: z.record(text, z.int()).optional(),
  offsetMs: z.number().optional(),
  boundMs: z.number().optional(),
  servers: count.optional(),
});

const meterV1 = z.looseObject({
  v: z.literal(1),
  event: z.enum(['exchange', 'reset']),
  point: text,
  unitId: text,
  quantity: text,
  at: instant,
  finalKwh: decimal,
  initialKwh: decimal,
  reason: text.optional(),
  by: text,
  account: z.looseObject({ name: text, role: text }),
  counted: z.enum(['in-reading', 'in-entry']),
  lastKwh: decimal,
  lastAt: instant,
  energyWh: z.int().optional(),
  explains: text.optional(),
  firstKwh: decimal.optional(),
  firstAt: instant.optional(),
});

const meterV2 = z.looseObject({
  v: z.literal(2),
  event: z.literal('withdraw'),
  withdraws: count,
  point: text,
  unitId: text,
  quantity: text,
  at: instant,
  reason: text.optional(),
  by: text,
  account: z.looseObject({ name: text, role: text }),
});

const modelV1 = z.looseObject({
  v: z.literal(1),
  unitId: text,
  digest: taggedDigest,
  trainedFrom: text,
  trainedTo: text,
  readings: count,
  basis: taggedDigest,
  reason: z.enum(['commissioning', 'retraining', 'rollback']),
  by: text,
  reviewed: z.looseObject({ approved: count, rejected: count }).optional(),
});

const restoreV1 = z.looseObject({
  v: z.literal(1),
  by: text,
  restoredAt: instant,
  backup: taggedDigest,
  size: count,
  root: text,
  replaced: z
    .looseObject({
      state: z.enum(['sound', 'damaged']),
      ledger: sha256.optional(),
      size: count.optional(),
      root: text.optional(),
    })
    .nullable(),
});

const salvageV1 = z.looseObject({
  v: z.literal(1),
  salvagedAt: instant,
  cause: text,
  damaged: taggedDigest.nullable(),
  size: count,
  root: text,
  ends: text,
  unsigned: count,
  signedSize: count,
  beyond: count,
  blocks: count,
});

/** Every kind of entry with every version of its body. A kind without a schema does not compile. */
export const ENTRY_SCHEMAS: Readonly<Record<EntryKind, Readonly<Record<number, z.ZodType>>>> = {
  genesis: { 1: z.looseObject({ plantId: text, deviceKey: text, version: text, origin: z.enum(['plant', 'demo']) }) },
  configuration: { 1: z.looseObject({ plantId: text, sha256, text }) },
  reading: { 1: z.looseObject({ reading: readingV1, signature: text, verdict: verdictV1 }) },
  gap: { 1: gapV1, 2: gapV2 },
  start: { 1: z.looseObject({ version: text, mode: z.enum(['normal', 'shadow']), runId: text }) },
  stop: { 1: z.looseObject({ reason: text }) },
  clock: { 1: clockV1 },
  trust: {
    1: z.looseObject({
      device: text,
      endpoint: text,
      thumbprint: z.string().regex(/^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/),
      subject: text.nullable(),
      validTo: instant.nullable(),
      by: text,
    }),
  },
  meter: { 1: meterV1, 2: meterV2 },
  model: { 1: modelV1 },
  review: {
    1: z.looseObject({
      v: z.literal(1),
      readingIndex: count,
      unitId: text,
      decision: z.enum(['approve', 'reject']),
      reason: text,
      by: text,
      account: text,
      role: text,
      fourEyes: z.boolean(),
    }),
  },
  key: { 1: keyBodySchema },
  restore: { 1: restoreV1 },
  salvage: { 1: salvageV1 },
  samples: {
    1: z.looseObject({
      v: z.literal(1),
      event: z.enum(['stopped', 'resumed', 'dropped', 'pruned']),
      from: instant,
      to: instant.optional(),
      reason: z.enum(['disk-full', 'memory', 'age', 'size']),
      blocks: count.optional(),
      bytes: count.optional(),
    }),
  },
  'month-closed': MONTH_SCHEMAS,
  ...MINT_SCHEMAS,
  ...DELIVERY_SCHEMAS,
};

/** Why the entry's body has not the form of its kind and version, as the end of a sentence; undefined when it has. */
export function bodyTrouble({ kind, body }: Entry, version: number): string | undefined {
  const result = ENTRY_SCHEMAS[kind][version]?.safeParse(body);
  if (result?.success !== false) return undefined;
  const [issue] = result.error.issues;
  return `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'malformed'}`;
}
