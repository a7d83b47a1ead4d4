import type { ProbedPlace } from '../../core/acquisition/probe.ts';

/** A SunSpec model in the registers of a device. */
export interface SunspecModel {
  readonly id: number;
  /** Wire address of the register that holds the id. */
  readonly address: number;
}

/** `SunS`, by which SunSpec devices say that their models follow (SunSpec Device Information Model Specification). */
const MARK = [0x5375, 0x6e53] as const;
const BASES = [40_000, 50_000, 0] as const;
const END = 0xffff;
const MODELS_MAX = 50;
/** Scale factors of meter models 201 to 204, as offsets from the id, by the template's parameter. */
const METER_SCALES = { currentSf: 6, voltageSf: 15, frequencySf: 17, powerSf: 22, energySf: 54 } as const;

/** The models of a SunSpec device, as far as its registers were read; empty for any other device. */
export function findSunspec(places: readonly ProbedPlace[]): SunspecModel[] {
  const words = wordsOf(places);
  const base = BASES.find((address) => words.get(address) === MARK[0] && words.get(address + 1) === MARK[1]);
  if (base === undefined) return [];
  const models: SunspecModel[] = [];
  for (let address = base + 2; models.length < MODELS_MAX; ) {
    const id = words.get(address);
    const length = words.get(address + 1);
    if (id === undefined || id === END) break;
    models.push({ id, address });
    if (length === undefined) break;
    address += 2 + length;
  }
  return models;
}

/** The parameters of the SunSpec meter templates as this device has them; undefined where one was not read. */
export function sunspecParams(
  places: readonly ProbedPlace[],
  { id, address }: SunspecModel,
): Record<string, number> | undefined {
  if (id > 204) return { modelAddress: address };
  const words = wordsOf(places);
  const scales = Object.entries(METER_SCALES).map(([name, offset]) => [name, words.get(address + offset)] as const);
  if (scales.some(([, word]) => word === undefined)) return undefined;
  return { modelAddress: address, ...Object.fromEntries(scales.map(([name, word = 0]) => [name, (word << 16) >> 16])) };
}

function wordsOf(places: readonly ProbedPlace[]): Map<number, number> {
  return new Map(
    places.flatMap(({ place, rawHex }) => {
      const address = /^holding (\d+)$/.exec(place)?.[1];
      const hex = rawHex.at(-1)?.slice(0, 4) ?? '';
      return address === undefined || hex.length < 4 ? [] : [[Number(address), Number.parseInt(hex, 16)] as const];
    }),
  );
}
