import { assert } from '../model/assert.ts';
import { Failure } from '../model/failure.ts';
import type { ReadableStore, WritableStore } from './handle.ts';
import { createLedger } from './migrations/0010-ledger.ts';
import { createProjections } from './migrations/0020-projections.ts';
import { createSamples } from './migrations/0030-samples.ts';
import { createApiKeys } from './migrations/0040-api-keys.ts';
import { createPushes } from './migrations/0050-pushes.ts';
import { addGapTreatments } from './migrations/0060-gap-treatments.ts';
import { createModels } from './migrations/0070-models.ts';
import { addFingerprints } from './migrations/0080-fingerprints.ts';
import { createReviews } from './migrations/0090-reviews.ts';
import { createCheckpointSignatures } from './migrations/0120-checkpoint-signatures.ts';
import { createOutbox } from './migrations/0160-outbox.ts';
import { createSampleDays } from './migrations/0170-sample-days.ts';
import { createEntryBlocks } from './migrations/0180-entry-blocks.ts';
import { addMessagePlaces } from './migrations/0200-message-places.ts';
import { createDeliveryCounts } from './migrations/0210-delivery-counts.ts';
import { createTargetIntents } from './migrations/0220-target-intents.ts';
import { createMintAttempts } from './migrations/0230-mint-attempts.ts';

/** One step of the schema. Numbers go by tens, so that a correction fits between; steps are added, never edited. */
export interface Migration {
  readonly version: number;
  readonly apply: (write: WritableStore) => void;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 10, apply: createLedger },
  { version: 20, apply: createProjections },
  { version: 30, apply: createSamples },
  { version: 40, apply: createApiKeys },
  { version: 50, apply: createPushes },
  { version: 60, apply: addGapTreatments },
  { version: 70, apply: createModels },
  { version: 80, apply: addFingerprints },
  { version: 90, apply: createReviews },
  { version: 120, apply: createCheckpointSignatures },
  { version: 160, apply: createOutbox },
  { version: 170, apply: createSampleDays },
  { version: 180, apply: createEntryBlocks },
  { version: 200, apply: addMessagePlaces },
  { version: 210, apply: createDeliveryCounts },
  { version: 220, apply: createTargetIntents },
  { version: 230, apply: createMintAttempts },
];

/** Brings the store up to date, each step in a write together with the version it leads to. */
export function migrate(store: WritableStore, migrations: readonly Migration[] = MIGRATIONS): void {
  for (const { version, apply } of migrations) {
    if (schemaVersion(store) >= version) continue;
    store.write(() => {
      apply(store);
      assert(Number.isInteger(version), `${version} is a schema version`);
      store.run(`PRAGMA user_version = ${version}`);
    });
  }
}

export function schemaVersion(store: ReadableStore): number {
  return store.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** @throws Failure `STO_FROM_FUTURE` when a later Forebay wrote the store: this one cannot know what it means. */
export function refuseFuture(version: number, path: string): void {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new Failure(
    'STO_FROM_FUTURE',
    `${path} was written by a newer Forebay (schema ${version}; this one knows up to ${newest}).`,
    { hint: 'start the newer version again, or restore a backup from before the update', exitCode: 4 },
  );
}
