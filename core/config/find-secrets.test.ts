import { expect, it } from 'vitest';
import { configurationBody } from './configuration-body.ts';
import { findSecrets } from './find-secrets.ts';
import type { PlantConfig } from './plant.ts';

const hex = 'ab12'.repeat(16);

it.each([
  ['a PEM block', '-----BEGIN PRIVATE KEY-----'],
  ['a DER key in hex', `key302e020100300506032b657004220420${hex}`.slice(3)],
  ['a raw key', `# old one: ${hex}`],
  ['a key with 0x', `operator: 0x${hex}`],
  ['one of our API keys', 'fbk_0123456789abcdef_abcdefghijklmnopqrstuvwxyz'],
  ['a password', '  connection: { url: a, password: "hunter2" }'],
  ['a password in a comment', '# password = hunter2'],
  ['a password in an address', 'url: mqtt://plant:hunter2@broker:1883'],
])('finds %s', (_what, line) => {
  expect(findSecrets(`version: 1\n${line}\n`).map((finding) => finding.line)).toEqual([2]);
});

it.each([
  'operatorKeyFile: hedera.key   # never in this file',
  'passwordFile: mqtt.password',
  `trust: ${hex}`,
  'mirror: http://127.0.0.1:5551',
  'password:',
  '{ id: monkey, unit: kW }',
])('leaves %s alone', (line) => {
  expect(findSecrets(line)).toEqual([]);
});

it('makes the body of the configuration entry and refuses a secret', () => {
  const config = { plant: { id: 'HP-001' } } as PlantConfig;
  expect(configurationBody('abc', config)).toEqual({
    plantId: 'HP-001',
    // FIPS 180-2, appendix B.1.
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    text: 'abc',
  });
  expect(() => configurationBody('a: 1\ntoken: abc', config)).toThrow(
    expect.objectContaining({ code: 'CFG_SECRET', message: expect.stringContaining('Line 2') }),
  );
});
