import { expect, test } from 'vitest';
import { placesOf } from '../../tests/contract/register-places.ts';
import { seededPlc } from '../../tests/contract/seeded-plc.ts';
import { seededRandom } from '../model/random.ts';
import { findRoles } from './find-roles.ts';
import { withoutMirroredRegisters } from './mirrored-registers.ts';
import type { ProbedPlace } from './probe.ts';
import { rankDecodings } from './rank-decodings.ts';

const READS = 6;
const EVERY_MS = 2000;
const READ_AT_MS = Array.from({ length: READS }, (_, at) => 5000 + at * EVERY_MS);
const plc = seededPlc(seededRandom(7));
const HOLDING = placesOf(
  Array.from({ length: READS }, (_, at) => plc.imageAt((at * EVERY_MS) / 1000)),
  plc.first,
  plc.count,
);

/** The same registers again in the other table, with the reads in which a value moved meanwhile. */
function mirrorOf(places: readonly ProbedPlace[], tornReads: readonly number[] = []): ProbedPlace[] {
  return places.map((place) => ({
    ...place,
    place: place.place.replace('holding', 'input'),
    rawHex: place.rawHex.map((raw, read) => (tornReads.includes(read) ? 'ffff' : raw)),
    decodings: place.decodings.map((each) => ({ ...each, settings: { ...each.settings, register: 'input' } })),
  }));
}

function signalsOf(places: readonly ProbedPlace[]) {
  const { roles } = findRoles(rankDecodings(places).places, plc.ratings, READ_AT_MS);
  return roles.map(({ signal, place }) => [signal, place.place.place]);
}

test('a device that shows its holding registers as input registers too gives the same roles, of the holding ones', () => {
  const { places, note } = withoutMirroredRegisters([...HOLDING, ...mirrorOf(HOLDING)]);
  expect(note).toMatch(/^Input registers \d+ to \d+ mirror the holding registers/);
  expect(places).toEqual(HOLDING);
  expect(signalsOf(places)).toContainEqual(['power', expect.stringMatching(/^holding /)]);
  expect(signalsOf([...HOLDING, ...mirrorOf(HOLDING)])).not.toContainEqual(['power', expect.anything()]);
});

test('a value that moves between the reads of the two tables leaves them mirrored; other tables stay', () => {
  expect(withoutMirroredRegisters([...HOLDING, ...mirrorOf(HOLDING, [2])]).places).toEqual(HOLDING);
  const other = [...HOLDING, ...mirrorOf(HOLDING, [0, 1, 2])];
  expect(withoutMirroredRegisters(other)).toEqual({ places: other });
});

test('what lies among the input registers alone is kept', () => {
  const rest = HOLDING.slice(1);
  const input = mirrorOf(HOLDING);
  const { places } = withoutMirroredRegisters([...rest, ...input]);
  expect(places).toEqual([...rest, input[0]]);
});

test('an open question names where to look', () => {
  const both = [...HOLDING, ...mirrorOf(HOLDING)];
  const { notes } = findRoles(rankDecodings(both).places, plc.ratings, READ_AT_MS);
  expect(notes.join(' ')).toMatch(/such as --point '(holding|input) \d+-\d+'/);
});
