import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Decoding, ProbedPlace, ProbeOutcome, ProbeRequest } from '../../core/acquisition/probe.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { Delivery } from './broker-link.ts';
import { decode } from './decode.ts';
import { findNode, type JsonSteps, writePath } from './json-path.ts';
import { type JsonNode, readJson } from './json-tree.ts';
import { Payload } from './payload.ts';
import type { MqttPointSettings } from './point-schema.ts';
import { listen, settingsOfUrl, VERSION_TOPIC } from './probe-broker.ts';
import type { MqttRecipe } from './recipe.ts';
import { isoTime } from './source-time.ts';
import { probeSparkplug } from './sparkplug-probe.ts';
import { quote } from './value-fault.ts';

const TOPICS_MAX = 200;
const PLACES_MAX = 1000;
const SPARKPLUG = 'spBv1.0/';
/** Counts that are the time of day in one unit or another, from the year 2000 to 2100. */
const EPOCHS = [
  { format: 's', from: 946_684_800, to: 4_102_444_800 },
  { format: 'ms', from: 946_684_800_000, to: 4_102_444_800_000 },
] as const;

interface HeardTopic {
  /** The latest messages, the oldest first. */
  readonly payloads: Uint8Array[];
  live: number;
}

/**
 * Listens to topics for a while and lists every value that their messages hold: of the topics given, of the points', or
 * of everything that the login may read. Publishes nothing.
 */
export async function probeMqtt(request: ProbeRequest, host: DriverHost, signal: AbortSignal): Promise<ProbeOutcome> {
  if (request.places.some((place) => place.startsWith(SPARKPLUG))) return probeSparkplug(request, host, signal);
  const parsed = settingsOfUrl(request.url);
  if (parsed.kind === 'fault') return parsed;
  const wanted = wantedTopics(request);
  const heard = new Map<string, HeardTopic>();
  let version: string | undefined;
  let isSparkplug = false;
  let dropped = 0;
  const take = ({ topic, payload, age }: Delivery): void => {
    if (topic === VERSION_TOPIC) version = Buffer.from(payload).toString('utf8').slice(0, 100);
    else if (topic.startsWith(SPARKPLUG)) isSparkplug = true;
    else if (!heard.has(topic) && heard.size >= TOPICS_MAX) dropped += 1;
    else remember(heard, topic, { payload, age }, request.reads);
  };
  const outcome = await listen(
    {
      driver: 'mqtt',
      settings: parsed.settings,
      topics: [...wanted, VERSION_TOPIC],
      take,
      isEnough: () => hasAll(wanted, heard, request.reads),
    },
    request,
    host,
    signal,
  );
  if (outcome.kind === 'fault') return outcome;
  const places = [...heard].flatMap(([topic, { payloads }]) => placesOf(topic, payloads, request)).slice(0, PLACES_MAX);
  const refused = [...outcome.refused].filter(([topic]) => topic !== VERSION_TOPIC);
  const notes = [
    ...(outcome.lost === undefined ? [] : [outcome.lost.message]),
    ...refused.map(([, fault]) => fault.message),
    ...quietNotes(wanted, heard),
    ...(dropped === 0 ? [] : [`There are more than ${TOPICS_MAX} topics: name those you want.`]),
    ...(isSparkplug ? [`Sparkplug B nodes publish here: probe again with the place ${SPARKPLUG}#.`] : []),
    ...[...heard].flatMap(([topic, { payloads }]) => timeNotes(topic, payloads.at(-1))),
  ];
  return {
    kind: 'answered',
    report: {
      driver: 'mqtt',
      connection: parsed.settings.connection,
      identity: version === undefined ? [] : [{ name: 'broker', value: version }],
      places,
      notes,
      counts: { requests: wanted.length, timeouts: 0, strangers: 0, writes: 0 },
      sent: outcome.sent,
    },
  };
}

function wantedTopics({ places, points }: ProbeRequest): string[] {
  const ofPoints = points.map(({ settings }) => (settings as MqttPointSettings).topic);
  const topics = [...new Set([...places.map((place) => place.split(' $')[0] ?? place), ...ofPoints])];
  return topics.length === 0 ? ['#'] : topics;
}

function remember(
  heard: Map<string, HeardTopic>,
  topic: string,
  { payload, age }: Pick<Delivery, 'payload' | 'age'>,
  reads: number,
): void {
  const known = heard.get(topic) ?? { payloads: [], live: 0 };
  known.payloads.push(payload);
  if (known.payloads.length > reads) known.payloads.shift();
  if (age === 'live') known.live += 1;
  heard.set(topic, known);
}

function hasAll(wanted: readonly string[], heard: ReadonlyMap<string, HeardTopic>, reads: number): boolean {
  return wanted.every((topic) => (heard.get(topic)?.live ?? 0) >= reads);
}

function quietNotes(wanted: readonly string[], heard: ReadonlyMap<string, HeardTopic>): string[] {
  const kept = [...heard].filter(([, { live }]) => live === 0).map(([topic]) => topic);
  const silent = wanted.filter((topic) => !/[+#]/.test(topic) && !heard.has(topic));
  return [
    ...(heard.size === 0 ? ['No message came in this time: publishers that send rarely need a longer listening.'] : []),
    ...silent.map((topic) => `No message came on ${topic}: check its spelling.`),
    ...kept.map((topic) => `${topic} had only a kept (retained) message: nobody knows how old it is.`),
  ];
}

/** Each value of a topic's messages; a topic whose messages cannot be read is one place with its fault. */
function placesOf(topic: string, payloads: readonly Uint8Array[], request: ProbeRequest): ProbedPlace[] {
  const latest = payloads.at(-1);
  if (latest === undefined) return [];
  const text = Buffer.from(latest).toString('utf8');
  const tree = readJson(text);
  const isGroup = tree.kind === 'tree' && (tree.root.kind === 'object' || tree.root.kind === 'array');
  const ways = isGroup ? leavesOf(tree.root, []) : [undefined];
  const asked = request.places
    .filter((place) => place.startsWith(`${topic} $`))
    .map((place) => place.slice(topic.length + 1));
  return ways
    .filter((steps) => asked.length === 0 || (steps !== undefined && asked.includes(writePath(steps))))
    .map((steps) => placeOf(topic, steps, payloads, request.reads));
}

function leavesOf(node: JsonNode, steps: JsonSteps): JsonSteps[] {
  if (node.kind === 'object') return [...node.members].flatMap(([name, member]) => leavesOf(member, [...steps, name]));
  if (node.kind === 'array') return node.items.flatMap((item, index) => leavesOf(item, [...steps, index]));
  return [steps];
}

function placeOf(
  topic: string,
  steps: JsonSteps | undefined,
  payloads: readonly Uint8Array[],
  reads: number,
): ProbedPlace {
  const path = steps === undefined ? undefined : writePath(steps);
  const excerpts = payloads.map((bytes) =>
    new Payload(bytes).excerpt({ value: steps, time: undefined, quality: undefined }),
  );
  const raws = excerpts.map((excerpt) => (excerpt.kind === 'raw' ? excerpt.raw : undefined));
  const fault = excerpts.find((excerpt) => excerpt.kind === 'fault')?.fault;
  const missing = Array.from({ length: Math.max(0, reads - raws.length) });
  const decodings = waysToRead(topic, path)
    .map(({ label, settings, recipe }): Decoding => {
      const values = raws.map((raw) => (raw === undefined ? null : readAs(recipe, raw)));
      return { label, settings, values: [...values, ...missing.map(() => null)] };
    })
    .filter(({ values }) => values.some((value) => value !== null));
  const why = decodings.length > 0 ? undefined : (fault ?? faultOf(topic, path, raws.at(-1)));
  return {
    place: path === undefined ? topic : `${topic} ${path}`,
    rawHex: [...raws.map((raw) => Buffer.from(raw ?? []).toString('hex')), ...missing.map(() => '')],
    decodings,
    ...(why === undefined ? {} : { fault: why }),
  };
}

function waysToRead(topic: string, path: string | undefined) {
  const recipe: MqttRecipe = {
    v: 1,
    driver: 'mqtt',
    topic,
    form: path === undefined ? 'plain' : 'json',
    scale: '1',
    offset: '0',
  };
  const settings: JsonObject = { topic, ...(path === undefined ? {} : { path }) };
  return [
    { label: 'number', settings, recipe },
    {
      label: 'number in quotes',
      settings: { ...settings, quoted: true },
      recipe: { ...recipe, quoted: true as const },
    },
    { label: 'state', settings, recipe: undefined },
  ];
}

/** Undefined recipe: a text or a yes/no as it stands, for a point with a map. */
function readAs(recipe: MqttRecipe | undefined, raw: Uint8Array): number | string | null {
  const text = Buffer.from(raw).toString('utf8');
  if (recipe === undefined) {
    const read = readJson(text);
    if (read.kind === 'flaw') return text.length <= 40 && !/^[+-]?\d/.test(text) && !/^[{[]/.test(text) ? text : null;
    if (read.root.kind === 'text') return read.root.text.slice(0, 40);
    return read.root.kind === 'boolean' ? text : null;
  }
  // Where a number stands bare, "in quotes" is no second way to read it.
  if (recipe.quoted === true && /^[-+\d]/.test(text)) return null;
  const decoded = decode(recipe, raw);
  return decoded.kind === 'decoded' ? decoded.value : null;
}

function faultOf(topic: string, path: string | undefined, raw: Uint8Array | undefined) {
  const recipe = waysToRead(topic, path)[0]?.recipe;
  const decoded = recipe === undefined || raw === undefined ? undefined : decode(recipe, raw);
  return decoded?.kind === 'fault' ? decoded.fault : undefined;
}

/** Which values look like the time of the others: for a person to confirm, never taken by itself. */
function timeNotes(topic: string, payload: Uint8Array | undefined): string[] {
  const text = Buffer.from(payload ?? []).toString('utf8');
  const tree = readJson(text);
  if (tree.kind === 'flaw') return [];
  return leavesOf(tree.root, []).flatMap((steps) => {
    const found = findNode(tree.root, steps);
    const format = found.kind === 'found' ? timeFormatOf(found.node, text) : undefined;
    if (format === undefined || steps.length === 0) return [];
    const path = writePath(steps);
    return [`In ${topic}, ${quote(path)} looks like a time: timePath: "${path}", timeFormat: ${format}.`];
  });
}

function timeFormatOf(node: JsonNode, text: string): string | undefined {
  if (node.kind === 'text') return isoTime(node.text).kind === 'time' ? 'iso' : undefined;
  if (node.kind !== 'number') return undefined;
  const count = Number(text.slice(node.start, node.end));
  return EPOCHS.find(({ from, to }) => count >= from && count < to)?.format;
}
