import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { deviceKeyFromSeed } from '../ledger/device-key.ts';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';
import { sealSettings } from './seal-schema.ts';

const any: DriverDescription = {
  origin: 'plant',
  schemas: { connection: z.looseObject({}), point: z.looseObject({}) },
};
const whole = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8').replace(
  /^sync:[\s\S]*$/m,
  '',
);

function parse(sync: string) {
  return parseConfig(`${whole}\nsync: ${sync}\n`, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });
}

const RECEIVER = deviceKeyFromSeed(Buffer.alloc(32, 21), 'x', 'office.example').verifierKey;
const HEDERA =
  'hedera: { network: testnet, operatorId: 0.0.2, operatorKeyFile: k, anchor: { mode: merkle, every: 1h } }';

it('takes a folder and how often runs are sealed', () => {
  const result = parse('{ file: { folder: /media/usb }, seal: { mode: direct, every: 5m } }');
  expect(result.kind === 'valid' ? result.config.sync : result.issues).toEqual({
    file: { folder: '/media/usb' },
    seal: { mode: 'direct', every: '5m' },
  });
});

it('takes ids with their checksum, and refuses another one', () => {
  const withIds = (network: string, operatorId: string, topicId: string) =>
    parse(
      `{ hedera: { ${network}, operatorId: ${operatorId}, topicId: ${topicId}, operatorKeyFile: k, maxFeeHbar: 0.5 } }`,
    );
  expect(withIds('network: testnet', '0.0.1001-eevit', '0.0.123-esxsf').kind).toBe('valid');
  const wrong = withIds('network: mainnet', '0.0.1001-eevit', '0.0.124-vfmkw');
  const issues = wrong.kind === 'valid' ? [] : wrong.issues;
  expect(issues.map(({ path, message }) => [path, message])).toEqual([
    ['sync.hedera.operatorId', expect.stringMatching(/0\.0\.1001-eevit .*urkbk/)],
    ['sync.hedera.topicId', expect.stringMatching(/0\.0\.124-vfmkw/)],
  ]);
  const own = withIds('nodes: { "127.0.0.1:50211": 0.0.3 }', '0.0.1001-eevit', '0.0.123');
  expect(own.kind === 'valid' ? [] : own.issues.map(({ message }) => message)).toEqual([
    expect.stringContaining('without its checksum'),
  ]);
});

it('needs no time where each reading is sealed by itself', () => {
  expect(parse('{ seal: { mode: direct } }').kind).toBe('valid');
  expect(parse('{ seal: { every: 1h } }').kind).toBe('invalid');
});

it('takes a preset in place of mode and every, and fees of its own', () => {
  const result = parse('{ file: { folder: /media/usb }, seal: { preset: dashboard } }');
  expect(result.kind === 'valid' ? sealSettings(result.config.sync?.seal) : result.issues).toEqual({
    mode: 'merkle',
    every: '1d',
  });
  expect(sealSettings()).toEqual({ mode: 'merkle', every: '1h' });
  expect(sealSettings({ mode: 'direct', every: '5m' })).toEqual({ mode: 'direct', every: '5m' });
  const fees = 'fees: { source: the list, asOf: 2026-06-30, messageUsd: 0.001, includedBytes: 0, byteUsd: 0 }';
  const withFees = parse(`{ ${HEDERA.replace(/anchor:.*/, `${fees} }`)} }`);
  expect(withFees.kind === 'valid' ? withFees.config.sync?.hedera?.fees : withFees.issues).toEqual({
    source: 'the list',
    asOf: '2026-06-30',
    messageUsd: 0.001,
    includedBytes: 0,
    byteUsd: 0,
  });
});

it('takes the key of whoever receives the disk, and what a metered link allows', () => {
  const file = `{ folder: /media/usb, receiver: ${RECEIVER} }`;
  const result = parse(`{ file: ${file}, link: { metered: true, bytesPerDay: 2000000 } }`);
  expect(result.kind === 'valid' ? result.config.sync : result.issues).toEqual({
    file: { folder: '/media/usb', receiver: RECEIVER },
    link: { metered: true, bytesPerDay: 2_000_000 },
  });
});

it.each([
  ['{ seal: { preset: cheap } }', /one of transparent-classic, efficient/],
  ['{ seal: { preset: efficient, every: 1d } }', /either a preset or mode and every/],
  ['{ seal: { mode: merkle } }', /a preset, or mode and every/],
  [
    `{ ${HEDERA.replace(/anchor:.*/, 'fees: { source: x, asOf: soon, messageUsd: 1, includedBytes: 0, byteUsd: 0 } }')} }`,
    /day on which/,
  ],
  ['{ link: { bytesPerDay: 10 } }', /at least 50000 bytes/],
  ['{ link: { metered: true } }', /whole number of bytes/],
  [`{ file: { folder: /media/usb, receiver: office.example } }`, /verifier key/],
  [`{ file: { folder: /media/usb, receiver: ${RECEIVER.replace('office', 'ofice')} } }`, /belong together/],
  ['{ file: { folder: usb/forebay } }', /whole path/],
  ['{ seal: { mode: merkle, every: soon } }', /duration/],
  [
    '{ hedera: { nodes: { "127.0.0.1:50211": 0.0.3 }, operatorId: 0.0.2, operatorKeyFile: k, did: {} } }',
    /mainnet and testnet only/,
  ],
  [
    '{ hedera: { network: testnet, operatorId: 0.0.2, operatorKeyFile: k, did: { topicId: 0.0.5006-aaaaa } } }',
    /0\.0\.5006-aaaaa/,
  ],
  [`{ ${HEDERA}, seal: { mode: direct, every: 1h } }`, /either seal or hedera\.anchor/],
])('refuses "%s"', (text, words) => {
  const result = parse(text);
  expect(result.kind === 'valid' ? [] : result.issues.map(({ message }) => message)).toEqual([
    expect.stringMatching(words),
  ]);
});

const KEY = 'hub.example+7835563e+BAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD';

it('takes a hub and a proxy', () => {
  const hub = `{ url: https://hub.example/forebay/v1, publicKey: ${KEY}, tokenFile: hub.token, caFile: ca.pem }`;
  const proxy =
    '{ url: "http://192.0.2.7:3128", username: asha, passwordFile: proxy.password, except: ["*.plant.example", 127.0.0.1] }';
  const result = parse(`{ hub: ${hub}, proxy: ${proxy} }`);
  expect(result.kind === 'valid' ? result.config.sync : result.issues).toEqual({
    hub: { url: 'https://hub.example/forebay/v1', publicKey: KEY, tokenFile: 'hub.token', caFile: 'ca.pem' },
    proxy: {
      url: 'http://192.0.2.7:3128',
      username: 'asha',
      passwordFile: 'proxy.password',
      except: ['*.plant.example', '127.0.0.1'],
    },
  });
});

const HUB = `url: https://hub.example, publicKey: ${KEY}`;

const OPERATOR = 'operatorId: 0.0.2, operatorKeyFile: k';

it.each([
  `{ hedera: { network: testnet, ${OPERATOR}, mirror: "https://mirror.example" } }`,
  `{ hedera: { network: testnet, ${OPERATOR}, mirror: "https://mirror.example:8443/hedera/" } }`,
  `{ hedera: { network: testnet, ${OPERATOR}, mirror: "http://127.0.0.1:5551" } }`,
  `{ hedera: { nodes: { "192.0.2.1:50211": 0.0.3 }, ${OPERATOR}, mirror: "http://192.0.2.1:5551" } }`,
])('takes the mirror of "%s"', (text) => {
  expect(parse(text)).toMatchObject({ kind: 'valid' });
});

it.each([
  [`{ hedera: { network: mainnet, ${OPERATOR}, mirror: "http://mirror.example" } }`, /expected https/],
  [`{ hedera: { network: testnet, ${OPERATOR}, mirror: "http://localhost.example" } }`, /expected https/],
  [`{ hedera: { network: testnet, ${OPERATOR}, secondMirror: "http://second.example" } }`, /expected https/],
  [
    `{ hedera: { network: mainnet, ${OPERATOR}, secondMirror: "https://mainnet-public.mirrornode.hedera.com/" } }`,
    /somebody else runs/,
  ],
  [
    `{ hedera: { network: testnet, ${OPERATOR}, mirror: "https://a.example", secondMirror: "https://a.example/x" } }`,
    /somebody else runs/,
  ],
  [`{ hedera: { network: testnet, ${OPERATOR}, mirror: "https://asha@mirror.example" } }`, /without user or query/],
  [`{ hedera: { network: testnet, ${OPERATOR}, mirror: "https://mirror.example/?a=b" } }`, /without user or query/],
  [`{ hedera: { network: testnet, ${OPERATOR}, mirror: "ftp://mirror.example" } }`, /an address such as/],
  ['{ hub: { url: https://hub.example } }', /publicKey is missing|the public key of a hub/],
  [`{ hub: { url: http://hub.example, publicKey: ${KEY} } }`, /address of a hub/],
  [`{ hub: { url: https://hub.example/, publicKey: ${KEY} } }`, /address of a hub/],
  [`{ hub: { url: https://a@hub.example, publicKey: ${KEY} } }`, /address of a hub/],
  [`{ hub: { url: https://hub.example, publicKey: ${KEY.replace('+BAMD', '+BAND')} } }`, /a character of it is wrong/],
  [`{ hub: { url: https://hub.example, publicKey: ${KEY.replace('+BAMD', '+AQMD')} } }`, /public key of a hub/],
  [`{ hub: { ${HUB}, certificateFile: c } }`, /certificateFile and keyFile together/],
  [`{ hub: { ${HUB}, keyFile: k } }`, /certificateFile and keyFile together/],
  [`{ hub: { ${HUB}, token: t } }`, /looks like a password/],
  [
    `{ hub: { url: "http://127.0.0.1:8750", publicKey: ${KEY}, caFile: c } }`,
    /https:\/\/ where there are certificates/,
  ],
  ['{ proxy: { url: "https://192.0.2.7:3128" } }', /address of a proxy/],
  ['{ proxy: { url: "http://192.0.2.7" } }', /address of a proxy/],
  ['{ proxy: { url: "http://192.0.2.7:3128", passwordFile: p } }', /username beside passwordFile/],
  ['{ proxy: { url: "http://192.0.2.7:3128", except: ["http://a"] } }', /a host such as/],
])('refuses the hub, proxy or mirror of "%s"', (text, words) => {
  const result = parse(text);
  const messages = result.kind === 'valid' ? [] : result.issues.map(({ message, line }) => `${line}: ${message}`);
  expect(messages.length).toBeGreaterThan(0);
  expect(messages.join(' ')).toMatch(words);
});
