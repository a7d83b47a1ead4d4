import type { z } from 'zod';
import type { PlantConfig } from '../../core/config/plant.ts';
import { SEAL_PRESET_NAMES, SEAL_PRESETS, sealSettings } from '../../core/config/seal-schema.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { MESSAGE_BYTES_MAX } from '../../core/sync/attestation.ts';
import { PUBLISHED_FEES } from '../../core/sync/hedera-fees.ts';
import { type CostBasis, messagesPerYear, presetCosts, yearlyUsd } from '../../core/sync/yearly-cost.ts';
import type { costsSchema } from '../api/schema/cost.ts';

export type CostsAnswer = z.infer<typeof costsSchema>;

/** So many recent messages and entries tell what the plant's own are like. */
const BATCHES = 100;
const ENTRIES = 2000;

/** What this plant's messages cost in a year, as they are sealed now and under each preset; measured from its own ledger. */
export function plantCosts(
  config: Pick<PlantConfig, 'intervalMs' | 'units' | 'sync'>,
  store: ReadableStore,
): CostsAnswer {
  const { sync } = config;
  const fees = sync?.hedera?.fees ?? PUBLISHED_FEES;
  const { messageBytes, batches } = measuredMessage(store);
  const entriesPerReading = measuredEntries(store);
  const basis: CostBasis = {
    intervalMs: config.intervalMs,
    units: config.units.length,
    entriesPerReading,
    bytes: messageBytes,
  };
  const settings = sealSettings(sync?.seal ?? sync?.hedera?.anchor);
  const messages = messagesPerYear(settings, basis);
  const preset = SEAL_PRESET_NAMES.find((name) => {
    const { mode, every } = SEAL_PRESETS[name];
    return mode === settings.mode && (mode === 'direct' || every === settings.every);
  });
  return {
    isPaid: sync?.hedera !== undefined,
    fees: { ...fees, isPublished: sync?.hedera?.fees === undefined },
    basis: { intervalMs: basis.intervalMs, units: basis.units, entriesPerReading, messageBytes, batches },
    inForce: {
      preset: preset ?? null,
      ...settings,
      messagesPerYear: messages,
      usdPerYear: yearlyUsd(messages, messageBytes, fees),
    },
    presets: [...presetCosts(basis, fees)],
  };
}

/** The mean of the newest messages in whole bytes, rounded up. */
function measuredMessage(store: ReadableStore): { readonly messageBytes: number; readonly batches: number } {
  const sql = `SELECT avg(length(CAST(message AS BLOB))) AS mean, count(*) AS batches
    FROM (SELECT message FROM batches ORDER BY idx DESC LIMIT ${BATCHES})`;
  const row = store.get<{ mean: number | null; batches: number }>(sql);
  const mean = row?.mean ?? null;
  return mean === null
    ? { messageBytes: MESSAGE_BYTES_MAX, batches: 0 }
    : { messageBytes: Math.ceil(mean), batches: row?.batches ?? 0 };
}

/** Entries for each reading among the newest ones, without what sealing and delivering write; 1 where there are no readings. */
function measuredEntries(store: ReadableStore): number {
  const sql = `SELECT count(*) AS entries, coalesce(sum(kind = 'reading'), 0) AS readings FROM entries
    WHERE idx > (SELECT max(idx) FROM entries) - ${ENTRIES} AND kind NOT IN ('batch', 'receipt')`;
  const row = store.get<{ entries: number; readings: number }>(sql);
  return row === undefined || row.readings === 0 ? 1 : row.entries / row.readings;
}
