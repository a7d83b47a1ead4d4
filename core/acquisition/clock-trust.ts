import type { ClockTrust } from './reading.ts';

/** What is known of this computer's clock at one moment. All times but those named otherwise are monotonic. */
export interface ClockEvidence {
  readonly nowMs: number;
  /** When the clock was last stepped. */
  readonly steppedAtMs?: number | undefined;
  /** What time servers last said. */
  readonly outside?: OutsideTime | undefined;
  /** By how much the clock stands before what was recorded with it. */
  readonly behindLedgerMs?: number | undefined;
  /** What the clocks of the devices say together. */
  readonly devices?: DevicesTime | undefined;
}

/** The offset that a majority of the time servers agreed on. */
export interface OutsideTime {
  readonly atMs: number;
  /** Time of the servers minus time of this computer. */
  readonly offsetMs: number;
  /** How far the offset may be wrong, from the way to the servers and back. */
  readonly boundMs: number;
  readonly servers: number;
}

/** Devices whose clocks agree with each other. */
export interface DevicesTime {
  /** Time of the devices minus time of this computer. */
  readonly offsetMs: number;
  readonly devices: number;
}

export interface ClockStanding {
  readonly trust: ClockTrust;
  /** One sentence for the operator. */
  readonly reason: string;
}

/** Gateways are held to one second of UTC; interval edges further off put energy into the wrong interval. */
export const DISCIPLINED_MS = 1000;
/** From here on the clock is called wrong. */
export const WRONG_MS = 2000;
/** How long an agreement speaks for a clock that runs on by itself: a quartz at 100 ppm loses 0.36 s in it. */
export const AGREEMENT_MS = 3_600_000;
/** How long readings stay marked after a step, unless an outside source agrees with the new time. */
export const SUSPECT_MS = 600_000;
/** Clocks of devices are rarely set well, so only a large difference, seen by several, counts. */
export const DEVICES_WRONG_MS = 60_000;
export const DEVICES_MIN = 2;

/**
 * The rules of trust, first match first:
 *
 * 1. Time servers agree since the last step, no longer than an hour ago, that it is wrong by more than 2 s: suspect.
 * 2. They agree likewise that it is right within 1 s: disciplined.
 * 3. The clock stands before what was recorded with it: suspect. It lost its time, or had a wrong one before.
 * 4. It was stepped within the last ten minutes: suspect.
 * 5. Two devices or more agree with each other and differ by more than a minute, and no server spoke: suspect.
 * 6. Otherwise it runs on by itself: holdover.
 */
export function judgeClock(evidence: ClockEvidence): ClockStanding {
  const { nowMs, steppedAtMs = Number.NEGATIVE_INFINITY, behindLedgerMs, devices } = evidence;
  const outside = spoken(evidence);
  if (outside !== undefined) {
    const offMs = Math.abs(outside.offsetMs);
    if (offMs - outside.boundMs > WRONG_MS) {
      const side = outside.offsetMs > 0 ? 'behind' : 'ahead of';
      return suspect(`The clock of this computer is ${showOffset(offMs)} ${side} ${showServers(outside.servers)}`);
    }
    if (offMs + outside.boundMs <= DISCIPLINED_MS) {
      return {
        trust: 'disciplined',
        reason: `${showServers(outside.servers)} agreed within ${showOffset(DISCIPLINED_MS)}`,
      };
    }
  }
  if (behindLedgerMs !== undefined && behindLedgerMs > WRONG_MS) {
    const by = showOffset(behindLedgerMs);
    return suspect(`The clock of this computer stands ${by} before the last entry of the ledger`);
  }
  if (nowMs - steppedAtMs < SUSPECT_MS) {
    return suspect('The clock of this computer was stepped within the last ten minutes');
  }
  if (outside === undefined && devices !== undefined && outvotes(devices)) {
    const side = devices.offsetMs > 0 ? 'behind' : 'ahead of';
    const by = showOffset(Math.abs(devices.offsetMs));
    return suspect(`The clock of this computer is ${by} ${side} the clocks of ${devices.devices} devices that agree`);
  }
  return { trust: 'holdover', reason: holdoverReason(evidence, outside) };
}

/** An answer from before the last step, or an old one, says nothing of the present clock. */
function spoken({ nowMs, steppedAtMs, outside }: ClockEvidence): OutsideTime | undefined {
  if (outside === undefined || nowMs - outside.atMs > AGREEMENT_MS) return undefined;
  return steppedAtMs !== undefined && outside.atMs < steppedAtMs ? undefined : outside;
}

function outvotes({ devices, offsetMs }: DevicesTime): boolean {
  return devices >= DEVICES_MIN && Math.abs(offsetMs) > DEVICES_WRONG_MS;
}

function holdoverReason({ outside: earlier }: ClockEvidence, outside: OutsideTime | undefined): string {
  if (outside !== undefined) {
    const by = showOffset(Math.abs(outside.offsetMs));
    return `The clock runs evenly, ${by} from ${showServers(outside.servers)}: too far to be called disciplined`;
  }
  if (earlier !== undefined) return 'The clock runs evenly; no time server has confirmed it within the last hour';
  return 'The clock runs evenly; it was not compared with a time source';
}

function suspect(reason: string): ClockStanding {
  return { trust: 'suspect', reason };
}

function showServers(servers: number): string {
  return servers === 1 ? 'a time server' : `${servers} time servers`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [365.25 * 86_400_000, 'years'],
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** A length of time in its largest unit of which there are two, for a person. */
export function showOffset(ms: number): string {
  for (const [unitMs, name] of UNITS) if (ms >= 2 * unitMs) return `${Number((ms / unitMs).toFixed(1))} ${name}`;
  return ms >= 1000 ? `${Number((ms / 1000).toFixed(1))} s` : `${Math.round(ms)} ms`;
}
