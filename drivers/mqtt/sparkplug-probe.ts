import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { ProbedPlace, ProbeOutcome, ProbeRequest } from '../../core/acquisition/probe.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { Delivery } from './broker-link.ts';
import { listen, settingsOfUrl, VERSION_TOPIC } from './probe-broker.ts';
import { decodeMetric, sparkplugRecipe } from './sparkplug-decode.ts';
import { readPayload, type SparkplugMetric } from './sparkplug-payload.ts';
import { type MetricPlace, sparkplugPointSchema } from './sparkplug-schema.ts';
import { typeName } from './sparkplug-type.ts';

const EVERYTHING = 'spBv1.0/#';
const PLACES_MAX = 2000;
/** What a node says of itself and no point wants. */
const OWN_METRICS = /^(?:bdSeq|Node Control\/|Device Control\/)/;

interface HeardMetric {
  readonly place: MetricPlace;
  readonly name: string;
  readonly type: string;
  readonly metrics: SparkplugMetric[];
}

/** The nodes and devices that were heard. An alias means what the last birth said, and nothing before a birth. */
class Heard {
  readonly metrics = new Map<string, HeardMetric>();
  readonly notes = new Set<string>();
  readonly #aliases = new Map<string, HeardMetric>();
  readonly #reads: number;

  constructor(reads: number) {
    this.#reads = reads;
  }

  take({ topic, payload, age }: Delivery, ask: (group: string, node: string) => void): void {
    const [, group = '', message = '', node = '', device = ''] = topic.split('/');
    if (!/^[ND](?:BIRTH|DATA|DEATH)$/.test(message)) return;
    const where = [group, node, device].filter((name) => name !== '').join('/');
    if (age !== 'live')
      this.notes.add(`${where} has a kept (retained) ${message}, which is against the rules of Sparkplug.`);
    if (message.endsWith('DEATH')) this.notes.add(`${where} went off the broker while we listened.`);
    const read = readPayload(payload);
    if (read.kind === 'flaw') this.notes.add(`${where} sent a ${message} that cannot be read: ${read.what}.`);
    if (read.kind === 'flaw' || message.endsWith('DEATH')) return;
    const isBirth = message.endsWith('BIRTH');
    for (const metric of read.payload.metrics) {
      if (isBirth) this.#enter({ group, node, device }, metric);
      const known = this.#find({ group, node, device }, metric);
      if (known === undefined) {
        this.notes.add(
          `${where} sends data, and its birth has not come: add rebirth=true to the address to ask for it.`,
        );
        ask(group, node);
      } else if (metric.isHistorical) this.notes.add(`${where} sends values from the past (historical).`);
      else known.metrics.push(metric);
      if (known !== undefined && known.metrics.length > this.#reads) known.metrics.shift();
    }
  }

  #enter(place: MetricPlace, metric: SparkplugMetric): void {
    const { name = '', alias, datatype = 0 } = metric;
    const key = keyOf(place, name);
    const known = this.metrics.get(key);
    const entered = known ?? { place, name, type: typeName(datatype), metrics: [] };
    this.metrics.set(key, entered);
    if (alias !== undefined) this.#aliases.set(keyOf(place, `#${alias}`), entered);
  }

  #find(place: MetricPlace, { name, alias }: SparkplugMetric): HeardMetric | undefined {
    if (name !== undefined && name !== '') return this.metrics.get(keyOf(place, name));
    return alias === undefined ? undefined : this.#aliases.get(keyOf(place, `#${alias}`));
  }
}

/** Listens to Sparkplug B nodes and lists the metrics of their births. Sends nothing, unless `rebirth=true` asks for it. */
export async function probeSparkplug(
  request: ProbeRequest,
  host: DriverHost,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const parsed = settingsOfUrl(request.url);
  if (parsed.kind === 'fault') return parsed;
  const { settings } = parsed;
  const topics = request.places.filter((place) => place.startsWith('spBv1.0/'));
  const heard = new Heard(request.reads);
  let version: string | undefined;
  const outcome = await listen(
    {
      driver: 'sparkplug-b',
      settings,
      topics: [...(topics.length === 0 ? [EVERYTHING] : topics), VERSION_TOPIC],
      take: (delivery, ask) => {
        if (delivery.topic === VERSION_TOPIC) version = Buffer.from(delivery.payload).toString('utf8').slice(0, 100);
        else heard.take(delivery, settings.rebirth ? ask : () => undefined);
      },
      isEnough: () => false,
    },
    request,
    host,
    signal,
  );
  if (outcome.kind === 'fault') return outcome;
  const places = [...heard.metrics.values()].filter(({ name }) => !OWN_METRICS.test(name)).slice(0, PLACES_MAX);
  const refused = [...outcome.refused].filter(([topic]) => topic !== VERSION_TOPIC).map(([, fault]) => fault.message);
  const silence = heard.metrics.size === 0 && heard.notes.size === 0 ? ['No Sparkplug message came in this time.'] : [];
  return {
    kind: 'answered',
    report: {
      driver: 'sparkplug-b',
      connection: settings.connection,
      identity: version === undefined ? [] : [{ name: 'broker', value: version }],
      places: places.map((place) => probedPlace(place, request.reads)),
      notes: [...(outcome.lost === undefined ? [] : [outcome.lost.message]), ...refused, ...silence, ...heard.notes],
      counts: { requests: topics.length, timeouts: 0, strangers: 0, writes: 0 },
      sent: outcome.sent,
    },
  };
}

function probedPlace({ place, name, type, metrics }: HeardMetric, reads: number): ProbedPlace {
  const missing = Array.from({ length: Math.max(0, reads - metrics.length) });
  const { group, node, device } = place;
  const settings: JsonObject = { group, node, ...(device === '' ? {} : { device }), metric: name };
  const recipe = sparkplugRecipe(neutralPoint(settings), place, type);
  const decoded = metrics.map((metric) => decodeMetric(recipe, metric));
  const isState = type === 'Boolean' || type === 'String' || type === 'Text';
  const values = metrics.map((metric, index) => {
    const each = decoded[index];
    if (each?.kind === 'decoded') return each.value;
    return isState ? stateText(metric) : null;
  });
  const hasValue = values.some((value) => value !== null);
  const fault = decoded.find((each) => each.kind === 'fault')?.fault;
  return {
    place: `${[group, node, device].filter((each) => each !== '').join('/')} ${name}`,
    name,
    rawHex: [...metrics.map(({ raw }) => Buffer.from(raw).toString('hex')), ...missing.map(() => '')],
    decodings: hasValue
      ? [{ label: isState ? `state (${type})` : type, settings, values: [...values, ...missing.map(() => null)] }]
      : [],
    ...(hasValue || fault === undefined ? {} : { fault }),
  };
}

function stateText({ values }: SparkplugMetric): string | null {
  const [value] = values;
  if (value?.field === 'string') return value.text.slice(0, 40);
  return value?.field === 'boolean' ? String(value.isTrue) : null;
}

function neutralPoint(settings: JsonObject): PointConfig {
  return { ref: '', id: '', unit: '', kind: 'gauge', settings: sparkplugPointSchema.parse(settings) };
}

function keyOf({ group, node, device }: MetricPlace, name: string): string {
  return `${group}/${node}/${device}/${name}`;
}
