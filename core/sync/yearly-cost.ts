import type { FeeSchedule } from '../config/fee-schema.ts';
import { SEAL_PRESET_NAMES, SEAL_PRESETS, type SealPreset, type SealSettings } from '../config/seal-schema.ts';
import { present } from '../model/assert.ts';
import { parseDuration } from '../model/time.ts';
import { MESSAGE_BYTES_MAX } from './attestation.ts';
import { RUN_ENTRIES_MAX } from './sealer.ts';

/** In which the network's own schedule counts (HIP-1261): whole numbers, so that a sum over a year is exact. */
const TINYCENTS_PER_USD = 10_000_000_000;
const YEAR_MS = 365 * 86_400_000;

/** What one text on a topic costs, in tinycents. One that is longer than a message goes in chunks, each a message of its own. */
export function messageTinycents(bytes: number, fees: FeeSchedule): number {
  const whole = Math.floor(bytes / MESSAGE_BYTES_MAX);
  const rest = bytes - whole * MESSAGE_BYTES_MAX;
  const chunk = chunkTinycents(MESSAGE_BYTES_MAX, fees);
  return whole * chunk + (rest > 0 || whole === 0 ? chunkTinycents(rest, fees) : 0);
}

function chunkTinycents(bytes: number, { messageUsd, includedBytes, byteUsd }: FeeSchedule): number {
  const further = Math.max(0, bytes - includedBytes);
  return Math.round(messageUsd * TINYCENTS_PER_USD) + further * Math.round(byteUsd * TINYCENTS_PER_USD);
}

export function messageUsd(bytes: number, fees: FeeSchedule): number {
  return messageTinycents(bytes, fees) / TINYCENTS_PER_USD;
}

export function yearlyUsd(messagesPerYear: number, bytes: number, fees: FeeSchedule): number {
  return (messagesPerYear * messageTinycents(bytes, fees)) / TINYCENTS_PER_USD;
}

/** What of a plant decides how many messages it has. */
export interface CostBasis {
  readonly intervalMs: number;
  readonly units: number;
  /** Entries that are sealed for each reading: the reading itself, and what is recorded beside it. */
  readonly entriesPerReading: number;
  /** Of the messages. */
  readonly bytes: number;
}

/** A year of 365 days with every interval. A period with more entries than a run holds takes several messages. */
export function messagesPerYear({ mode, every }: SealSettings, basis: CostBasis): number {
  const readings = (YEAR_MS / basis.intervalMs) * basis.units;
  if (mode === 'direct') return readings;
  const periods = YEAR_MS / present(parseDuration(every), `the duration ${every}`);
  // No more often than there is something to seal.
  const sealed = Math.min(periods, YEAR_MS / basis.intervalMs);
  const runs = Math.ceil((readings * basis.entriesPerReading) / sealed / RUN_ENTRIES_MAX);
  return Math.ceil(sealed * runs);
}

export interface PresetCost extends SealSettings {
  readonly preset: SealPreset;
  readonly messagesPerYear: number;
  readonly usdPerYear: number;
}

/** What each preset would cost this plant in a year. */
export function presetCosts(basis: CostBasis, fees: FeeSchedule): readonly PresetCost[] {
  return SEAL_PRESET_NAMES.map((preset) => {
    const settings = SEAL_PRESETS[preset];
    const messages = messagesPerYear(settings, basis);
    return { preset, ...settings, messagesPerYear: messages, usdPerYear: yearlyUsd(messages, basis.bytes, fees) };
  });
}
