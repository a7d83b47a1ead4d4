import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { ProbedPlace, ProbeOutcome, ProbeRequest } from '../../core/acquisition/probe.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { CellSearch, type FoundRun, type Search, USUAL_AREAS } from './find-cells.ts';
import { identify } from './identification.ts';
import { ModbusConnection } from './modbus-connection.ts';
import { type AnySettings, lineFor, planSettings, seatSettings, type Transport } from './modbus-driver.ts';
import { connectionOf, nameRange, type ProbePlaces, understandConnection, understandPlaces } from './probe-request.ts';
import { type CellReads, placesOfReads, readRuns } from './read-runs.ts';
import { scanUnits } from './scan-units.ts';
import type { Seat } from './seat.ts';

/**
 * Looks at a device that nobody has described: reads the places asked for, or looks around where devices usually have
 * their values, several times, and gives each place in every type and word order. Reads only, over a line of its own,
 * within bounds of its own (find-cells.ts, scan-units.ts).
 */
export async function probe<T extends AnySettings>(
  transport: Transport<T>,
  request: ProbeRequest,
  host: DriverHost,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const connection = connectionOf(request.url);
  const understood = understandConnection(connection, transport.schema);
  if (understood.kind === 'fault') return understood;
  const places = understandPlaces(request.places);
  if (places.kind === 'fault') return places;
  const settings = { ...understood.value, share: false };
  const { line, release } = lineFor(transport, settings, 'probe', host);
  const seat = line.join(seatSettings(settings));
  try {
    const fault = await seat.open(signal);
    if (fault !== undefined) return { kind: 'fault', fault };
    const device = new ModbusConnection(planSettings(transport, settings), host, seat, line.place, release);
    const look: Look = { request, places: places.value, seat, device, host, signal };
    const seen = await lookAt(look);
    if (seen.kind === 'fault') return seen;
    const scan = places.value.units;
    const units = scan === undefined ? [] : await scanUnits(line, settings, scan, host, signal, request.onProgress);
    const isAnswered = seen.places.length > 0 || units.some(({ note }) => note !== undefined);
    if (scan !== undefined && !isAnswered && !signal.aborted)
      return { kind: 'fault', fault: noUnitFault(line.place, scan) };
    const counts = { requests: 0, timeouts: 0, strangers: 0, writes: 0 } as const;
    const sent: Record<string, number> = {};
    const tallies = [seat.tally, ...units.map(({ tally }) => tally)];
    for (const tally of tallies) for (const [code, count] of tally.sent) sent[code] = (sent[code] ?? 0) + count;
    const sum = (pick: 'requests' | 'timeouts' | 'strangers'): number =>
      tallies.reduce((total, tally) => total + tally[pick], 0);
    return {
      kind: 'answered',
      report: {
        driver: transport.name,
        connection: { ...connection, ...seen.learnt },
        identity: seen.identity,
        places: seen.places,
        readAtMs: seen.readAtMs,
        notes: [...places.value.notes, ...seen.notes, ...units.flatMap(({ note }) => note ?? [])],
        counts: { ...counts, requests: sum('requests'), timeouts: sum('timeouts'), strangers: sum('strangers') },
        sent,
      },
    };
  } finally {
    seat.leave();
    await release();
  }
}

interface Look {
  readonly request: ProbeRequest;
  readonly places: ProbePlaces;
  readonly seat: Seat;
  readonly device: ModbusConnection;
  readonly host: DriverHost;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly kind: 'seen';
  readonly places: readonly ProbedPlace[];
  readonly identity: readonly { readonly name: string; readonly value: string }[];
  readonly readAtMs: readonly number[];
  readonly learnt: JsonObject;
  readonly notes: readonly string[];
}

async function lookAt(look: Look): Promise<Seen | { readonly kind: 'fault'; readonly fault: Fault }> {
  const { request, seat, signal } = look;
  const isAround = look.places.ranges.length === 0 && look.places.units === undefined && request.points.length === 0;
  const search = await seat.during(signal, () => find(look, isAround));
  const isScanOnly = look.places.units !== undefined && look.places.ranges.length === 0;
  if (search.stop !== undefined && search.runs.every((run) => run.fault !== undefined) && !isScanOnly) {
    return { kind: 'fault', fault: wrongUnitFault(search.stop) };
  }
  if (isAround && search.runs.length === 0 && !signal.aborted) {
    return { kind: 'fault', fault: noRegisterFault(look.seat.settings.unitId) };
  }
  const good = search.runs.filter((run) => run.fault === undefined);
  const limit = search.maxRegisters ?? seat.settings.maxRegisters;
  const reads: CellReads[] = [];
  const readAtMs: number[] = [];
  const described: (readonly Outcome[])[] = [];
  const times = isScanOnly ? 0 : Math.max(1, request.reads);
  for (let read = 0; read < times; read += 1) {
    if (read > 0) await sleep(look.host.clock, request.everyMs, signal);
    if (signal.aborted) break;
    request.onProgress?.(`read ${read + 1} of ${times} of what was found`);
    readAtMs.push(look.host.clock.monotonicMs());
    reads.push(await seat.during(signal, () => readRuns(seat, good, limit)));
    if (request.points.length > 0) described.push(await look.device.read(request.points, signal));
  }
  const identity = isScanOnly ? [] : await seat.during(signal, () => identify(seat));
  const { places, zeros } = placesOfReads(good, reads, isAround ? 'without-zeros' : 'all');
  return {
    kind: 'seen',
    places: [...places, ...refusedPlaces(search.runs, reads.length), ...describedPlaces(request, described)],
    identity,
    readAtMs,
    learnt: search.maxRegisters === undefined ? {} : { maxRegisters: search.maxRegisters },
    notes: notesOf(search, isAround, zeros),
  };
}

function find(look: Look, isAround: boolean): Promise<Search> {
  const search = new CellSearch(look.seat, look.request.onProgress);
  return isAround ? search.lookAround(USUAL_AREAS) : search.lookAt(look.places.ranges);
}

/** Silence, and a gateway that speaks for a device which does not: usually the unit id is another one. */
const SILENT_CODES = ['DRV_MODBUS_TIMEOUT', 'DRV_MODBUS_GATEWAY_PATH', 'DRV_MODBUS_GATEWAY_TARGET'];

function wrongUnitFault(fault: Fault): Fault {
  if (!SILENT_CODES.includes(fault.code)) return fault;
  const hint = `${fault.hint}. To find the unit id, try --scan-units 1-20, then 1-247`;
  return { ...fault, hint };
}

function noRegisterFault(unitId: number): Fault {
  return {
    code: 'DRV_MODBUS_NO_REGISTER',
    message: `Unit id ${unitId} answers, but has no register at any of the usual places.`,
    policy: 'isolate',
    hint: 'Name a place of the device\'s register list, such as --point "holding 3000-3015" or --point "input 0-40"; or it is a gateway, and the device has another unit id: --scan-units 1-247',
  };
}

function noUnitFault(place: string, { from, to }: { readonly from: number; readonly to: number }): Fault {
  const range = from === to ? `unit id ${from}` : `any unit id from ${from} to ${to}`;
  return {
    code: 'DRV_MODBUS_NO_UNIT',
    message: `${place} answers, but nothing does under ${range}.`,
    policy: 'retry',
    hint: "Try 0, 255 and 1-247; read the Modbus address in the device's menu; behind a gateway check its baud rate and parity, A and B, power and end resistors",
  };
}

function refusedPlaces(runs: readonly FoundRun[], reads: number): ProbedPlace[] {
  return runs.flatMap((run) => {
    if (run.fault === undefined) return [];
    return [{ place: nameRange(run), rawHex: Array<string>(reads).fill(''), decodings: [], fault: run.fault }];
  });
}

/** Points that somebody described already, as they come out that way. */
function describedPlaces(request: ProbeRequest, rounds: readonly (readonly Outcome[])[]): ProbedPlace[] {
  return request.points.map((point, index) => {
    const settings = point.settings as JsonObject;
    const outcomes = rounds.flatMap((round) => round[index] ?? []);
    const samples = outcomes.map((outcome) => (outcome.kind === 'sample' ? outcome : undefined));
    const [miss] = outcomes.flatMap((outcome) => (outcome.kind === 'miss' ? [outcome] : []));
    return {
      place: `${String(settings.register)} ${String(settings.address)}`,
      name: point.id,
      unit: point.unit,
      rawHex: samples.map((sample) => (sample === undefined ? '' : hexOf(sample.raw))),
      decodings: [{ label: 'as described', settings, values: samples.map((sample) => sample?.value ?? null) }],
      ...(miss === undefined ? {} : { fault: miss.fault }),
    };
  });
}

function notesOf(search: Search, isAround: boolean, zeros: number): string[] {
  const notes: string[] = [];
  if (search.maxRegisters !== undefined) {
    notes.push(`The device gives at most ${search.maxRegisters} registers in one request: maxRegisters is set.`);
  }
  if (isAround && zeros > 0) notes.push(`${zeros} registers hold 0 and are left out.`);
  if (search.stop !== undefined) notes.push(`${search.stop.message} What was found until then is shown.`);
  return notes;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
