import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry } from '../core/ledger/entry.ts';
import type { Log } from '../core/model/log.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { modelEntries, soundModelText } from '../core/store/models.ts';
import type { TwinModel } from '../core/verification/twin/twin-model.ts';
import { unitBasis } from './unit-basis.ts';

export const MODEL_REASONS = ['commissioning', 'retraining', 'rollback'] as const;

/** Body of a `model` entry. */
export interface ModelBody {
  readonly v: 1;
  readonly unitId: string;
  /** Of the model's text. */
  readonly digest: string;
  readonly trainedFrom: string;
  readonly trainedTo: string;
  /** Steady readings that it was learned from. */
  readonly readings: number;
  /** What the configuration said of the unit when it was learned; under another the model says nothing. */
  readonly basis: string;
  readonly reason: (typeof MODEL_REASONS)[number];
  readonly by: string;
  /** Doubted readings that persons approved, and others left out because persons rejected them; absent where none were. */
  readonly reviewed?: { readonly approved: number; readonly rejected: number };
}

/**
 * The model that an entry puts in force. Undefined where it must not be relied on: it is no longer what was recorded,
 * or the unit is another one since. The verdicts then name no model, and the log says why.
 */
export function modelOfEntry(store: ReadableStore, entry: Entry, config: PlantConfig, log: Log): TwinModel | undefined {
  const { unitId, digest } = entry.body as unknown as ModelBody;
  const found = readModel(store, entry, config);
  if (found === 'another unit') {
    log.warn({ code: 'VER_MODEL_OTHER_UNIT', unitId, digest }, 'the unit is configured otherwise since; train it anew');
    return undefined;
  }
  if (found === 'damaged') {
    log.error({ code: 'VER_MODEL_DAMAGED', unitId, digest }, 'the model is not what was recorded');
    return undefined;
  }
  return found;
}

/** The model of that digest, whether it is in force or not; undefined where it must not be relied on. */
export function modelOfDigest(store: ReadableStore, digest: string, config: PlantConfig): TwinModel | undefined {
  const entry = modelEntries(store).findLast(({ body }) => body.digest === digest);
  const found = entry === undefined ? 'damaged' : readModel(store, entry, config);
  return found === 'damaged' || found === 'another unit' ? undefined : found;
}

function readModel(store: ReadableStore, entry: Entry, config: PlantConfig): TwinModel | 'another unit' | 'damaged' {
  const { unitId, digest, basis } = entry.body as unknown as ModelBody;
  if (basis !== unitBasis(config, unitId)) return 'another unit';
  const text = soundModelText(store, digest);
  return text === undefined ? 'damaged' : (JSON.parse(text) as TwinModel);
}
