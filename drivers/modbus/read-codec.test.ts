import { expect, test } from 'vitest';
import { encodeQuestion, judgeFrame, type Question, type ReadQuestion, readQuestion } from './read-codec.ts';

const pending: ReadQuestion = { unitId: 7, functionCode: 3, address: 3059, cells: 2 };

function judge(hex: string, header: { transactionId?: number; protocolId?: number } = {}) {
  const body = Uint8Array.from(Buffer.from(hex, 'hex'));
  return judgeFrame({ transactionId: 0x1234, protocolId: 0, ...header, body }, pending, 0x1234);
}

test('the four tables are read with the four function codes that read', () => {
  const encode = (table: 'coil' | 'discrete' | 'holding' | 'input'): string =>
    encodeQuestion(readQuestion({ table, address: 0x0bf3, cells: 2 }, 1)).toString('hex');
  // The trailing 0000 stands for the serial checksum, which modbus-serial cuts off. PM5xxx power: 01030bf30002.
  expect(encode('holding')).toBe('01030bf300020000');
  expect(encode('input')).toBe('01040bf300020000');
  expect(encode('coil')).toBe('01010bf300020000');
  expect(encode('discrete')).toBe('01020bf300020000');
});

test('no other function code is ever encoded', () => {
  let refused = 0;
  for (let functionCode = 0; functionCode <= 255; functionCode += 1) {
    if ((functionCode >= 1 && functionCode <= 4) || functionCode === 0x2b) continue;
    const question = { ...pending, functionCode: functionCode as ReadQuestion['functionCode'] };
    expect(() => encodeQuestion(question)).toThrow('only 1 to 4');
    refused += 1;
  }
  expect(refused).toBe(251);
});

test('a reply that agrees in everything is data', () => {
  expect(judge('07030443660000')).toEqual({ kind: 'data', bytes: Uint8Array.of(0x43, 0x66, 0, 0) });
});

test('a reply to another question is a stranger', () => {
  expect(judge('07030443660000', { transactionId: 0x1134 }).kind).toBe('stranger');
  expect(judge('07030443660000', { transactionId: 0x1235 }).kind).toBe('stranger');
  expect(judge('07030443660000', { protocolId: 1 }).kind).toBe('stranger');
  expect(judge('08030443660000').kind).toBe('stranger');
  expect(judge('07040443660000').kind).toBe('stranger');
  expect(judge('088302').kind).toBe('stranger');
  expect(judge('078402').kind).toBe('stranger');
  expect(judge('').kind).toBe('stranger');
  expect(judgeFrame({ transactionId: 1, protocolId: 0, body: Uint8Array.of(7, 3, 0) }, undefined, 1).kind).toBe(
    'stranger',
  );
});

test('a reply of the wrong size is malformed', () => {
  expect(judge('070302436600').kind).toBe('malformed');
  expect(judge('0703044366').kind).toBe('malformed');
  expect(judge('0703044366000000').kind).toBe('malformed');
  expect(judge('070306436600000000').kind).toBe('malformed');
  expect(judge('0783').kind).toBe('malformed');
  expect(judge('07830200').kind).toBe('malformed');
});

test('an exception is told from data', () => {
  expect(judge('078302')).toEqual({ kind: 'exception', exception: 2 });
  expect(judge('07830b')).toEqual({ kind: 'exception', exception: 11 });
});

test('bits come eight to a byte', () => {
  const bits: ReadQuestion = { ...pending, functionCode: 1, cells: 9 };
  const frame = { transactionId: 0x1234, protocolId: 0, body: Uint8Array.of(7, 1, 2, 0xff, 1) };
  expect(judgeFrame(frame, bits, 0x1234)).toEqual({ kind: 'data', bytes: Uint8Array.of(0xff, 1) });
});

test('an identification is asked for, and its reply is as long as its objects say', () => {
  const question: Question = { unitId: 7, functionCode: 0x2b, category: 2, objectId: 0 };
  expect(encodeQuestion(question).toString('hex')).toBe('072b0e02000000');
  const judgeIdentity = (hex: string) =>
    judgeFrame({ transactionId: 9, protocolId: 0, body: Uint8Array.from(Buffer.from(hex, 'hex')) }, question, 9);
  expect(judgeIdentity('072b0e02820000020003414243010141').kind).toBe('data');
  expect(judgeIdentity('072b0e0282000002000341424301014100').kind).toBe('malformed');
  expect(judgeIdentity('072b0e020382').kind).toBe('malformed');
  expect(judgeIdentity('07ab01')).toEqual({ kind: 'exception', exception: 1 });
});
