import { z } from 'zod';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { ProbeRequest } from '../../core/acquisition/probe.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { leaseBroker } from './broker.ts';
import type { Delivery } from './broker-link.ts';
import { type BrokerSettings, brokerShape, refineBroker } from './broker-schema.ts';

const LISTEN_MS_MIN = 2000;
const LISTEN_MS_MAX = 120_000;
/** Where brokers tell their name and version, if they tell. */
export const VERSION_TOPIC = '$SYS/broker/version';

const probeSchema = z
  .strictObject({ ...brokerShape, rebirth: z.enum(['true', 'false']).default('false') })
  .superRefine(refineBroker);

export interface ProbeSettings {
  readonly broker: BrokerSettings;
  /** `connection` for plant.yaml, as it was asked for: files by name, no secrets. */
  readonly connection: Readonly<Record<string, string>>;
  readonly rebirth: boolean;
}

export type SettingsOutcome =
  | { readonly kind: 'settings'; readonly settings: ProbeSettings }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** The broker of a probe's url: `mqtts://host:8883?username=forebay&passwordFile=mqtt.pwd&caFile=plant-ca.crt`. */
export function settingsOfUrl(url: URL): SettingsOutcome {
  if (url.username !== '' || url.password !== '') {
    return misconfigured(
      'a password in the address stays in the history of the shell: use ?username=...&passwordFile=...',
    );
  }
  const address = `${url.protocol}//${url.host}`;
  const connection = { url: address, ...Object.fromEntries(url.searchParams) };
  const parsed = probeSchema.safeParse(connection);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
    return misconfigured(`${where}: ${issue?.message ?? 'not understood'}`);
  }
  const { rebirth, ...broker } = parsed.data;
  const { rebirth: _asked, ...shown } = connection as Record<string, string>;
  return { kind: 'settings', settings: { broker, connection: shown, rebirth: rebirth === 'true' } };
}

export interface Listening {
  readonly driver: 'mqtt' | 'sparkplug-b';
  readonly settings: ProbeSettings;
  readonly topics: readonly string[];
  /** Ends the listening before its time. */
  isEnough(): boolean;
  take(delivery: Delivery, ask: (group: string, node: string) => void): void;
}

export type ListenOutcome =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | {
      readonly kind: 'heard';
      readonly sent: Readonly<Record<string, number>>;
      readonly refused: ReadonlyMap<string, Fault>;
      /** The connection broke off before the time was over. */
      readonly lost?: Fault;
    };

/** Listens to a broker for as long as the reads of a probe take, at least two seconds. */
export async function listen(
  listening: Listening,
  { reads, everyMs }: ProbeRequest,
  host: DriverHost,
  signal: AbortSignal,
): Promise<ListenOutcome> {
  const lease = leaseBroker(listening.driver, withOwnId(listening.settings.broker, host), host);
  const broker = lease.resource;
  const over = new AbortController();
  const end = (): void => over.abort();
  let lost: Fault | undefined;
  const listener = {
    topics: listening.topics,
    qos: 1 as const,
    take: (delivery: Delivery) => {
      listening.take(delivery, (group, node) => broker.requestRebirth(group, node));
      if (listening.isEnough()) end();
    },
    lost: (fault: Fault) => {
      lost = fault;
      end();
    },
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const joined = await broker.join(listener, signal);
    if (joined.kind === 'fault') return joined;
    const { sent } = broker;
    const listenMs = Math.min(Math.max(reads * everyMs, LISTEN_MS_MIN), LISTEN_MS_MAX);
    await sleep(host.clock, listenMs, over.signal);
    return { kind: 'heard', sent, refused: joined.refused, ...(lost === undefined ? {} : { lost }) };
  } finally {
    signal.removeEventListener('abort', end);
    broker.leave(listener);
    await lease.release();
  }
}

/** A broker keeps one connection for each client id: the probe must not throw out the Forebay that runs beside it. */
function withOwnId(broker: BrokerSettings, { random }: DriverHost): BrokerSettings {
  const clientId = broker.clientId ?? `forebayprobe${Math.floor(random.next() * 2 ** 32).toString(16)}`;
  return { ...broker, clientId };
}

function misconfigured(what: string): SettingsOutcome {
  const fault: Fault = {
    code: 'DRV_MQTT_PROBE_URL',
    message: `The address for the probe cannot be used: ${what}.`,
    policy: 'misconfigured',
    hint: 'Such as mqtts://192.168.1.20:8883?username=forebay&passwordFile=mqtt.pwd&caFile=plant-ca.crt',
  };
  return { kind: 'fault', fault };
}
