import type { DriverHost } from '../../core/acquisition/driver.ts';
import { sleep } from '../../core/model/clock.ts';
import { exceptionMeaning } from './exception-fault.ts';
import { identify } from './identification.ts';
import type { Line } from './line.ts';
import type { Tally } from './link.ts';
import { type AnySettings, seatSettings } from './modbus-driver.ts';

/** Between two units, so that a scan is no burden for a line that others use. */
const PAUSE_MS = 50;
/** How long a unit may take to answer in a scan. */
const TIMEOUT_MS_MAX = 1000;

export interface ScannedUnit {
  readonly unitId: number;
  readonly tally: Tally;
  /** What there is to say; absent when the unit does not answer. */
  readonly note?: string;
}

/**
 * Asks each unit id of a range, on this one line, for one register. Any answer but that of a gateway on its behalf
 * means that the unit is there. At most 256 units, one after the other, each waited for a second at most.
 */
export async function scanUnits(
  line: Line,
  settings: AnySettings,
  range: { readonly from: number; readonly to: number },
  host: DriverHost,
  signal: AbortSignal,
  onProgress?: (words: string) => void,
): Promise<ScannedUnit[]> {
  const units: ScannedUnit[] = [];
  for (let unitId = range.from; unitId <= range.to && !signal.aborted; unitId += 1) {
    const found = units.filter(({ note }) => note !== undefined).length;
    onProgress?.(`unit id ${unitId} of ${range.from} to ${range.to}, ${found} found`);
    const timeout = Math.min(settings.timeout, TIMEOUT_MS_MAX);
    const seat = line.join(seatSettings({ ...settings, unitId, timeout }));
    const note = await seat.during(signal, async () => {
      const answer = await seat.ask({ table: 'holding', address: 0, cells: 1 });
      if (answer.kind === 'none' || answer.kind === 'shut' || answer.kind === 'barred') return undefined;
      if (answer.kind === 'exception' && exceptionMeaning(answer.exception).remedy === 'stop') return undefined;
      const identity = await identify(seat);
      const says = identity.map(({ name, value }) => `${name} ${value}`).join(', ');
      return `Unit ${unitId} answers${says === '' ? '' : `: ${says}`}.`;
    });
    units.push({ unitId, tally: seat.tally, ...(note === undefined ? {} : { note }) });
    seat.leave();
    await sleep(host.clock, PAUSE_MS, signal);
  }
  return units;
}
