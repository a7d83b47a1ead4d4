import type { Driver } from '../../../core/acquisition/driver.ts';
import type { Clock } from '../../../core/model/clock.ts';
import type { Random } from '../../../core/model/random.ts';
import type { Mischief } from '../../fault/modbus-mischief.ts';
import { type SimulatedPlant, simulatePlant } from '../../fault/simulated-modbus.ts';
import type { TrueTime } from './true-time.ts';
import type { TrueUnit } from './true-unit.ts';

const LATENCY_MS = 20;
/** Where the registers of worldText stand. */
const PLACES = { power: 0, energyHigh: 2, energyLow: 3, status: 4 } as const;
const GENERATING = 2;
const STOPPED = 0;

/** `mute` answers nothing, `refusing` answers exceptions, `troubled` answers late, twice, cut off and out of order. */
export type DeviceMood = 'well' | 'mute' | 'refusing' | 'troubled';

/** The PLCs of the world behind the real Modbus driver. They live on when the computer that reads them does not. */
export class WorldDevices {
  readonly units: readonly TrueUnit[];
  readonly #time: TrueTime;
  readonly #random: Random;
  readonly #moods: DeviceMood[];
  #isLinkUp = true;
  #plant: SimulatedPlant | undefined;

  constructor(time: TrueTime, units: readonly TrueUnit[], random: Random) {
    this.#time = time;
    this.units = units;
    this.#random = random;
    this.#moods = units.map(() => 'well');
  }

  /** The driver for a computer that has just started. */
  driverFor(clock: Clock): Driver {
    const script = {
      random: this.#random,
      script: ({ unitId }: { unitId: number }) => this.#mischief(this.#moods[unitId - 1] ?? 'well'),
      cell: ({ unitId }: { unitId: number }, address: number) => this.#cell(unitId, address),
    };
    this.#plant = simulatePlant('modbus-tcp', clock, script, LATENCY_MS);
    this.#plant.setAway(this.#isLinkUp ? 'there' : 'away');
    return this.#plant.driver;
  }

  setMood(unit: number, mood: DeviceMood): void {
    this.#moods[unit] = mood;
  }

  /** The network between computer and PLCs. */
  setLink(link: 'up' | 'down'): void {
    this.#isLinkUp = link === 'up';
    this.#plant?.setAway(this.#isLinkUp ? 'there' : 'away');
  }

  #cell(unitId: number, address: number): number | undefined {
    const unit = this.units[unitId - 1];
    if (unit === undefined) return undefined;
    const { nowMs } = this.#time;
    const powerKw = unit.powerKw(nowMs);
    if (address === PLACES.power) return powerKw;
    if (address === PLACES.status) return powerKw > 0 ? GENERATING : STOPPED;
    if (address === PLACES.energyHigh) return Math.floor(unit.show(nowMs) / 65_536);
    if (address === PLACES.energyLow) return unit.show(nowMs) % 65_536;
    return 0;
  }

  #mischief(mood: DeviceMood): Mischief {
    if (mood === 'mute') return { kind: 'drop' };
    if (mood === 'refusing') return { kind: 'exception', exception: 6 };
    const random = this.#random;
    if (mood === 'well' || random.next() < 0.4) return { kind: 'none' };
    const tricks: readonly Mischief[] = [
      { kind: 'delay', delayMs: random.next() * 30_000 },
      { kind: 'drop' },
      { kind: 'duplicate', delayMs: random.next() * 5000 },
      { kind: 'reorder' },
      { kind: 'truncated' },
      { kind: 'wrong-transaction', offset: 1 + Math.floor(random.next() * 5) },
      { kind: 'exception', exception: 4 },
      { kind: 'reset' },
      { kind: 'end-mid-frame' },
      { kind: 'black-hole' },
      { kind: 'replay-old' },
      { kind: 'drip', everyMs: random.next() * 60 },
    ];
    return tricks[Math.floor(random.next() * tricks.length)] as Mischief;
  }
}

/** plant.yaml of the world; `variant` changes something that is asked for in the devices, or only a name. */
export function worldText(units: number, variant: number): string {
  const period = variant === 1 ? '10s' : '5s';
  const extra = variant === 2 ? '' : '\n      - { id: power, register: holding, address: 0, type: uint16, unit: kW }';
  const signals = (plc: string): string =>
    `${variant === 2 ? '' : `power: ${plc}/power, `}energyExport: ${plc}/energy, status: ${plc}/status`;
  const numbers = Array.from({ length: units }, (_, n) => n + 1);
  return `version: 1
plant: { id: HP-WORLD, name: World ${variant === 3 ? 'renamed' : 'one'}, timezone: Asia/Kolkata, ratedPowerKw: 4000 }
interval: 1m
units:
${numbers
  .map(
    (n) =>
      `  - { id: unit${n}, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { ${signals(`plc${n}`)} } }`,
  )
  .join('\n')}
devices:
${numbers
  .map(
    (n) => `  - id: plc${n}
    driver: modbus-tcp
    connection: { host: 192.0.2.${n}, unitId: ${n}, timeout: 1s }
    period: ${period}
    points:${extra}
      - { id: energy, register: holding, address: 2, type: uint32, scale: 0.001, unit: kWh, kind: counter, modulus: 4294967296 }
      - { id: status, register: holding, address: 4, type: uint16, map: { 0: stopped, 2: generating } }`,
  )
  .join('\n')}
`;
}
