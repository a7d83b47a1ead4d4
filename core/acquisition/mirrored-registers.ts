import type { ProbedPlace } from './probe.ts';

/** Fewer registers than this may be alike by chance. */
const REGISTERS_MIN = 4;
/** The two tables are read one after the other, so a value may move between: in so many of the reads, at most. */
const TORN_SHARE_MAX = 1 / 3;

export interface UnmirroredPlaces {
  readonly places: readonly ProbedPlace[];
  /** What was left out and why, as a sentence; absent where nothing was. */
  readonly note?: string;
}

/**
 * Many PLCs show their holding registers as input registers too. Where the input registers have the same bytes as the
 * holding registers of their addresses, they are left out: a value that is there twice is no second value. Tables that
 * differ in anything but a few torn reads stay as they are.
 */
export function withoutMirroredRegisters(places: readonly ProbedPlace[]): UnmirroredPlaces {
  const holding = placesOf(places, 'holding');
  const pairs = [...placesOf(places, 'input')].flatMap(([address, input]) => {
    const twin = holding.get(address);
    return twin === undefined ? [] : [{ address, input, twin }];
  });
  if (pairs.length < REGISTERS_MIN) return { places };
  const reads = pairs[0]?.twin.rawHex.map((_, read) => read) ?? [];
  const torn = reads.filter((read) => pairs.some(({ input, twin }) => input.rawHex[read] !== twin.rawHex[read]));
  if (torn.length > reads.length * TORN_SHARE_MAX) return { places };
  const mirrored = new Set(pairs.map(({ input }) => input));
  const addresses = pairs.map(({ address }) => address);
  const range = `${Math.min(...addresses)} to ${Math.max(...addresses)}`;
  return {
    places: places.filter((place) => !mirrored.has(place)),
    note: `Input registers ${range} mirror the holding registers: only the holding registers are looked at.`,
  };
}

/** The places of one table that gave bytes, by their address. */
function placesOf(places: readonly ProbedPlace[], table: string): ReadonlyMap<number, ProbedPlace> {
  return new Map(
    places.flatMap((place): [number, ProbedPlace][] => {
      const { register, address } = place.decodings[0]?.settings ?? {};
      return register === table && typeof address === 'number' ? [[address, place]] : [];
    }),
  );
}
