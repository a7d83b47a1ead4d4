import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { driverHost, type HostOptions } from '../contract/driver-host.ts';
import { mqttDevice } from '../contract/mqtt-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { TestAuthority } from './certificates.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

const NEVER = new AbortController().signal;
const PASSWORD = 'correct horse 7';
const SECRETS: Record<string, string> = { 'right.pwd': PASSWORD, 'wrong.pwd': 'incorrect horse 8' };

/** Brokers by what they are, and the files that a connection may name. */
const brokers = new Map<string, Mosquitto>();

beforeAll(async () => {
  const plant = new TestAuthority();
  const other = new TestAuthority('Another authority');
  const good = plant.sign('broker', 'IP:127.0.0.1,DNS:localhost');
  const ours = plant.sign('forebay', 'DNS:forebay');
  const foreign = other.sign('stranger', 'DNS:stranger');
  const past = plant.sign('past', 'DNS:forebay', -1);
  const files = { 'plant.crt': plant.ca, 'other.crt': other.ca, 'ours.crt': ours.cert, 'ours.key': ours.key };
  const more = { 'foreign.crt': foreign.cert, 'foreign.key': foreign.key, 'past.crt': past.cert, 'past.key': past.key };
  for (const [name, path] of Object.entries({ ...files, ...more })) SECRETS[name] = plant.text(path);
  SECRETS['empty.crt'] = 'this is no certificate';
  const kinds: Record<string, Parameters<typeof startMosquitto>[0]> = {
    plain: { users: { forebay: PASSWORD } },
    tls: { tls: good },
    expired: { tls: plant.sign('expired', 'IP:127.0.0.1', -1) },
    renamed: { tls: plant.sign('renamed', 'DNS:broker.plant.example') },
    mutual: { tls: { ...good, ca: plant.ca, clients: 'asked' } },
  };
  for (const [kind, options] of Object.entries(kinds)) brokers.set(kind, await startMosquitto(options));
});

afterAll(async () => {
  for (const broker of brokers.values()) await broker.stop();
});

const LOGIN = { username: 'forebay', passwordFile: 'right.pwd' };
const OURS = { caFile: 'plant.crt', certFile: 'ours.crt', keyFile: 'ours.key' };

/** The broker, the scheme, the rest of the connection, and what comes of it. */
const CASES: readonly (readonly [string, 'mqtt' | 'mqtts', Record<string, string>, string])[] = [
  ['plain', 'mqtt', LOGIN, 'connected'],
  ['plain', 'mqtt', { ...LOGIN, version: '3.1.1' }, 'connected'],
  ['plain', 'mqtt', { ...LOGIN, passwordFile: 'wrong.pwd' }, 'DRV_MQTT_NOT_AUTHORISED'],
  ['plain', 'mqtt', { ...LOGIN, passwordFile: 'wrong.pwd', version: '3.1.1' }, 'DRV_MQTT_NOT_AUTHORISED'],
  ['plain', 'mqtt', {}, 'DRV_MQTT_NOT_AUTHORISED'],
  ['plain', 'mqtt', { ...LOGIN, passwordFile: 'absent.pwd' }, 'ACQ_SECRET_MISSING'],
  ['plain', 'mqtts', { ...LOGIN, caFile: 'plant.crt' }, 'DRV_MQTT_NO_TLS'],
  ['tls', 'mqtts', { caFile: 'plant.crt' }, 'connected'],
  ['tls', 'mqtts', { caFile: 'plant.crt', version: '3.1.1' }, 'connected'],
  ['tls', 'mqtts', { caFile: 'other.crt' }, 'DRV_MQTT_CERTIFICATE_UNTRUSTED'],
  ['tls', 'mqtts', {}, 'DRV_MQTT_CERTIFICATE_UNTRUSTED'],
  ['tls', 'mqtts', { caFile: 'empty.crt' }, 'DRV_MQTT_KEY_FILES'],
  ['tls', 'mqtt', {}, 'DRV_MQTT_TLS_EXPECTED'],
  ['expired', 'mqtts', { caFile: 'plant.crt' }, 'DRV_MQTT_CERTIFICATE_EXPIRED'],
  ['renamed', 'mqtts', { caFile: 'plant.crt' }, 'DRV_MQTT_CERTIFICATE_NAME'],
  ['mutual', 'mqtts', OURS, 'connected'],
  ['mutual', 'mqtts', { caFile: 'plant.crt' }, 'DRV_MQTT_CLIENT_CERTIFICATE'],
  ['mutual', 'mqtts', { ...OURS, certFile: 'foreign.crt', keyFile: 'foreign.key' }, 'DRV_MQTT_CLIENT_CERTIFICATE'],
  ['mutual', 'mqtts', { ...OURS, certFile: 'past.crt', keyFile: 'past.key' }, 'DRV_MQTT_KEY_FILES'],
  ['mutual', 'mqtts', { ...OURS, keyFile: 'foreign.key' }, 'DRV_MQTT_KEY_FILES'],
  ['nobody', 'mqtt', {}, 'DRV_MQTT_REFUSED'],
  ['nobody', 'mqtts', { caFile: 'plant.crt' }, 'DRV_MQTT_REFUSED'],
];

describe('mosquitto with and without TLS', () => {
  test.each(CASES)('%s over %s with %j: %s', async (kind, scheme, connection, expected) => {
    const port = brokers.get(kind)?.port ?? (await freePort());
    const said = await connectTo(`${scheme}://127.0.0.1:${port}`, connection, { secrets: SECRETS });
    expect(said.code).toBe(expected);
    // Neither a password nor a key stands in what people read.
    expect(said.text).not.toContain('horse');
    expect(said.text).not.toContain('PRIVATE');
  });
});

async function connectTo(url: string, connection: Record<string, string>, host: HostOptions) {
  const device = mqttDevice({ url, ...connection }, [{ id: 'flow', topic: 'plant/flow', unit: 'm3/s' }]);
  const outcome = await mqtt.connect(device, driverHost(7, host), NEVER);
  if (outcome.kind === 'fault') return { code: outcome.fault.code, text: JSON.stringify(outcome.fault) };
  await outcome.connection.close();
  return { code: 'connected', text: '' };
}
