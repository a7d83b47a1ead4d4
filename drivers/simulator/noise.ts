/**
 * Randomness that is a function of its arguments, so that the same second of the same plant looks the same whenever
 * and however often it is asked for. Mixing as in MurmurHash3's finaliser (Appleby, public domain).
 */
export function hashToUnit(seed: number, stream: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 0x165667b1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(index | 0, 0x27d4eb2f) ^ Math.floor(index / 0x1_0000_0000);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** Near enough to a normal distribution with deviation 1 for a sensor: four uniform values added. Within ±3.5. */
export function hashToNormal(seed: number, stream: number, index: number): number {
  let sum = 0;
  for (let part = 0; part < 4; part += 1) sum += hashToUnit(seed, stream * 4 + part, index);
  return (sum - 2) * Math.sqrt(3);
}

/** Smooth noise in -1..1 over `cells` lattice cells that closes to a ring, at `position` cells. */
export function ringNoise(seed: number, stream: number, position: number, cells: number): number {
  const cell = Math.floor(position);
  const part = position - cell;
  const from = hashToUnit(seed, stream, cell % cells) * 2 - 1;
  const to = hashToUnit(seed, stream, (cell + 1) % cells) * 2 - 1;
  return from + (to - from) * part * part * (3 - 2 * part);
}
