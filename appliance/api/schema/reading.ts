import { z } from 'zod';
import { COUNTER_EVENT_KINDS } from '../../../core/acquisition/reading.ts';
import { WITNESS_KINDS } from '../../../core/config/witness-sources.ts';
import { LAYER_NAMES } from '../../../core/verification/verdict.ts';
import { anchorSchema } from './anchor.ts';
import { creditSchema, reviewStandingSchema } from './standing.ts';

const instant = z.iso.datetime().describe('ISO 8601 UTC');

export const statisticsSchema = z
  .object({
    mean: z.number(),
    min: z.number(),
    max: z.number(),
    coverage: z.number().describe('Share 0..1 of poll slots with a usable value'),
    samples: z.number().int().optional().describe('Number of usable values'),
    distinct: z.number().int().optional().describe('Different values among them, counted up to 50'),
    uncertain: z.number().optional().describe('Share 0..1 of values that were uncertain; absent when none'),
  })
  .meta({ id: 'Statistics' });

export const gapSchema = z.object({ from: instant, to: instant, reason: z.string() }).meta({ id: 'Gap' });

const counterEventSchema = z.object({
  kind: z.enum(COUNTER_EVENT_KINDS),
  at: instant,
  fromKwh: z.string(),
  toKwh: z.string(),
  times: z.number().int().optional().describe('How often it happened; absent for once'),
});

export const registerSpanSchema = z
  .object({
    startKwh: z.string(),
    startAt: instant,
    endKwh: z.string(),
    endAt: instant,
    events: z.array(counterEventSchema),
  })
  .meta({ id: 'RegisterSpan' });

export const uncountedRegisterSchema = z
  .object({
    startKwh: z.string(),
    startAt: instant,
    endKwh: z.string(),
    endAt: instant,
    reason: z.string().describe('ACQ_COUNTER_BEGINS for the very first value, else why it is not believed'),
  })
  .meta({ id: 'UncountedRegister' });

export const findingSchema = z
  .object({
    code: z.string(),
    layer: z.enum(LAYER_NAMES),
    severity: z.enum(['note', 'flag', 'reject']),
    message: z.string(),
    action: z.string(),
    evidence: z.record(z.string(), z.union([z.number(), z.string()])),
  })
  .meta({ id: 'Finding' });

export const layerOutcomeSchema = z
  .object({
    layer: z.enum(LAYER_NAMES),
    outcome: z.enum(['pass', 'abstain', 'flag', 'reject']),
    score: z.number().optional(),
    weight: z.number(),
    reason: z.string().optional(),
  })
  .meta({ id: 'LayerOutcome' });

export const witnessOutcomeSchema = z
  .object({
    kind: z.enum(WITNESS_KINDS),
    sees: z.enum(['energy', 'water', 'head']).describe('What of the claim it can contradict'),
    isIndependent: z.boolean().describe("Whether it comes through other devices than the unit's own values"),
    outcome: z.enum(['agrees', 'disagrees', 'silent']),
    reason: z.string().optional().describe('Why it is silent'),
  })
  .meta({ id: 'WitnessOutcome' });

const countedWitnessSchema = z
  .object({
    energyWh: z.number().int(),
    register: registerSpanSchema.optional(),
    resolutionKwh: z.number(),
    uncertain: z.number().optional(),
  })
  .meta({ id: 'CountedWitness' });

const witnessValuesSchema = z
  .object({
    energyExportCheck: countedWitnessSchema.optional(),
    plantExport: countedWitnessSchema.optional(),
    plantImport: countedWitnessSchema.optional(),
    headwaterLevelM: statisticsSchema.optional(),
    tailwaterLevelM: statisticsSchema.optional(),
    inflowM3s: statisticsSchema.optional(),
    spillM3s: statisticsSchema.optional(),
    environmentalFlowM3s: statisticsSchema.optional(),
    silent: z.record(z.string(), z.string()).optional().describe('Signal to the code of why it gave nothing'),
  })
  .meta({ id: 'WitnessValues' });

export const verdictSchema = z
  .object({
    status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']),
    trustScore: z.number(),
    layers: z.array(layerOutcomeSchema),
    findings: z.array(findingSchema),
    witnesses: z
      .array(witnessOutcomeSchema)
      .optional()
      .describe("What each source beside the unit's own instruments said; absent in verdicts before engine 1.4"),
    engine: z.object({
      version: z.string(),
      config: z.string().describe('Digest of the thresholds and weights'),
      model: z.string().optional().describe("Digest of the unit's model; absent when none was in force"),
    }),
  })
  .meta({ id: 'Verdict' });

export const readingSchema = z
  .object({
    index: z.number().int().describe('Index of the ledger entry'),
    recordedAt: instant,
    v: z.literal(1),
    plantId: z.string(),
    unitId: z.string(),
    from: instant,
    to: instant,
    origin: z.enum(['plant', 'demo']),
    energyWh: z.number().int().optional(),
    energyImportWh: z.number().int().optional(),
    energySource: z.enum(['counter', 'estimated', 'reported']).optional(),
    registers: z
      .object({ energyExport: registerSpanSchema.optional(), energyImport: registerSpanSchema.optional() })
      .optional(),
    uncounted: z
      .object({ energyExport: uncountedRegisterSchema.optional(), energyImport: uncountedRegisterSchema.optional() })
      .optional()
      .describe('Registers that were read and of which nothing is counted'),
    powerKw: statisticsSchema.optional(),
    flowM3s: statisticsSchema.optional(),
    headM: statisticsSchema.optional(),
    gatePercent: statisticsSchema.optional(),
    waterTemperatureCel: statisticsSchema.optional(),
    ph: statisticsSchema.optional(),
    turbidityNtu: statisticsSchema.optional(),
    stateSeconds: z.record(z.string(), z.number()).optional(),
    breakerSeconds: z.record(z.string(), z.number()).optional(),
    coverage: z.number(),
    uncertain: z.number().optional().describe('Share 0..1 of covered slots with an uncertain value; absent when none'),
    gaps: z.array(gapSchema),
    clock: z.enum(['disciplined', 'holdover', 'suspect']),
    samples: z.array(z.object({ device: z.string(), digest: z.string(), outcomes: z.number().int() })),
    witness: witnessValuesSchema.optional().describe('What was measured beside the unit; none of it is credited'),
    push: z
      .object({
        receivedAt: instant,
        form: z.enum(['flat', 'signed']),
        timeFrom: z.enum(['sender', 'appliance']),
        bodySha256: z.string(),
        signedBy: z.string().optional(),
        nonce: z.string().optional(),
      })
      .optional()
      .describe('Present when the reading was pushed and not polled'),
    signature: z.string().describe('Ed25519 by the device key over the canonical reading, base64'),
    verdict: verdictSchema,
    review: reviewStandingSchema,
    credit: creditSchema.describe('What of the exported energy is credited; import is for the report to deduct'),
    anchor: anchorSchema,
  })
  .meta({ id: 'Reading' });

export const readingPageSchema = z
  .object({ items: z.array(readingSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'ReadingPage' });

export const batchReadingsSchema = z
  .object({
    items: z.array(readingSchema),
    nextAfter: z.number().int().nullable().describe('`after` of the next page'),
  })
  .meta({ id: 'BatchReadings' });

export const readingQuerySchema = z.object({
  unit: z.string().optional(),
  from: instant.optional().describe('Readings whose interval ends after this'),
  to: instant.optional().describe('Readings whose interval begins before this'),
  status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']).optional(),
  order: z.enum(['asc', 'desc']).default('asc').describe('By interval begin'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
});
