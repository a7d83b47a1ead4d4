import type { Quantity } from '../model/quantity.ts';
import type { RankedDecoding, RankedPlace } from './rank-decodings.ts';

/** What a value of the device seems to be, and why. */
export interface ProbeRole {
  /** The signal of a unit that it could serve; absent for what no signal needs, such as a frequency. */
  readonly signal?: Quantity;
  /** The id that a point of it would have. */
  readonly id: string;
  readonly place: RankedPlace;
  readonly decoding: RankedDecoding;
  /** Value in `unit` = raw value times this. */
  readonly scale: number;
  readonly unit: string;
  readonly isCounter: boolean;
  /**
   * `physics`: water, power and energy agree over several reads. `named`: the device itself calls it so. `looks-like`:
   * the value lies where such values lie, and nothing more is known.
   */
  readonly sureness: 'physics' | 'named' | 'looks-like';
  readonly reason: string;
}

/** Nameplate of the unit behind the device. */
export interface UnitRatings {
  readonly ratedPowerKw: number;
  readonly ratedFlowM3s: number;
  readonly ratedHeadM: number;
}

/** One reading of the raw values of one place. */
export interface Candidate {
  readonly place: RankedPlace;
  readonly decoding: RankedDecoding;
  /** 0 is the best decoding of its place. */
  readonly rank: number;
  readonly values: readonly number[];
}

const RANKS_MAX = 4;
/** A decoding so many bits behind the best of its place is no candidate. */
const BEHIND_BITS_MAX = 16;

/** The decodings worth a thought, each with numbers for every read. Places inside another value come last. */
export function candidatesOf(places: readonly RankedPlace[]): Candidate[] {
  return places.flatMap((place) => {
    const [best] = place.decodings;
    return place.decodings.slice(0, RANKS_MAX).flatMap((decoding, at): Candidate[] => {
      if (decoding.values.length === 0 || (best?.bits ?? 0) - decoding.bits > BEHIND_BITS_MAX) return [];
      if (decoding.bits <= -10) return [];
      return [
        {
          place,
          decoding,
          rank: at + (place.partOf === undefined ? 0 : 3) + (decoding.isInOrder ? 0 : 4),
          values: decoding.values,
        },
      ];
    });
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Whether a decoding gives measured numbers as they are, and no counts that a scale turns into them. */
export function isFloatDecoding({ decoding }: RankedDecoding): boolean {
  const type = typeof decoding.settings.type === 'string' ? decoding.settings.type : decoding.label;
  return !/int|word|bool/i.test(type);
}
