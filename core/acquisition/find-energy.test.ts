import { expect, test } from 'vitest';
import { findEnergy } from './find-energy.ts';
import type { Candidate } from './probe-role.ts';

const READS = 16;
const readAtMs = Array.from({ length: READS }, (_none, read) => read * 10_000);
const powerKw = readAtMs.map(() => 18_000);
/** 50 kWh in ten seconds at 18,000 kW. */
const counted = readAtMs.map((_at, read) => 40_017 + 50 * read);

function candidate(address: number, type: string, values: readonly number[]): Candidate {
  const settings = { register: 'holding', address, type, order: 'ABCD' };
  const decoding = { label: `${type} ABCD`, settings, values };
  const ranked = { decoding, bits: 20, values, isInOrder: true };
  const place = { place: `holding ${address}`, rawHex: [], decodings: [decoding] };
  return { place: { place, decodings: [ranked], leadBits: 9 }, decoding: ranked, rank: 0, values };
}

function settingsFound(candidates: readonly Candidate[]) {
  return findEnergy(candidates, powerKw, readAtMs).roles.map(({ decoding }) => decoding.decoding.settings);
}

test('two registers that were 0 all the time do not make a wider counter of a 32-bit one', () => {
  const found = settingsFound([candidate(1016, 'uint64', counted), candidate(1018, 'uint32', counted)]);
  expect(found).toMatchObject([{ address: 1018, type: 'uint32' }]);
});

test('a counter whose upper half is in use is read as a whole', () => {
  const whole = counted.map((value) => value + 2 ** 32);
  const found = settingsFound([candidate(1016, 'uint64', whole), candidate(1018, 'uint32', counted)]);
  expect(found).toMatchObject([{ address: 1016, type: 'uint64' }]);
});
