import { expect, test } from 'vitest';
import { mainnetHint } from './mainnet-hint.ts';

const OWN_NODE = { '127.0.0.1:50211': '0.0.3' };
const OWN_MIRROR = 'http://127.0.0.1:5551';
const node = (place: string) => ({ nodes: { [place]: '0.0.3' }, mirror: OWN_MIRROR });
const mirror = (url: string) => ({ nodes: OWN_NODE, mirror: url });

test.each([
  { network: 'testnet' },
  { network: 'previewnet', mirror: 'https://mirror.third.party.com' },
  { nodes: OWN_NODE },
  ...[
    '127.1:40123',
    'localhost:50211',
    '10.1.2.3:50211',
    '172.31.0.4:50211',
    '192.168.7.9:50211',
    '100.64.0.1:50211',
  ].map(node),
  ...['192.0.2.10:50211', '[::1]:50211', '[fd12:3456::1]:50211', 'consensus:50211', 'node1.plant.lan:50211'].map(node),
  ...['testnet-node00-00-grpc.hedera.com:443', 'previewnet-node06-00-grpc.hedera.com:443'].map(node),
  ...['http://mirror.office.example', 'https://testnet.mirrornode.hedera.com', 'http://192.168.7.9:5551/api'].map(
    mirror,
  ),
])('%o is not the mainnet', (names) => {
  expect(mainnetHint(names)).toBeUndefined();
});

test.each([
  { network: 'mainnet' },
  { network: 'testnet', mirror: 'https://mainnet.mirrornode.hedera.com' },
  { network: 'testnet', secondMirror: 'https://hedera.third.party.com/MainNet/v1' },
  // A node of the mainnet by its address, beside a mirror that says nothing.
  ...[
    '35.237.200.180:50211',
    '0x23EDC8B4:50211',
    'node00.swirldslabs.com:443',
    '172.32.0.4:50211',
    '192.0.3.1:50211',
    '10.example.com:50211',
  ].map(node),
  ...[
    '[2600:1f18::7]:50211',
    'testnet.hedera.com.evil.org:50211',
    'mainnet.plant.lan:50211',
    'my-testnet.org:50211',
  ].map(node),
  ...['https://mirror.third.party.com', 'https://mainnet-public.mirrornode.hedera.com/', 'https://8.8.8.8'].map(mirror),
  { nodes: { ...OWN_NODE, '35.237.200.180:50211': '0.0.4' }, mirror: OWN_MIRROR },
  { nodes: OWN_NODE, mirror: OWN_MIRROR, secondMirror: 'https://mirror.third.party.com' },
])('%o is or may be the mainnet', (names) => {
  expect(mainnetHint(names)?.why).toMatch(/mainnet of Hedera/);
});
