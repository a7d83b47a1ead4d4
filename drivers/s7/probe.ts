import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Decoding, ProbedPlace, ProbeOutcome, ProbeRequest } from '../../core/acquisition/probe.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { type Address, addressText, parseAddress } from './address.ts';
import { type S7ConnectionSettings, s7ConnectionSchema } from './connection-schema.ts';
import { DATA_TYPES, type DataType } from './data-type.ts';
import { rawValue } from './decode.ts';
import { Frames } from './frames.ts';
import { type Link, newTally, openLink } from './link.ts';
import { abortedFault } from './link-fault.ts';
import { compareSpans, groupRuns, type Run, spanOf } from './plan-runs.ts';
import type { S7PointSettings } from './point-schema.ts';
import { itemMeaning, requestMeaning } from './refusal-fault.ts';
import {
  COMPONENT_IDENTIFICATION,
  componentIdentity,
  type Identity,
  MODULE_IDENTIFICATION,
  modeOf,
  moduleIdentity,
  OPERATING_MODE,
  systemStatusRequest,
} from './system-status.ts';

/** How far a probe looks around when nobody says where: the first blocks, and the first bytes of each. */
const DB_LOOKED_FOR_MAX = 64;
const DB_SHOWN_MAX = 4;
const BYTES_SHOWN = [64, 32, 16, 8, 4] as const;
const READS_MAX = 20;
const FLOATS_AND_COUNTS: readonly DataType[] = ['REAL', 'DINT', 'DWORD', 'LREAL', 'LINT', 'INT', 'WORD', 'BYTE'];

interface Looking {
  readonly link: Link;
  readonly frames: Frames;
  readonly host: DriverHost;
  readonly signal: AbortSignal;
}

/** Looks at a PLC for `forebay probe s7://host:port/rack/slot`. Reads only. */
export async function probe(request: ProbeRequest, host: DriverHost, signal: AbortSignal): Promise<ProbeOutcome> {
  const settings = settingsOf(request.url);
  if ('code' in settings) return { kind: 'fault', fault: settings };
  const spots = spotsOf(request);
  if ('code' in spots) return { kind: 'fault', fault: spots };
  const tally = newTally();
  const frames = await Frames.load();
  const opened = await openLink({ settings, host, tally, frames }, signal);
  if (opened.kind === 'fault') return opened;
  const { link } = opened;
  const onAbort = (): void => link.abandon();
  signal.addEventListener('abort', onAbort, { once: true });
  const looking: Looking = { link, frames, host, signal };
  const { identity, notes } = await identify(looking);
  const { pduBytes } = link;
  const wanted = spots.length > 0 ? spots : await findBlocks(looking, notes);
  const places = await readPlaces(looking, wanted, request);
  signal.removeEventListener('abort', onAbort);
  link.close();
  if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
  notes.push(`The PLC allows messages of ${pduBytes} bytes.`);
  const { requests, timeouts, strangers, sent } = tally;
  const { host: name, port, rack, slot } = settings;
  return {
    kind: 'answered',
    report: {
      driver: 's7',
      connection: { host: name, port, rack, slot },
      identity,
      places,
      notes,
      counts: { requests, timeouts, strangers, writes: 0 },
      sent: Object.fromEntries(sent),
    },
  };
}

/** A place to look at: a run of bytes, and the types that are wanted of it; none means every plausible one. */
interface Spot extends Run {
  readonly name: string;
  readonly address?: Address;
}

function settingsOf(url: URL): S7ConnectionSettings | Fault {
  const match = /^\/(\d+)\/(\d+)\/?$/.exec(url.pathname);
  const [, rack, slot] = match ?? [];
  const port = url.port === '' ? {} : { port: Number(url.port) };
  // An address of the sixth version stands in brackets in a URL and without them in plant.yaml.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const parsed = s7ConnectionSchema.safeParse({ host, ...port, rack: Number(rack), slot: Number(slot) });
  if (match !== null && parsed.success) return parsed.data;
  return badProbe(`The address of a PLC is s7://host:port/rack/slot, and this is ${url.href}.`);
}

function spotsOf({ places, points }: ProbeRequest): Spot[] | Fault {
  const spots: Spot[] = [];
  for (const place of places) {
    const parsed = parseAddress(place);
    if (parsed.kind === 'mistake') return badProbe(`${parsed.message[0]?.toUpperCase()}${parsed.message.slice(1)}.`);
    spots.push(spotOf(parsed.address));
  }
  return [...spots, ...points.map((point) => spotOf((point.settings as S7PointSettings).address))];
}

function spotOf(address: Address): Spot {
  return { ...spanOf(address), name: addressText(address), address, members: [] };
}

function badProbe(message: string): Fault {
  const hint = 'Such as: forebay probe s7://192.168.0.1/0/1 --point DB1,REAL0';
  return { code: 'DRV_S7_PROBE', message, policy: 'misconfigured', hint };
}

async function identify({ link }: Looking): Promise<{ identity: Identity[]; notes: string[] }> {
  const identity: Identity[] = [];
  const notes: string[] = [];
  const ask = async (list: number): Promise<Buffer | undefined> => {
    const reply = await link.ask(systemStatusRequest(list), { kind: 'status', list });
    return reply.kind === 'status' ? reply.list : undefined;
  };
  const modules = await ask(MODULE_IDENTIFICATION);
  if (modules !== undefined) identity.push(...moduleIdentity(modules));
  const components = await ask(COMPONENT_IDENTIFICATION);
  if (components !== undefined) identity.push(...componentIdentity(components));
  const mode = await ask(OPERATING_MODE);
  if (mode !== undefined) identity.push({ name: 'mode', value: modeOf(mode).toUpperCase() });
  else notes.push('The PLC does not tell whether it runs: a PLC in STOP could not be told from a running one.');
  return { identity, notes };
}

/** The data blocks that can be read by address, looked for one by one among the first numbers. */
async function findBlocks(looking: Looking, notes: string[]): Promise<Spot[]> {
  const numbers = Array.from({ length: DB_LOOKED_FOR_MAX }, (_, at) => at + 1);
  const answers = await readSpots(
    looking,
    numbers.map((db) => blockSpot(db, 1)),
  );
  const found = numbers.filter((_, index) => answers[index] instanceof Uint8Array);
  const denied = answers.find(
    (answer) => answer !== undefined && 'code' in answer && answer.policy === 'misconfigured',
  );
  if (found.length === 0) {
    notes.push(
      `None of DB1 to DB${DB_LOOKED_FOR_MAX} can be read by address: name one with --point, such as DB100,REAL0.`,
    );
    if (denied !== undefined && 'code' in denied) notes.push(`${denied.message} ${denied.hint ?? ''}.`);
  } else {
    notes.push(
      `Data blocks that can be read: ${found.map((db) => `DB${db}`).join(', ')} (of DB1 to DB${DB_LOOKED_FOR_MAX}).`,
    );
  }
  const spots: Spot[] = [];
  for (const db of found.slice(0, DB_SHOWN_MAX)) spots.push(await longestSpot(looking, db));
  return spots;
}

async function longestSpot(looking: Looking, db: number): Promise<Spot> {
  for (const bytes of BYTES_SHOWN) {
    const spot = blockSpot(db, bytes);
    const [answer] = await readSpots(looking, [spot]);
    if (answer instanceof Uint8Array) return spot;
  }
  return blockSpot(db, 1);
}

function blockSpot(db: number, bytes: number): Spot {
  return { area: 'DB', db, byte: 0, bytes, name: `DB${db} bytes 0 to ${bytes - 1}`, members: [] };
}

type Answer = Uint8Array | Fault | undefined;

/** The bytes of each spot, or why there are none; undefined for what was not asked. */
async function readSpots({ link, frames, signal }: Looking, spots: readonly Spot[]): Promise<Answer[]> {
  const answers = new Map<Spot, Answer>();
  // In the order of a request's items.
  const order = [...spots].sort(compareSpans);
  for (const group of groupRuns(order, link.pduBytes) as Spot[][]) {
    if (signal.aborted) break;
    const lengths = group.map(({ bytes }) => bytes);
    const reply = await link.ask(frames.readRequest(group), { kind: 'read', lengths });
    for (const [index, spot] of group.entries()) answers.set(spot, answerOf(reply, index));
  }
  return spots.map((spot) => answers.get(spot));
}

function answerOf(reply: Awaited<ReturnType<Link['ask']>>, index: number): Answer {
  if (reply.kind === 'lost') return reply.fault;
  if (reply.kind === 'refused') return requestMeaning(reply.error).fault;
  const item = reply.kind === 'items' ? reply.items[index] : undefined;
  if (item === undefined) return undefined;
  return item.kind === 'data' ? item.bytes : itemMeaning(item.code).fault;
}

async function readPlaces(looking: Looking, spots: readonly Spot[], request: ProbeRequest): Promise<ProbedPlace[]> {
  const rounds: Answer[][] = [];
  const reads = Math.min(READS_MAX, Math.max(1, request.reads));
  for (let read = 0; read < reads && !looking.signal.aborted; read += 1) {
    if (read > 0) await sleep(looking.host.clock, request.everyMs, looking.signal);
    rounds.push(await readSpots(looking, spots));
  }
  return spots.flatMap((spot, index) =>
    placesOf(
      spot,
      rounds.map((round) => round[index]),
    ),
  );
}

/** A single address gives one place; a stretch of a block one for each two bytes, as most values begin at those. */
function placesOf(spot: Spot, answers: readonly Answer[]): ProbedPlace[] {
  const offsets = spot.address === undefined ? evenOffsets(spot.bytes) : [0];
  const last = answers.at(-1);
  const fault = last !== undefined && 'code' in last ? { fault: last } : {};
  const shown = answers.map((answer) => (answer instanceof Uint8Array ? answer : undefined));
  if (shown.every((bytes) => bytes === undefined)) {
    return [{ place: spot.name, rawHex: shown.map(() => ''), decodings: [], ...fault }];
  }
  return offsets.map((offset) => {
    const parts = shown.map((bytes) => bytes?.subarray(offset, Math.min(spot.bytes, offset + 8)));
    const address = spot.address ?? { area: spot.area, db: spot.db, byte: spot.byte + offset, type: 'BYTE' as const };
    const place = spot.address === undefined ? `DB${spot.db} byte ${spot.byte + offset}` : spot.name;
    const rawHex = parts.map((bytes) => (bytes === undefined ? '' : Buffer.from(bytes).toString('hex')));
    return { place, rawHex, decodings: decodingsOf(address, parts) };
  });
}

function evenOffsets(bytes: number): number[] {
  return Array.from({ length: Math.ceil(bytes / 2) }, (_, at) => at * 2);
}

/** Every type that the bytes are long enough for: REAL and DINT look alike to a PLC, and only values tell them apart. */
function decodingsOf(address: Address, parts: readonly (Uint8Array | undefined)[]): Decoding[] {
  const length = Math.min(...parts.flatMap((bytes) => (bytes === undefined ? [] : [bytes.length])));
  const types =
    address.type === 'X' ? (['X'] as const) : FLOATS_AND_COUNTS.filter((type) => DATA_TYPES[type].bytes <= length);
  return types.map((type) => {
    const placed: Address = { ...address, type };
    const values = parts.map((bytes) => (bytes === undefined ? null : shownValue(type, bytes, address.bit)));
    return { label: type, settings: { address: addressText(placed) }, values };
  });
}

function shownValue(type: DataType, bytes: Uint8Array, bit: number | undefined): number | string | null {
  const raw = rawValue(type, bytes, bit);
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
  return Number.isSafeInteger(Number(raw)) ? Number(raw) : present(raw.toString(), 'digits');
}
