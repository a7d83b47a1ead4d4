import type { z } from 'zod';
import type { PlantConfig } from '../../core/config/plant.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { readingEnd } from '../../core/store/readings.ts';
import { kindsFrom, storedSize } from '../../core/store/stored-entries.ts';
import { type NextSeal, nextSeal, UNSEALED_SHOWN_MAX } from '../../core/sync/next-seal.ts';
import { OWN_KINDS, type SealedUntil, type SealMode } from '../../core/sync/sealer.ts';
import type { unsealedSchema } from '../api/schema/sync.ts';
import { sealedUntil } from './sealing.ts';
import { targetNames } from './target-names.ts';

export type UnsealedAnswer = z.infer<typeof unsealedSchema>;

/** What is in no batch yet; `until` as the running sealer has it. */
export function unsealedOf(
  store: ReadableStore,
  mode: SealMode,
  until: SealedUntil,
  nowMs: number,
): NextSeal | undefined {
  const news = kindsFrom(store, until.end, { except: OWN_KINDS, limit: UNSEALED_SHOWN_MAX + 1 });
  const readingToMs = (index: number): number => readingEnd(store, index) ?? 0;
  return nextSeal({ mode, until, size: storedSize(store), nowMs, news, readingToMs });
}

/** The same without a running appliance, of a plant that has targets. */
export function unsealedAtRest(
  config: PlantConfig,
  store: ReadableStore,
  mode: SealMode,
  nowMs: number,
): NextSeal | undefined {
  if (targetNames(config).length === 0 || storedSize(store) === 0) return undefined;
  return unsealedOf(store, mode, sealedUntil(store, mode), nowMs);
}

export function unsealedAnswer(next: NextSeal | undefined): UnsealedAnswer | null {
  if (next === undefined) return null;
  const { entries, isMore, atMs, isWithReading } = next;
  return { entries, isMore, nextAt: toIso(atMs), isWithReading };
}

/** "1 entry is in no batch yet; it is sealed at ..., or with the next reading". */
export function unsealedInWords(unsealed: UnsealedAnswer, nowMs: number, isRunning: boolean): string {
  const { entries, isMore, nextAt, isWithReading } = unsealed;
  const isOne = entries === 1 && !isMore;
  const waiting = `${isMore ? 'more than ' : ''}${entries} ${isOne ? 'entry is' : 'entries are'} in no batch yet`;
  const next = isOne ? 'it is' : 'the next is';
  if (Date.parse(nextAt) <= nowMs) {
    return `${waiting}; ${next} due${isRunning ? ' now' : ': "forebay sync run" seals it, or the appliance once it runs'}`;
  }
  const reading = isWithReading ? ', or with the next reading' : '';
  return `${waiting}; ${next} sealed at ${nextAt}${reading}${isRunning ? '' : ', if the appliance runs then'}`;
}
