import type { Reading, RegisterSpan } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { instantMs } from '../model/time.ts';
import type { UnitState } from '../model/unit-state.ts';
import type { VerificationSettings } from './settings.ts';

/** The energy of a reading over the time that it really spans, in comparable units. */
export interface EnergySpan {
  readonly energyKwh: number;
  /** From the register's first to its last value; longer than the interval when samples were missing before it. */
  readonly spanMs: number;
  /** Part of the span in which power was sampled too. */
  readonly coveredMs: number;
  /** Part of the span for which the register alone speaks. */
  readonly aloneMs: number;
  /** Smallest step the register can show, kWh, as far as its text tells; 0 without a register. */
  readonly resolutionKwh: number;
  /** Energy over span, kW. */
  readonly meanPowerKw: number;
}

let spanOfReading: Reading | undefined;
let spanKept: EnergySpan | undefined;

/** Undefined without energy. All layers ask for that of one reading in turn, so the last one is kept. */
export function energySpanOf(reading: Reading): EnergySpan | undefined {
  if (spanOfReading !== reading) {
    spanKept = measureSpan(reading);
    spanOfReading = reading;
  }
  return spanKept;
}

function measureSpan(reading: Reading): EnergySpan | undefined {
  if (reading.energyWh === undefined) return undefined;
  const fromMs = instantMs(reading.from);
  const toMs = instantMs(reading.to);
  const register = reading.energySource === 'counter' ? reading.registers?.energyExport : undefined;
  const startMs = register === undefined ? fromMs : instantMs(register.startAt);
  const endMs = register === undefined ? toMs : instantMs(register.endAt);
  const spanMs = endMs - startMs;
  if (!(spanMs > 0)) return undefined;
  const sampledShare = reading.powerKw?.coverage ?? reading.coverage;
  const coveredMs = Math.min(spanMs, (toMs - fromMs) * sampledShare);
  const energyKwh = reading.energyWh / 1000;
  return {
    energyKwh,
    spanMs,
    coveredMs,
    aloneMs: spanMs - coveredMs,
    resolutionKwh: register === undefined ? 0 : resolutionOf(register),
    meanPowerKw: energyKwh / (spanMs / 3_600_000),
  };
}

function resolutionOf(register: RegisterSpan): number {
  return 10 ** -Math.max(decimalsOf(register.startKwh), decimalsOf(register.endKwh));
}

function decimalsOf(text: string): number {
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}

/** Mean electric power: the transducer's, else what the energy amounts to over its span. */
export function meanPowerKwOf(reading: Reading): number | undefined {
  return reading.powerKw?.mean ?? energySpanOf(reading)?.meanPowerKw;
}

/** Whether the load changed within the interval: a start, stop, trip or ramp, known from the states or the extremes. */
export function isTransition(reading: Reading, unit: UnitConfig): boolean {
  const states = reading.stateSeconds;
  if (states !== undefined) {
    for (const state in states) {
      if (state !== 'generating' && (states[state as UnitState] ?? 0) > 0) return true;
    }
  }
  const { powerKw, flowM3s, gatePercent } = reading;
  if (powerKw !== undefined && powerKw.max - powerKw.min > TRANSITION_SHARE * unit.ratedPowerKw) return true;
  if (flowM3s !== undefined && flowM3s.max - flowM3s.min > TRANSITION_SHARE * unit.ratedFlowM3s) return true;
  return gatePercent !== undefined && gatePercent.max - gatePercent.min > TRANSITION_SHARE * 100;
}

/** A change within one interval from which means of products and products of means part by more than the bands. */
const TRANSITION_SHARE = 0.2;

/** Generating all the time at a load that hardly changed: what can be compared with other such readings. */
export function isSteady(reading: Reading, unit: UnitConfig, settings: VerificationSettings): boolean {
  const power = meanPowerKwOf(reading);
  if (power === undefined || power <= settings.consistency.idleShare * unit.ratedPowerKw) return false;
  return (
    !isTransition(reading, unit) && (reading.stateSeconds === undefined || (reading.stateSeconds.generating ?? 0) > 0)
  );
}

const MEASURED = [
  'uncounted',
  'energyWh',
  'energyImportWh',
  'powerKw',
  'flowM3s',
  'headM',
  'gatePercent',
  'waterTemperatureCel',
  'ph',
  'turbidityNtu',
  'stateSeconds',
] as const;

/** Whether nothing at all was measured in the interval. */
export function isEmpty(reading: Reading): boolean {
  return MEASURED.every((name) => reading[name] === undefined);
}
