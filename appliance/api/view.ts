import type { z } from 'zod';
import type { Clock } from '../../core/model/clock.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { JudgedReading, PowerExpectation } from '../../core/verification/power-expectations.ts';
import type { Metrics } from '../metrics.ts';
import type { SyncNews } from '../sync/sync-news.ts';
import type { deviceStatusSchema, pointSchema, statusSchema } from './schema/status.ts';

export type Status = z.infer<typeof statusSchema>;
export type Point = z.infer<typeof pointSchema>;
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/** Something that has just happened, as the console hears it. */
export type StreamEvent =
  | { readonly event: 'sample'; readonly data: { readonly items: readonly Point[] } }
  | { readonly event: 'device'; readonly data: DeviceStatus }
  | { readonly event: 'ledger'; readonly data: { readonly size: number; readonly root: string; readonly at: string } }
  | { readonly event: 'sync'; readonly data: SyncNews }
  | { readonly event: 'reading' | 'review' | 'alarm'; readonly data: object };

/** All that the API sees of the appliance. It reads; nothing here changes the plant or the ledger. */
export interface ApplianceView {
  readonly clock: Clock;
  readonly store: ReadableStore;
  readonly metrics: Metrics;
  /** The device's public key in the text form of C2SP signed notes; its name is the origin of checkpoints. */
  readonly verifierKey: string;
  status(): Status;
  /** The latest sample or miss of every point. */
  points(): readonly Point[];
  /** Reasons say what is missing, in words; empty when ready. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** What power each of these readings of one unit, oldest first, was held against; undefined where nothing can be expected. */
  expectedPowers(unitId: string, readings: readonly JudgedReading[]): readonly (PowerExpectation | undefined)[];
  head(): { readonly size: number; readonly root: Uint8Array };
  /** `listener` hears every event until the returned function is called. */
  subscribe(listener: (event: StreamEvent) => void): () => void;
}
