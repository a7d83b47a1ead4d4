import type { Decoding, ProbedPlace } from './probe.ts';
import { firstValueBits, movementBits, type ValueType, valueTypeOf } from './value-evidence.ts';

/** One way to understand a place, with the evidence for it. */
export interface RankedDecoding {
  readonly decoding: Decoding;
  /** How much better than chance this reading of the bytes is, in bits; the first of a place need not have the most. */
  readonly bits: number;
  /** The values as numbers; empty where they are names or where one read gave none. */
  readonly values: readonly number[];
  /** Whether it is in the word order of the rest of the device. */
  readonly isInOrder: boolean;
}

export interface RankedPlace {
  readonly place: ProbedPlace;
  /** Best first. Decodings that give the same values as a better one are left out. */
  readonly decodings: readonly RankedDecoding[];
  /** The place whose value these bytes belong to, when that explains the device better than a value that begins here. */
  readonly partOf?: string;
  /** How many bits the first is ahead of the next that gives other values; under 3 it is no more than a guess. */
  readonly leadBits: number;
}

export interface Ranking {
  readonly places: readonly RankedPlace[];
  /** The word order that explains the device best, with its lead over the next in bits; absent without such values. */
  readonly order?: { readonly name: string; readonly leadBits: number };
}

/** A decoding in another order than the rest of the device costs this much: such devices exist, but seldom. */
const OTHER_ORDER_BITS = 6;

/** What a register with 0 says when nothing wider explains it. */
const ZERO_BITS = firstValueBits(0, { kind: 'unsigned', bits: 16 });

interface Tile {
  readonly table: string;
  readonly address: number;
  readonly cells: number;
  readonly order: string;
  readonly index: number;
  readonly ranked: RankedDecoding;
}

/**
 * Ranks every decoding of every place. Where places are registers, one value takes several of them, and no register
 * belongs to two values: so the whole table is laid out in values such that the evidence is greatest, once for each
 * word order, and the best order wins. Other places (nodes, topics) are ranked one by one.
 */
export function rankDecodings(places: readonly ProbedPlace[]): Ranking {
  const tiles = places.flatMap((place, index) => place.decodings.flatMap((decoding) => tileOf(decoding, index)));
  const orders = [...new Set(tiles.filter(({ cells }) => cells > 1).map(({ order }) => order))];
  const layouts = (orders.length === 0 ? ['ABCD'] : orders)
    .map((order) => ({ order, ...layOut(tiles, order) }))
    .toSorted((a, b) => b.bits - a.bits);
  const [best, next] = layouts;
  const chosen = best?.chosen ?? new Map<number, Tile>();
  const covered = best?.covered ?? new Map<number, number>();
  const byPlace = Map.groupBy(tiles, ({ index }) => index);
  const ranked = places.map((place, index) =>
    rankPlace(place, byPlace.get(index) ?? [], index, best?.order ?? 'ABCD', { chosen, covered, places }),
  );
  const isTold = best !== undefined && orders.length > 1 && [...chosen.values()].some(({ cells }) => cells > 1);
  return {
    places: ranked,
    ...(isTold ? { order: { name: best.order, leadBits: best.bits - (next?.bits ?? 0) } } : {}),
  };
}

function tileOf(decoding: Decoding, index: number): Tile[] {
  const spot = spotOf(decoding.settings);
  const ranked = spot === undefined ? undefined : weigh(decoding, spot.type);
  return spot === undefined || ranked === undefined ? [] : [{ ...spot, index, ranked }];
}

interface Spot extends Pick<Tile, 'table' | 'address' | 'cells' | 'order'> {
  readonly type: ValueType;
}

/** Types of Siemens S7 in an address such as `DB1,REAL0`, where cells are bytes. */
const S7_TYPES: Readonly<Record<string, string>> = {
  INT: 'int16',
  WORD: 'uint16',
  DINT: 'int32',
  DWORD: 'uint32',
  LINT: 'int64',
  REAL: 'float32',
  LREAL: 'float64',
};

/** Where a decoding's bytes stand beside those of others; undefined where places do not share bytes. */
function spotOf({ register, address, type, order, bit }: Decoding['settings']): Spot | undefined {
  const s7 = typeof address === 'string' ? /^(DB\d+),([A-Z]+)(\d+)$/.exec(address) : null;
  const valueType = valueTypeOf(s7 === null ? type : S7_TYPES[s7[2] ?? '']);
  if (valueType === undefined || bit !== undefined) return undefined;
  if (s7 !== null) {
    return { table: s7[1] ?? '', address: Number(s7[3]), cells: valueType.bits / 8, order: 'ABCD', type: valueType };
  }
  if (typeof address !== 'number') return undefined;
  const name = typeof order === 'string' ? order : 'ABCD';
  return { table: String(register), address, cells: valueType.bits / 16, order: name, type: valueType };
}

/** The bytes that a decoding takes, `to` not included; undefined where places share none. */
export function spanOf({ decoding }: RankedDecoding): { table: string; from: number; to: number } | undefined {
  const spot = spotOf(decoding.settings);
  return spot === undefined ? undefined : { table: spot.table, from: spot.address, to: spot.address + spot.cells };
}

function weigh(decoding: Decoding, type: ValueType): RankedDecoding | undefined {
  const values = decoding.values.filter((value) => typeof value === 'number');
  if (values.length === 0) return undefined;
  const isWhole = values.length === decoding.values.length;
  const first = values[0] ?? 0;
  const bits = isWhole ? firstValueBits(first, type) + movementBits(values, type) : firstValueBits(Number.NaN, type);
  return { decoding, bits, values: isWhole ? values : [], isInOrder: true };
}

/** Whether a tile is one of a device in `order`. The byte order within a word counts for all widths. */
function isIn(order: string, tile: Tile): boolean {
  const swapsBytes = (name: string): boolean => name === 'BADC' || name === 'DCBA';
  return tile.cells === 1 ? swapsBytes(tile.order) === swapsBytes(order) : tile.order === order;
}

/** The bits that a tile brings when the device is one of `order`. */
function bitsIn(tile: Tile, order: string): number {
  return tile.ranked.bits - (isIn(order, tile) ? 0 : OTHER_ORDER_BITS);
}

interface Layout {
  readonly bits: number;
  /** The tile that begins at a place, by the place's index. */
  readonly chosen: ReadonlyMap<number, Tile>;
  /** For places inside a tile: the index of the place where it begins. */
  readonly covered: ReadonlyMap<number, number>;
}

/** The best division of each run of registers into values, by the optimum up to each address in turn. */
function layOut(tiles: readonly Tile[], order: string): Layout {
  const chosen = new Map<number, Tile>();
  const covered = new Map<number, number>();
  let bits = 0;
  for (const table of new Set(tiles.map((tile) => tile.table))) {
    const own = tiles.filter((tile) => tile.table === table);
    const ends = Map.groupBy(own, ({ address, cells }) => address + cells);
    const starts = Map.groupBy(own, ({ address }) => address);
    const first = own.reduce((least, { address }) => Math.min(least, address), Number.MAX_SAFE_INTEGER);
    const last = own.reduce((most, { address, cells }) => Math.max(most, address + cells), 0);
    const best: { bits: number; tile: Tile | undefined }[] = [{ bits: 0, tile: undefined }];
    for (let end = first + 1; end <= last; end += 1) {
      // A register that no value explains is chance: 0 bits. One that is left out of the places held 0 at every read.
      const alone = starts.has(end - 1) || table.startsWith('DB') ? 0 : ZERO_BITS;
      let here = { bits: (best[end - first - 1]?.bits ?? 0) + alone, tile: undefined as Tile | undefined };
      for (const tile of ends.get(end) ?? []) {
        const sum = (best[tile.address - first]?.bits ?? 0) + bitsIn(tile, order);
        if (sum > here.bits) here = { bits: sum, tile };
      }
      best.push(here);
    }
    bits += best.at(-1)?.bits ?? 0;
    for (let end = last; end > first; ) {
      const tile = best[end - first]?.tile;
      if (tile !== undefined) {
        chosen.set(tile.index, tile);
        for (let inside = tile.address + 1; inside < tile.address + tile.cells; inside += 1) {
          for (const other of starts.get(inside) ?? []) covered.set(other.index, tile.index);
        }
      }
      end -= tile?.cells ?? 1;
    }
  }
  return { bits, chosen, covered };
}

function rankPlace(
  place: ProbedPlace,
  tiles: readonly Tile[],
  index: number,
  order: string,
  { chosen, covered, places }: Pick<Layout, 'chosen' | 'covered'> & { places: readonly ProbedPlace[] },
): RankedPlace {
  const own = tiles.map((tile) => ({ tile, bits: bitsIn(tile, order) }));
  const winner = chosen.get(index);
  const sorted = own.toSorted((a, b) => Number(b.tile === winner) - Number(a.tile === winner) || b.bits - a.bits);
  const untyped = place.decodings
    .filter((decoding) => !own.some(({ tile }) => tile.ranked.decoding === decoding))
    .map((decoding): RankedDecoding => ({ decoding, bits: 0, values: numbersOf(decoding), isInOrder: true }));
  const ranked = sorted.map(
    ({ tile, bits }): RankedDecoding => ({ ...tile.ranked, bits, isInOrder: isIn(order, tile) }),
  );
  const decodings = withoutTwins([...ranked, ...untyped]);
  const begins = covered.get(index);
  const partOf = begins === undefined ? undefined : places[begins]?.place;
  const [first, second] = decodings;
  const leadBits = first === undefined ? 0 : first.bits - Math.max(0, second?.bits ?? 0);
  return { place, decodings, leadBits, ...(partOf === undefined ? {} : { partOf }) };
}

function numbersOf(decoding: Decoding): readonly number[] {
  const values = decoding.values.filter((value) => typeof value === 'number');
  return values.length === decoding.values.length ? values : [];
}

/** One of several decodings that give the same values is enough: int16 and uint16 of a small number differ in nothing. */
function withoutTwins(decodings: readonly RankedDecoding[]): RankedDecoding[] {
  const seen = new Set<string>();
  return decodings.filter(({ decoding }) => {
    const key = JSON.stringify(decoding.values);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
