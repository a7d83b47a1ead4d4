import type { DeviceHealth } from '../core/acquisition/device-health.ts';
import type { Driver, DriverHost } from '../core/acquisition/driver.ts';
import type { Cycle } from '../core/acquisition/sample.ts';
import type { TimeAnswer } from '../core/acquisition/time-servers.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { DeviceKey } from '../core/ledger/device-key.ts';
import type { RecordedEntry } from '../core/ledger/recorder.ts';
import type { Clock } from '../core/model/clock.ts';
import type { JsonObject } from '../core/model/json.ts';
import type { Log } from '../core/model/log.ts';
import type { Random } from '../core/model/random.ts';
import type { WritableStore } from '../core/store/handle.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { WaitingLimits } from './interval-recorder.ts';

/** The disk, as far as keeping raw samples goes. */
export interface SampleRoom {
  readonly keepsSamples: boolean;
  /** The store was refused a write for want of room. */
  wasFull(): void;
}

/** What happens inside, for whoever shows or counts it. Called synchronously: listeners must be quick. */
export interface PlantListener {
  onCycle?(cycle: Cycle): void;
  onHealth?(health: DeviceHealth): void;
  onRecorded?(recorded: readonly RecordedEntry[]): void;
}

export interface PlantParts {
  readonly config: PlantConfig;
  /** Body of the configuration entry; recorded when it differs from the one in force. */
  readonly configuration: JsonObject;
  /** The configuration that was in force at the last run, where it can still be read. */
  readonly formerConfig?: PlantConfig | undefined;
  readonly drivers: ReadonlyMap<string, Driver>;
  /** What the driver of this name is given. */
  readonly hostOf: (driver: string) => DriverHost;
  readonly store: WritableStore;
  readonly key: DeviceKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly askTimeServer: (host: string, signal: AbortSignal) => Promise<TimeAnswer>;
  readonly log: Log;
  readonly version: string;
  readonly mode: 'normal' | 'shadow';
  readonly listener: PlantListener;
  readonly settings?: VerificationSettings;
  /** Is told what keeps the recorded readings from being remembered, before it ends the plant. */
  readonly onFailure?: (error: unknown) => void;
  /** Whether there is room for raw samples; without it there always is. */
  readonly disk?: SampleRoom;
  /** How much may wait in memory while the store takes nothing; an argument for tests. */
  readonly limits?: WaitingLimits;
}
