import type { BreakerState } from '../model/breaker-state.ts';
import type { UnitState } from '../model/unit-state.ts';

/**
 * What one unit did in one interval `[from, to)`. Plain JSON: its canonical form (RFC 8785) is what the device key
 * signs, so every field is a string, a finite number or a list of these. Absent means not measured; 0 means zero.
 */
export interface Reading {
  readonly v: 1;
  readonly plantId: string;
  readonly unitId: string;
  /** ISO 8601 UTC, aligned to the plant's interval. */
  readonly from: string;
  readonly to: string;
  /** `demo` can never be anchored on mainnet or credited. */
  readonly origin: 'plant' | 'demo';
  /** Whole watt-hours exported, rounded down; absent when no energy could be established. */
  readonly energyWh?: number;
  readonly energyImportWh?: number;
  /**
   * `counter`: difference of the meter's register. `estimated`: power times time. `reported`: what the sender of a push
   * says that the interval gave. Neither of the last two is ever credited by itself.
   */
  readonly energySource?: 'counter' | 'estimated' | 'reported';
  readonly registers?: { readonly energyExport?: RegisterSpan; readonly energyImport?: RegisterSpan };
  /** Registers that were read and of which nothing could be counted; absent when there are none. */
  readonly uncounted?: { readonly energyExport?: UncountedRegister; readonly energyImport?: UncountedRegister };
  readonly powerKw?: Statistics;
  readonly flowM3s?: Statistics;
  readonly headM?: Statistics;
  readonly gatePercent?: Statistics;
  readonly waterTemperatureCel?: Statistics;
  readonly ph?: Statistics;
  readonly turbidityNtu?: Statistics;
  /** Seconds in each state, from the status point. Absent without one. */
  readonly stateSeconds?: Readonly<Partial<Record<UnitState, number>>>;
  /** Seconds with the circuit breaker open and closed, from its point. Absent without one. */
  readonly breakerSeconds?: Readonly<Partial<Record<BreakerState, number>>>;
  /** Share 0..1 of the interval's poll slots in which the energy register (else power) was read well. */
  readonly coverage: number;
  /** Share 0..1 of the covered slots whose value the device called uncertain, or that may be old; absent when none. */
  readonly uncertain?: number;
  /** Every stretch without samples of the energy register (else power), with its reason. */
  readonly gaps: readonly Gap[];
  /** How far this computer's clock could be trusted over the interval. */
  readonly clock: ClockTrust;
  /** The raw samples behind the reading. */
  readonly samples: readonly SampleBlockReference[];
  /** What was measured beside the unit's own instruments; absent where plant.yaml names no such witness. */
  readonly witness?: WitnessValues;
  /** Present when the reading was pushed, as one set of values at `to`, and not polled. */
  readonly push?: PushEvidence;
}

/**
 * What witnesses of the unit and of the whole plant showed in the interval. They prove or contradict the reading; none
 * of it is ever credited. A witness that gave nothing stands in `silent` with the code of why, never as zero.
 */
export interface WitnessValues {
  /** The unit's check meter. */
  readonly energyExportCheck?: CountedWitness;
  /** The meter of the whole plant: the same for every unit of the interval. */
  readonly plantExport?: CountedWitness;
  readonly plantImport?: CountedWitness;
  readonly headwaterLevelM?: Statistics;
  readonly tailwaterLevelM?: Statistics;
  readonly inflowM3s?: Statistics;
  readonly spillM3s?: Statistics;
  readonly environmentalFlowM3s?: Statistics;
  /** Signal to code: `{ energyExportCheck: 'DRV_MODBUS_TIMEOUT' }`. */
  readonly silent?: Readonly<Record<string, string>>;
}

/** Energy that a witness counted over the span of its register. */
export interface CountedWitness {
  /** Whole watt-hours, rounded down. */
  readonly energyWh: number;
  /** Absent where only the energy of the interval is known, as in an import. */
  readonly register?: RegisterSpan;
  /** The step in which the register moves, kWh. */
  readonly resolutionKwh: number;
  /** Share 0..1 of its values that the device called uncertain, or that may be old; absent when none. */
  readonly uncertain?: number;
}

/** Where a pushed reading came from. The body itself stands in its block of samples. */
export interface PushEvidence {
  readonly receivedAt: string;
  readonly form: 'flat' | 'signed';
  /** `sender`: `to` is the sender's own time. `appliance`: it gave none, and `to` is when the push came. */
  readonly timeFrom: 'sender' | 'appliance';
  /** SHA-256 of the body's bytes as they came, lower-case hexadecimal. */
  readonly bodySha256: string;
  /** The key whose signature over the body held: `ed25519:<16 hex>` or `hmac-sha256`. Absent: not signed. */
  readonly signedBy?: string;
  /** A text that the sender never uses twice for this unit. */
  readonly nonce?: string;
}

export type ClockTrust = 'disciplined' | 'holdover' | 'suspect';

export interface Statistics {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Share 0..1 of the interval's poll slots with a usable value of this quantity. */
  readonly coverage: number;
  /** Number of usable values. Absent where only the summary is known, as in an import. */
  readonly samples?: number;
  /** How many different values there were, counted up to 50. One, among many samples, means that it stood still. */
  readonly distinct?: number;
  /** Share 0..1 of the values that the device called uncertain, or that may be old; absent when none. */
  readonly uncertain?: number;
}

export interface Gap {
  readonly from: string;
  readonly to: string;
  /** Code of the fault, or `ACQ_NOT_RUNNING` while the appliance itself was off. */
  readonly reason: string;
}

/** The register values an energy was computed from. `startAt` may lie before the interval when samples were missing. */
export interface RegisterSpan {
  /** Register as read, exact decimal text in kWh. */
  readonly startKwh: string;
  readonly startAt: string;
  readonly endKwh: string;
  readonly endAt: string;
  readonly events: readonly CounterEvent[];
}

/** The first and the last value of a register that was read well and is not counted, and why it is not. */
export interface UncountedRegister {
  /** Register as read, exact decimal text in kWh. */
  readonly startKwh: string;
  readonly startAt: string;
  readonly endKwh: string;
  readonly endAt: string;
  /** `ACQ_COUNTER_BEGINS`: one of the very first values, from which counting begins. Else why it was not accepted. */
  readonly reason: string;
}

/** Something other than plain counting that the register did within the span. */
export interface CounterEvent {
  readonly kind: CounterEventKind;
  readonly at: string;
  readonly fromKwh: string;
  readonly toKwh: string;
  /** How often it happened in the span; absent for once. The values are those of the first time. */
  readonly times?: number;
}

/**
 * - `wrap`: the register passed its modulus; counted
 * - `dip`: one or two reads that were not confirmed; nothing lost, nothing counted for them
 * - `return`: the register came back to the values it had left; what it did in between is not counted. Also a step that
 *   would count more than counting on from such values explains
 * - `correction`: the last step up proved false and was taken back; the register counts again once it passes it. Also in
 *   each later interval whose rise pays for what was counted too early, by this or by a return
 * - `reset`: it began again from about zero; `rollback`: it fell to another value; `jump`: it leapt up. Nothing is
 *   counted for the step itself
 * - `rounds`: it was away for so long that it may have gone round its modulus more than once; nothing is counted
 * - `scale`: it went on at a power of ten of its value, as after a change of unit; nothing is counted until a person
 *   says what it counts in
 * - `exchange`, `set`: a person said that the meter was exchanged or its register set; counted on both sides
 * - `unshown`: a person said so, and the register went on with its old values; counted as if nobody had
 * - `silence`: it was not read for more than an hour, and rose by no more than the unit can generate in that; counted
 */
export const COUNTER_EVENT_KINDS = [
  'wrap',
  'dip',
  'return',
  'correction',
  'reset',
  'rollback',
  'jump',
  'rounds',
  'scale',
  'exchange',
  'set',
  'unshown',
  'silence',
] as const;
export type CounterEventKind = (typeof COUNTER_EVENT_KINDS)[number];

export interface SampleBlockReference {
  readonly device: string;
  /** SHA-256 over the uncompressed block, lower-case hexadecimal. */
  readonly digest: string;
  /** Number of samples and misses in the block. */
  readonly outcomes: number;
}
