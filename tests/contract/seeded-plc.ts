import type { Random } from '../../core/model/random.ts';
import { bytesOf, RegisterImage } from './register-image.ts';

/** One value of a PLC that nobody has documented. */
export interface PlcField {
  readonly name: string;
  readonly address: number;
  readonly type: string;
  readonly order: string;
  /** What the registers hold, before any scale. */
  rawAt(seconds: number): number | bigint;
}

export interface SeededPlc {
  readonly order: string;
  readonly first: number;
  readonly count: number;
  readonly fields: readonly PlcField[];
  /** As an engineer would have them from the nameplate. */
  readonly ratings: { ratedPowerKw: number; ratedFlowM3s: number; ratedHeadM: number };
  imageAt(seconds: number): RegisterImage;
}

const ORDERS = ['ABCD', 'BADC', 'CDAB', 'DCBA'];

/** A hydropower unit in registers whose layout, types and word order the seed decides. */
export function seededPlc(random: Random): SeededPlc {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  const between = (min: number, max: number): number => min + random.next() * (max - min);
  const order = pick(ORDERS);
  const first = Math.floor(between(0, 8000));
  const ratedKw = between(300, 8000);
  const headM = between(20, 400);
  const flowM3s = ratedKw / (9.80665 * headM * 0.87);
  const efficiency = between(0.83, 0.91);
  const phase = between(0, 6);
  const flow = (s: number): number => flowM3s * (0.8 + 0.01 * Math.sin(phase + s / 7) + 0.001 * Math.sin(s * 2.1));
  const head = (s: number): number => headM * (1 + 0.002 * Math.sin(phase + s / 5));
  const power = (s: number): number => 9.80665 * flow(s) * head(s) * efficiency;
  const exportStart = Math.floor(between(200_000, 90_000_000));
  const hertz = pick([50, 60]);
  const nominal = pick([230, 400, 690, 6300, 11_000]);
  const volt = (n: number) => (s: number) => nominal * (1 + 0.004 * n + 0.002 * Math.sin(s + n));
  const fields: Omit<PlcField, 'address' | 'order'>[] = [
    { name: 'flow', type: 'float32', rawAt: flow },
    { name: 'head', type: 'float32', rawAt: head },
    pick([
      { name: 'power', type: 'float32', rawAt: power },
      { name: 'power', type: 'int32', rawAt: (s) => Math.round(power(s) * 1000) },
      { name: 'power', type: 'uint16', rawAt: (s) => Math.round(power(s)) },
    ]),
    pick([
      { name: 'energy', type: 'uint32', rawAt: (s) => Math.floor(exportStart + (power(s) * s) / 3600) },
      { name: 'energy', type: 'float64', rawAt: (s) => exportStart * 1000 + (power(s) * s) / 3.6 },
      { name: 'energy', type: 'int64', rawAt: (s) => BigInt(Math.floor(exportStart * 1000 + (power(s) * s) / 3.6)) },
    ]),
    pick([
      { name: 'frequency', type: 'float32', rawAt: (s) => hertz + 0.02 * Math.sin(s * 1.3) },
      { name: 'frequency', type: 'uint16', rawAt: (s) => Math.round((hertz + 0.02 * Math.sin(s * 1.3)) * 100) },
    ]),
    ...[1, 2, 3].map((n) => ({ name: `voltage_l${n}`, type: 'float32', rawAt: volt(n) })),
    { name: 'gate', type: 'int16', rawAt: (s) => Math.round(7400 + 60 * Math.sin(phase + s / 7)) },
    { name: 'status', type: 'uint16', rawAt: () => 2 },
    { name: 'water_temp', type: 'int16', rawAt: (s) => Math.round(123 + 2 * Math.sin(s / 9)) },
    { name: 'ph', type: 'uint16', rawAt: (s) => Math.round(718 + 3 * Math.sin(s / 8)) },
  ];
  let next = first;
  const placed = shuffle(fields, random).map((field): PlcField => {
    if (random.next() < 0.25) next += Math.ceil(random.next() * 3);
    const address = next;
    next += bytesOf(field.type) / 2;
    return { ...field, address, order };
  });
  return {
    order,
    first,
    count: next - first,
    fields: placed,
    ratings: {
      ratedPowerKw: Math.round(ratedKw),
      ratedFlowM3s: Number(flowM3s.toFixed(2)),
      ratedHeadM: Math.round(headM),
    },
    imageAt(seconds) {
      const image = new RegisterImage();
      for (const field of placed) image.set({ ...field, scale: 1 }, field.rawAt(seconds));
      return image;
    },
  };
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
