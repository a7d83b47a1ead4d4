import { expect, it } from 'vitest';
import { checksumTrouble, hederaChecksum, hederaIdText, parseHederaId } from './hedera-id.ts';

it.each([
  // As the SDK writes them; the last of mainnet is an example of HIP-15.
  ['0.0.1', 'testnet', 'mswfa'],
  ['0.0.1001', 'testnet', 'eevit'],
  ['12.345.99999', 'testnet', 'zersr'],
  ['0.0.4603900', 'mainnet', 'hwkii'],
  ['0.0.1001', 'previewnet', 'nsgqc'],
  ['0.0.123', 'mainnet', 'vfmkw'],
] as const)('gives %s on %s the checksum %s', (text, network, letters) => {
  const id = parseHederaId(text);
  expect(id === undefined ? undefined : hederaChecksum(id, network)).toBe(letters);
  expect(checksumTrouble(`${text}-${letters}`, network)).toBeUndefined();
  expect(checksumTrouble(`${text}-aaaaa`, network)).toContain(letters);
});

it('refuses what is no id', () => {
  for (const text of ['0.0', '0.0.01', '0.0.1-abcd', '0.0.1-ABCDE', '-1.0.0', '0.0.9223372036854775808', '0x1']) {
    expect(parseHederaId(text), text).toBeUndefined();
  }
  expect(hederaIdText(parseHederaId('0.0.9223372036854775807') ?? { shard: 0n, realm: 0n, number: 0n })).toBe(
    '0.0.9223372036854775807',
  );
});
