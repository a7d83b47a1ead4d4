/** A source of randomness. The appliance uses the operating system's, tests and the simulation a seeded one. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** xoshiro128** by Blackman and Vigna (public domain): fast, reproducible from one 32-bit seed. Not for keys. */
export function seededRandom(seed: number): Random {
  const state = expandSeed(seed);
  return {
    next(): number {
      const [s0, s1, s2, s3] = state as [number, number, number, number];
      const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
      const t = s1 << 9;
      const n2 = s2 ^ s0;
      const n3 = s3 ^ s1;
      state[1] = s1 ^ n2;
      state[0] = s0 ^ n3;
      state[2] = n2 ^ t;
      state[3] = rotateLeft(n3, 11);
      return result / 0x1_0000_0000;
    },
  };
}

/** A normally distributed number with mean 0 and standard deviation 1 (Box and Muller, 1958). */
export function nextGaussian(random: Random): number {
  const u = 1 - random.next();
  const v = random.next();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** splitmix32 spreads a small seed over the whole state, so that neighbouring seeds differ at once. */
function expandSeed(seed: number): number[] {
  let x = seed >>> 0;
  return [0, 1, 2, 3].map(() => {
    x = (x + 0x9e3779b9) >>> 0;
    let z = x;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  });
}
