import { type DeviceKey, deviceKeyOf } from '../../core/ledger/device-key.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import type { KeyDisk } from '../../core/ledger/key-disk.ts';
import { NEXT_KEY_FILE, readPrivateKey } from '../../core/ledger/key-file.ts';
import type { KeyInUse } from '../../core/ledger/key-in-use.ts';
import type { RecordedEntry } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Log } from '../../core/model/log.ts';
import { toIso } from '../../core/model/time.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { keepDidRotation } from '../sync/did-rotation.ts';
import type { KeyFilesJob } from './key-files-job.ts';

export interface KeyRotationRequest {
  readonly reason: string;
  readonly by: string;
}

export interface KeyRotationOutcome {
  readonly entryIndex: number;
  readonly event: 'rotated';
  readonly verifierKey: string;
  readonly did: string;
  /** Whether the old private key is destroyed; else the next start or change does it. */
  readonly isOldDestroyed: boolean;
}

/** A key that is to take over, and what is to happen in the write that says so. */
export interface KeyTakeover extends KeyRotationRequest {
  readonly next: DeviceKey;
  readonly alongside: (write: WritableStore) => void;
  /** Called once it is recorded, before anything else is. */
  readonly onInForce: () => void;
}

export interface KeyRotationParts {
  readonly keysFolder: string;
  readonly disk: KeyDisk;
  /** The key that the plant signs with; becomes the new one. */
  readonly key: KeyInUse;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly log: Log;
  /** Does a step of the change with files, durably and beside everything else. */
  readonly workOnFiles: (job: KeyFilesJob) => Promise<void>;
  /** Records the takeover in its turn, or throws and keeps nothing. */
  readonly record: (takeover: KeyTakeover) => RecordedEntry;
  /** What has to follow the new key from outside. */
  readonly onChanged?: () => void;
}

/**
 * Changes the device key of a running plant. In the order of `changeDeviceKey`, each step durable before the next: the new
 * private key lies beside the old one; the entry is recorded, in one turn with the change of the key that signs; the old
 * private key is overwritten and the new one takes its place. After a crash the next start goes on from whichever was done.
 * Only the recording is done where polls are, and it takes no longer than that of any other entry.
 */
export class KeyRotation {
  readonly #parts: KeyRotationParts;
  #turn: Promise<unknown> | undefined;
  #isStopped = false;

  constructor(parts: KeyRotationParts) {
    this.#parts = parts;
  }

  /**
   * @throws Failure `LED_KEY_CHANGING` while another change is under way or the appliance stops, `LED_KEY_NOT_WRITTEN`,
   * `LED_KEY_UNREADABLE`, `LED_KEY_EXPOSED`, or of the store. The old key stays in force then.
   */
  async rotate(request: KeyRotationRequest): Promise<KeyRotationOutcome> {
    if (this.#turn !== undefined) throw changing('Another change of the device key is under way.');
    const turn = this.#rotate(request);
    this.#turn = turn;
    try {
      return await turn;
    } finally {
      this.#turn = undefined;
    }
  }

  /** A change that is not recorded yet comes to nothing; one that is comes to its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#turn?.catch(() => undefined);
  }

  async #rotate(request: KeyRotationRequest): Promise<KeyRotationOutcome> {
    const { keysFolder, disk, key, clock, workOnFiles, record, log } = this.#parts;
    this.#refuseStopped();
    await workOnFiles({ keysFolder, step: 'prepare', inForce: key.verifierKey });
    this.#refuseStopped();
    const path = `${keysFolder}/${NEXT_KEY_FILE}`;
    const next = deviceKeyOf(present(readPrivateKey(disk, path), `the key in ${path}`), key.name);
    const { index: entryIndex } = record({
      ...request,
      next,
      alongside: (write) => keepDidRotation(write, { oldKey: key, newKey: next, at: toIso(clock.wallMs()) }),
      onInForce: () => key.becomes(next),
    });
    log.info({ entryIndex, verifierKey: next.verifierKey }, 'the device key was changed');
    this.#parts.onChanged?.();
    const isOldDestroyed = await this.#settle(next);
    return { entryIndex, event: 'rotated', verifierKey: next.verifierKey, did: didKey(next.publicKey), isOldDestroyed };
  }

  /** The change holds whether or not this succeeds: whoever opens the key next settles it. */
  async #settle({ verifierKey }: DeviceKey): Promise<boolean> {
    const { keysFolder, workOnFiles, log } = this.#parts;
    try {
      await workOnFiles({ keysFolder, step: 'settle', inForce: verifierKey });
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.error({ code: error.code }, `The old device key is not destroyed yet. ${error.message}`);
      return false;
    }
  }

  #refuseStopped(): void {
    if (this.#isStopped) throw changing('The appliance is about to stop.');
  }
}

function changing(sentence: string): Failure {
  return new Failure('LED_KEY_CHANGING', sentence, {
    hint: 'look with `forebay key show` what came of it, then try again',
  });
}
