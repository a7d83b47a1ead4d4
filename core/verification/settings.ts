import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LAYER_NAMES } from './verdict.ts';

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const count = z.number().int().positive();

const weightsSchema = z
  .strictObject({
    physics: share.default(0.3),
    temporal: share.default(0.25),
    environmental: share.default(0.2),
    statistical: share.default(0.15),
    consistency: share.default(0.1),
  })
  .refine((weights) => Math.abs(LAYER_NAMES.reduce((sum, name) => sum + weights[name], 0) - 1) < 1e-9, {
    message: 'the weights of the five layers must add up to 1',
  })
  .prefault({});

const waterSchema = z
  .strictObject({
    /** At 20 degrees Celsius (1000 at 4); the choice shifts power by 0.18 %. */
    densityKgM3: positive.default(998.2),
    /** Standard gravity, CGPM 1901; local gravity varies by 0.5 %. */
    gravityMS2: positive.default(9.80665),
  })
  .prefault({});

const physicsSchema = z
  .strictObject({
    /** Half width of the power check with a guarantee curve: IEC 62006 field methods reach 2 to 5 %, plus the head. */
    powerBandShare: share.min(0.05).default(0.08),
    /** The same with a textbook curve of the turbine type instead of this machine's guarantee. */
    powerBandWithoutGuaranteeShare: share.min(0.05).default(0.12),
    /** The same with a test of this unit (`indexTest`), within the flows that it covered. */
    powerBandIndexTestShare: share.min(0.05).default(0.05),
    /** Below this fraction of rated flow the band widens linearly, up to `lowLoadWideningShare` at no flow. */
    lowLoadFraction: share.default(0.5),
    lowLoadWideningShare: share.default(0.2),
    /** Differences under this share of rated power are never held against a reading. */
    powerFloorShare: share.default(0.02),
    /** Power above what the water carries is rejected from this many times the band, below it is flagged. */
    rejectBands: z.number().min(1).default(2.5),
    /** Less power than the water carries is flagged from this many bands: screens clog, machines wear. */
    deficitBands: z.number().min(1).default(1.75),
    /** Electric over hydraulic power from which no measuring error explains it (IEC 60041: 1 to 2 % overall). */
    efficiencyMax: positive.default(1.03),
    /** Continuous overload that machines of this size are built for. */
    overloadFlagShare: z.number().min(1).default(1.1),
    overloadRejectShare: z.number().min(1).default(1.25),
    /** Register against power transducer: IEC 62053 class 0.5 meter, class 0.5 transducer, sampling. */
    energyBandShare: share.default(0.02),
    energyRejectShare: share.default(0.15),
    /** Share of (greatest minus smallest power) times interval that sampling may miss at the edges of a ramp. */
    rampSamplingShare: share.default(0.05),
    /** The same of a ramp that only means show: five or more samples stand behind the mean of an interval. */
    rampUnseenShare: share.default(0.1),
    /** Standard deviations from what the unit has shown at which its twin flags, and from which it refuses a claim. */
    twinFlagSigmas: positive.default(5.5),
    twinRejectSigmas: positive.default(9),
    /** Residuals under these shares are never held against a reading: no instrument is held to less. */
    twinShareMin: share.default(0.012),
    twinEnergyShareMin: share.default(0.008),
    /** Head above what the unit has shown at its flow, share of rated head: more than a cleaned screen gives back. */
    twinHeadShareMin: share.default(0.04),
    twinRejectShare: share.default(0.03),
    /** How many times further below than above the expectation a claim may lie. */
    twinDeficitTimes: z.number().min(1).default(2),
    /** Generator nominal efficiency behind a textbook turbine curve (hydropowerlib: 0.95 to 0.985). */
    generatorEfficiency: share.default(0.965),
  })
  .prefault({});

const temporalSchema = z
  .strictObject({
    /** How far an interval's end may lie after the moment it was closed: gateway clocks are held to 1 s. */
    futureToleranceMs: z.number().min(0).default(5000),
    /** Step of power between two adjoining intervals, both generating throughout, share of rated power. */
    rampStepShare: share.default(0.6),
    /** Samples of one interval that must all be equal before a sensor that usually moves is called frozen. */
    frozenSamples: count.default(30),
    /** Different values that earlier readings hold, in the middle, before a sensor is expected to move at all. */
    frozenUsualDistinct: count.max(50).default(4),
    /** Earlier, steadily generating readings needed to know what is usual. */
    frozenReferenceReadings: count.default(12),
    /** Readings in a row with one and the same flow or power before the sensor is called stuck. */
    stuckReadings: count.max(60).default(6),
    /** The same for head, which honest coarse sensors show unchanged for long. */
    stuckHeadReadings: count.max(60).default(45),
    /** How seldom chance may repeat a value so often before the sensor is called stuck. */
    stuckChance: share.default(1e-4),
    /** Mean claim above what the unit has shown, over half a day, that is called a drift. */
    driftShare: share.default(0.01),
    /** Log odds of made up against measured values, from their scatter over the last readings, called unrest. */
    unrestLimit: positive.default(8),
  })
  .prefault({});

const environmentalSchema = z
  .strictObject({
    /** Guard bands, not limits of law: turbidity in the thousands is normal in a Himalayan monsoon. */
    phMin: z.number().default(6),
    phMax: z.number().default(9),
    turbidityNoteNtu: positive.default(100),
    waterTemperatureMinCel: z.number().default(0),
    waterTemperatureMaxCel: z.number().default(35),
    /** Score of a quantity outside its band. From 0.90 on it never takes a reading under what is approved. */
    outsideScore: z.number().min(0.9).max(1).default(0.95),
    /** Score of a quantity whose sensor shows what water cannot be. */
    impossibleScore: z.number().min(0.9).max(1).default(0.9),
  })
  .prefault({});

const statisticalSchema = z
  .strictObject({
    /** Approved, steadily generating readings needed before the layer judges. */
    readingsMin: count.default(48),
    /** Robust z-score (Iglewicz and Hoaglin 1993) at which the score begins to fall and at which it flags. */
    zNote: positive.default(4.5),
    zFlag: positive.default(7),
    /** How far over the score of one in a thousand honest readings the forest flags. */
    forestMargin: share.default(0.04),
    /** Smallest spread taken as real, share of the median, so that a quiet week makes no alarm of a busy day. */
    efficiencySpreadMinShare: share.default(0.006),
    energySpreadMinShare: share.default(0.004),
    headSpreadMinShare: share.default(0.02),
    flowPerGateSpreadMinShare: share.default(0.03),
  })
  .prefault({});

const consistencySchema = z
  .strictObject({
    /** Under this share of a rating a value counts as nothing: leakage, noise, auxiliaries. */
    idleShare: share.default(0.02),
    gateClosedPercent: z.number().min(0).default(1),
    gateSlackPercent: z.number().min(0).default(3),
    headMinShare: share.default(0.5),
    headMaxShare: z.number().min(1).default(1.2),
    flowMaxShare: z.number().min(1).default(1.2),
    /** Difference between heads of generating units on one intake, share of rated head: they differ by own losses. */
    siblingHeadShare: share.default(0.1),
    /** The same once the difference was learned: standard deviations, and a share of rated head that never counts. */
    siblingHeadSigmas: positive.default(7),
    siblingHeadShareMin: share.default(0.006),
    /** Times the limits of error of two meters, added up, by which they may differ over a single interval. */
    witnessOnceTimes: z.number().min(1).default(1.5),
    /** Times what is allowed at once from which the larger claim is refused. */
    witnessRejectTimes: z.number().min(1).default(3),
    /** Differences under this share of rated energy, or flow, of an interval are never held against a reading. */
    witnessFloorShare: share.default(0.003),
    /** Rated intervals by which a run of small differences must exceed what is allowed before it counts. */
    witnessDecisionShare: share.default(0.06),
    /** Part of the interval in which a gauge must have given values. */
    witnessCoverageMin: share.default(0.5),
    /** Standard deviations, and share of rated head, by which head may be off what the levels let expect. */
    levelSigmas: positive.default(7),
    levelShareMin: share.default(0.01),
    /** Approved, steady readings at about this flow before the levels are compared. */
    levelReadingsMin: count.default(24),
    /** Coverage below which the reading says so; energy from a register read at both ends stays complete. */
    coverageNoteShare: share.default(0.9),
  })
  .prefault({});

export const verificationSettingsSchema = z.strictObject({
  weights: weightsSchema,
  water: waterSchema,
  physics: physicsSchema,
  temporal: temporalSchema,
  environmental: environmentalSchema,
  statistical: statisticalSchema,
  consistency: consistencySchema,
  /** Earlier readings of the unit that may influence a verdict. A restart needs this many to judge the same. */
  historyReadings: count.min(61).max(10_000).default(600),
  /** Readings of which a fingerprint is kept to find replays: three years of five-minute readings. */
  replayReadings: count.max(10_000_000).default(315_360),
});

/** Weights and thresholds in force. Shares are fractions of 1; every other unit stands last in the name. */
export type VerificationSettings = Readonly<z.infer<typeof verificationSettingsSchema>>;

export const DEFAULT_SETTINGS: VerificationSettings = verificationSettingsSchema.parse({});

const digests = new WeakMap<VerificationSettings, string>();

/** `sha256:` and the digest of the settings with their keys in order, so that a verdict says what was in force. */
export function settingsDigest(settings: VerificationSettings): string {
  const known = digests.get(settings);
  if (known !== undefined) return known;
  const digest = `sha256:${createHash('sha256').update(settingsText(settings)).digest('hex')}`;
  digests.set(settings, digest);
  return digest;
}

/** The settings as canonical JSON: the text whose digest names them. */
export function settingsText(settings: VerificationSettings): string {
  return JSON.stringify(settings, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
