import { expect, test } from 'vitest';
import { hederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { receiptInWords } from './receipt-words.ts';

const HEDERA = {
  topicId: '0.0.5005',
  sequence: 17,
  consensusAt: 1_790_000_000_123_456_789n,
  runningHash: Buffer.alloc(48, 3),
  transactionId: { payerId: '0.0.1001', validStart: 1_790_000_000_000_000_000n },
};

test('a receipt of a hub says who signed how much of which ledger, and when', () => {
  const checkpoint = 'forebay/HP-007/56475aa7\n1236\ncm9vdA==\n\n\u2014 hub.example/evidence c2ln\n';
  const receipt = { hub: 'https://hub.example', publicKey: 'hub.example+1+BA', size: 1236, checkpoint };
  expect(receiptInWords({ ...receipt, signedAtS: 1_790_000_000 })).toEqual([
    'the hub at https://hub.example signed on 2026-09-21T14:13:20.000Z that it holds the first 1236 entries of forebay/HP-007/56475aa7',
    'root that it signed: cm9vdA==',
    'key of the hub: hub.example+1+BA',
  ]);
  // A cosignature may bear any time.
  expect(receiptInWords({ ...receipt, signedAtS: Number.MAX_SAFE_INTEGER })[0]).toContain(
    'signed in second 9007199254740991 since 1970 by its clock that it holds',
  );
});

test('a receipt of Hedera says where the message stands, and whether anybody can look', () => {
  const lines = receiptInWords(hederaReceipt({ network: 'testnet', ...HEDERA }));
  expect(lines[0]).toBe('message 17 of topic 0.0.5005 on Hedera testnet');
  expect(lines[1]).toMatch(/^consensus on 2026-09-21T14:13:20\.123.*Z, by transaction 0\.0\.1001@1790000000/);
  expect(lines[2]).toContain('https://hashscan.io/testnet/transaction/');
  const own = receiptInWords(hederaReceipt({ network: 'private', ...HEDERA }));
  expect(own).toHaveLength(2);
  expect(own[0]).toContain("on a Hedera network of one's own");
});

test('a receipt of a disk says what was read back, and who has to receive it', () => {
  const receipt = { file: '/media/usb/forebay/HP-007/0-9-ab.ndjson', sha256: 'ab'.repeat(32), bytes: 4321 };
  expect(receiptInWords(receipt)).toEqual([
    'file /media/usb/forebay/HP-007/0-9-ab.ndjson, 4321 bytes, read back from the disk',
    `its SHA-256: ${'ab'.repeat(32)}`,
  ]);
  expect(receiptInWords({ ...receipt, receiver: 'office.example+1+AQ' })[2]).toBe('to be received by office.example');
});

test('a receipt of another form is shown as it stands', () => {
  expect(receiptInWords({ place: 'shelf 3', copies: 2 })).toEqual(['place: shelf 3', 'copies: 2']);
});
