import { expect, test } from 'vitest';
import { addressText, parseAddress } from './address.ts';

function read(text: string): string {
  const parsed = parseAddress(text);
  return parsed.kind === 'mistake' ? parsed.message : addressText(parsed.address);
}

test.each([
  ['DB1,REAL0', 'DB1,REAL0'],
  ['db1,r4', 'DB1,REAL4'],
  ['DB100,X10.3', 'DB100,X10.3'],
  [' DB7,DI12 ', 'DB7,DINT12'],
  ['DB7,LR12', 'DB7,LREAL12'],
  ['DB65535,BYTE65535', 'DB65535,BYTE65535'],
  ['DB3,UDINT8', 'DB3,UDINT8'],
  ['M10.3', 'M10.3'],
  ['MX10.3', 'M10.3'],
  ['MW12', 'MW12'],
  ['MI12', 'MI12'],
  ['MDI12', 'MDI12'],
  ['MR12', 'MR12'],
  ['EW64', 'IW64'],
  ['A4.7', 'Q4.7'],
  ['QLR8', 'QLR8'],
])('%s is %s', (text, canonical) => {
  expect(read(text)).toBe(canonical);
  expect(read(canonical)).toBe(canonical);
});

test.each([
  ['DB1.DBD0', 'write DB1,REAL0 or DINT, DWORD'],
  ['DB1.DBW6', 'write DB1,INT6 or WORD'],
  ['DB1.DBX2.5', 'write DB1,X2.5'],
  ['DB1,DBD4', 'write DB1,REAL4'],
  ['DB1.REAL0', 'a comma, as in DB1,REAL0'],
  ['DB1,RAEL0', 'did you mean REAL?'],
  ['DB1,REAL0.4', 'an array'],
  ['DB1,X4', 'add which one, such as DB1,X4.3'],
  ['DB1,X4.8', 'bits 0 to 7'],
  ['M4', 'such as M4.3'],
  ['MW4.1', 'an array'],
  ['DB0,INT0', 'data blocks are 1 to 65535'],
  ['DB1,REAL65533', 'runs past byte 65535'],
  ['DB1,STRING0.10', 'a text or a date'],
  ['DB1,DTL0', 'a text or a date'],
  ['T5', 'timer or counter'],
  ['C5', 'timer or counter'],
  ['PIW256', 'process image'],
  ['40001', 'is no address'],
  ['', 'is no address'],
])('%s is a mistake that says: %s', (text, words) => {
  const parsed = parseAddress(text);
  expect(parsed.kind).toBe('mistake');
  expect(read(text)).toContain(words);
});
