import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Failure } from '../../../core/model/failure.ts';
import { type Random, seededRandom } from '../../../core/model/random.ts';
import { packedEnd } from '../../../core/store/entry-blocks.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { CUT_KINDS } from '../../fault/disk/crash-disk.ts';
import { checkValues } from './check-values.ts';
import { checkVerdicts } from './check-verdicts.ts';
import { checkWorld } from './check-world.ts';
import { Observer } from './observer.ts';
import { TrueTime } from './true-time.ts';
import { TrueUnit } from './true-unit.ts';
import { WorldDevices, worldText } from './world-devices.ts';
import { type DiskPlaces, WorldDisk } from './world-disk.ts';
import { faultsOf, type WorldFault } from './world-faults.ts';
import { WorldProcess } from './world-process.ts';
import type { WorldTarget } from './world-target.ts';

const UNITS = 2;
const BEGIN_WALL_MS = Date.UTC(2026, 10, 20, 12);
/** At the end nothing is wrong for so long that every register is read, confirmed and recorded. */
const CALM_MS = 200_000;
const RETRY_START_MS = 10_000;

export interface WorldOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly places: DiskPlaces;
  readonly targets?: readonly WorldTarget[];
}

export interface WorldResult {
  readonly seed: number;
  /** What happened, in order; the same for the same seed. */
  readonly events: readonly string[];
  readonly digest: string;
  readonly entries: number;
  /** How many of them lie in blocks. */
  readonly packed: number;
  readonly cuts: number;
  /** What a checker found wrong. */
  readonly findings: readonly string[];
}

/** Runs one world from its seed to its end and looks at what is left. */
export async function runWorld(options: WorldOptions): Promise<WorldResult> {
  const world = new World(options);
  const fail = (error: unknown): void => world.fail(error);
  process.on('uncaughtException', fail);
  try {
    return await world.run();
  } finally {
    process.off('uncaughtException', fail);
    world.close();
  }
}

class World {
  readonly #seed: number;
  readonly #minutes: number;
  readonly #random: Random;
  readonly #time = new TrueTime();
  readonly #disk: WorldDisk;
  readonly #devices: WorldDevices;
  readonly #targets: readonly WorldTarget[];
  readonly #observer = new Observer();
  readonly #events: string[] = [];
  readonly #findings: string[] = [];
  #process: WorldProcess | undefined;
  /** What the wall clock of a computer that starts shows beyond the true time. */
  #wallOffsetMs = 0;
  /** In a world whose clocks are wrong at times, a small register after an unknown time could be anything. */
  readonly #isClockSteady: boolean;
  #variant = 0;
  #starts = 0;
  #cuts = 0;

  constructor({ seed, minutes, places, targets = [] }: WorldOptions) {
    this.#targets = targets;
    this.#seed = seed;
    this.#minutes = minutes;
    this.#random = seededRandom(seed);
    this.#isClockSteady = this.#random.next() < 0.6;
    this.#disk = new WorldDisk(places);
    const units = Array.from(
      { length: UNITS },
      (_, n) => new TrueUnit(seededRandom(seed * 31 + n), { mayWrap: this.#isClockSteady }),
    );
    this.#devices = new WorldDevices(this.#time, units, seededRandom(seed * 17 + 5));
  }

  async run(): Promise<WorldResult> {
    let [entries, packed] = [0, 0];
    try {
      await this.#live();
      [entries, packed] = await this.#check();
    } catch (error) {
      this.fail(error);
    }
    const digest = createHash('sha256').update(this.#events.join('\n')).digest('hex').slice(0, 16);
    const { events, findings } = { events: this.#events, findings: this.#findings };
    return { seed: this.#seed, events, digest, entries, packed, cuts: this.#cuts, findings };
  }

  /** Something in the appliance threw what nobody there expects. */
  fail(error: unknown): void {
    this.#findings.push(`an error that nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  }

  async #live(): Promise<void> {
    const endMs = this.#minutes * 60_000;
    const faults = faultsOf(this.#random, { durationMs: endMs, units: UNITS, isClockSteady: this.#isClockSteady });
    // What is wrong from the beginning is so for the very first poll, too.
    for (const fault of faults.filter(({ atMs }) => atMs === 0)) await this.#suffer(fault);
    await this.#start();
    for (const fault of faults.filter(({ atMs }) => atMs > 0)) {
      await this.#time.pass(Math.max(0, fault.atMs - this.#time.nowMs));
      await this.#suffer(fault);
    }
    await this.#time.pass(Math.max(0, endMs - this.#time.nowMs));
    await this.#calm();
    await this.#process?.stop(this.#time);
  }

  close(): void {
    this.#disk.setRoom('enough');
    this.#disk.failSyncs(0);
    this.#disk.close();
  }

  #say(what: string): void {
    this.#events.push(`${(this.#time.nowMs / 1000).toFixed(3)} ${what}`);
  }

  /** Starts the appliance, and tries again as a service manager does while the disk refuses it. */
  async #start(): Promise<void> {
    for (;;) {
      this.#starts += 1;
      try {
        this.#process = new WorldProcess({
          time: this.#time,
          wallMs: BEGIN_WALL_MS + this.#time.nowMs + this.#wallOffsetMs,
          devices: this.#devices,
          data: this.#disk.data,
          text: worldText(UNITS, this.#variant),
          seed: this.#seed * 1000 + this.#starts,
          onRecorded: (recorded, store) => {
            const ledger = ledgerReader(store);
            this.#observer.seeGroup(recorded, ledger, this.#disk.position);
            const root = Buffer.from(ledger.latestCheckpoint()?.root ?? []).toString('hex');
            const kinds = recorded.map(({ entry }) => entry.kind).join(' ');
            this.#say(`recorded ${recorded[0]?.index} ${kinds} ${root.slice(0, 8)}`);
          },
          onStarted: (store, clock) => {
            for (const target of this.#targets) target.attach(store, clock);
          },
          onKept: (poll) => this.#observer.seePoll(poll, this.#disk.position),
        });
        this.#say(`start ${this.#starts}`);
        return;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        this.#say(`start ${this.#starts} refused: ${error.code}`);
        if (error.code !== 'STO_FULL' && error.code !== 'STO_DISK') {
          this.#findings.push(`a start was refused: ${error.toLine()}`);
          return;
        }
        await this.#time.pass(RETRY_START_MS);
        this.#disk.setRoom('enough');
      }
    }
  }

  async #suffer(fault: WorldFault): Promise<void> {
    this.#say(JSON.stringify(fault));
    switch (fault.kind) {
      case 'power-cut':
        await this.#cutPower(fault.offMs, fault.wallStepMs);
        break;
      case 'restart':
        await this.#restart(fault.variant);
        break;
      case 'clock-step':
        this.#process?.clock.step(fault.stepMs);
        this.#wallOffsetMs += fault.stepMs;
        break;
      case 'disk-full':
        this.#disk.setRoom(fault.roomBytes);
        this.#later(fault.forMs, () => this.#disk.setRoom('enough'));
        break;
      case 'sync-fails':
        this.#disk.failSyncs(fault.count);
        break;
      case 'link-down':
        this.#devices.setLink('down');
        this.#later(fault.forMs, () => this.#devices.setLink('up'));
        break;
      case 'uplink-down':
        this.#setUplink('down');
        this.#later(fault.forMs, () => this.#setUplink('up'));
        break;
      case 'mood':
        this.#devices.setMood(fault.unit, fault.mood);
        this.#later(fault.forMs, () => this.#devices.setMood(fault.unit, 'well'));
        break;
      case 'meter':
        this.#disturbMeter(fault);
        break;
    }
  }

  #disturbMeter({ unit: number, what, forMs, counts }: Extract<WorldFault, { kind: 'meter' }>): void {
    const unit = this.#devices.units[number];
    const { nowMs } = this.#time;
    if (what === 'stuck') unit?.stick(nowMs, forMs);
    else if (what === 'dip') unit?.dip(nowMs, forMs);
    else if (what === 'dip-at-first') unit?.dipAtFirst(forMs);
    else unit?.replaceMeter(nowMs, counts);
  }

  async #cutPower(offMs: number, wallStepMs: number): Promise<void> {
    this.#process?.die();
    const kind = CUT_KINDS[Math.floor(this.#random.next() * CUT_KINDS.length)] ?? 'torn';
    const cut = this.#disk.cut(kind, this.#random);
    this.#say(`power cut, unsynced writes ${cut.kind}, ${cut.back} changes back`);
    this.#process?.bury();
    this.#process = undefined;
    this.#disk.tidy();
    this.#observer.forgetAfter(cut.position);
    this.#cuts += 1;
    this.#wallOffsetMs += wallStepMs;
    await this.#time.pass(offMs);
    await this.#start();
  }

  async #restart(variant: number): Promise<void> {
    await this.#process?.stop(this.#time);
    this.#process = undefined;
    this.#variant = variant;
    await this.#start();
  }

  #setUplink(link: 'up' | 'down'): void {
    for (const target of this.#targets) target.setLink(link);
  }

  #later(delayMs: number, action: () => void): void {
    this.#time.after(delayMs, action);
  }

  async #calm(): Promise<void> {
    this.#disk.setRoom('enough');
    this.#disk.failSyncs(0);
    this.#devices.setLink('up');
    this.#setUplink('up');
    for (const unit of this.#devices.units.keys()) this.#devices.setMood(unit, 'well');
    this.#say('calm');
    await this.#time.pass(CALM_MS);
  }

  async #check(): Promise<[entries: number, packed: number]> {
    const store = openStore(join(this.#disk.data, 'ledger.db'), { access: 'write' });
    try {
      this.#findings.push(
        ...checkWorld({
          store,
          observer: this.#observer,
          units: this.#devices.units,
          isClockTrue: this.#isClockSteady,
        }),
        ...(await checkVerdicts(store)),
        ...checkValues(store),
      );
      for (const target of this.#targets) this.#findings.push(...target.check(store));
      return [ledgerReader(store).size(), packedEnd(store)];
    } finally {
      store.close();
    }
  }
}
