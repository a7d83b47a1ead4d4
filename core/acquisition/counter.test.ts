import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceCounter, awaitCounter, beginCounter } from './counter.ts';
import {
  CONFIRMING_READS,
  type CounterLimits,
  type CounterState,
  readCounterState,
  writeCounterState,
} from './counter-state.ts';

const KWH = 1_000_000_000n;
const MODULUS = 2n ** 32n * KWH;
const limits: CounterLimits = { modulusMicroWh: MODULUS, resolutionMicroWh: KWH, maxPowerKw: 2400 };
const SECOND = 1000;

/** Feeds registers (kWh), one every `periodMs`, and returns the final state and the events in order. */
function follow(registersKwh: readonly bigint[], settings: CounterLimits = limits, periodMs = SECOND) {
  const [first = 0n, ...rest] = registersKwh;
  let state: CounterState = beginCounter(first * KWH, 0);
  const events: string[] = [];
  rest.forEach((register, index) => {
    const step = advanceCounter(state, register * KWH, (index + 1) * periodMs, settings);
    state = step.state;
    if (step.event) events.push(step.event.kind);
  });
  return { state, events, totalKwh: state.totalMicroWh / KWH };
}

/** As it comes back from the store. */
function readBack(state: CounterState): CounterState {
  return readCounterState(writeCounterState(state));
}

describe('counter', () => {
  it('counts plain differences and nothing before the first value', () => {
    expect(follow([1000n, 1001n, 1001n, 1002n])).toMatchObject({ totalKwh: 2n, events: [] });
  });

  it('counts through a wrap of a 32-bit register', () => {
    const top = 2n ** 32n - 1n;
    expect(follow([top - 1n, top, 0n, 1n, 1n, 2n])).toMatchObject({ totalKwh: 4n, events: ['wrap'] });
  });

  it('counts through a wrap of a register that moves more rarely than it is read', () => {
    const resting = Array.from({ length: 15 }, () => 2n ** 32n - 4n);
    expect(follow([...resting, 6n, 6n, 6n])).toMatchObject({ totalKwh: 10n, events: ['wrap'] });
  });

  it('is not confirmed by a value that a restart reads once more', () => {
    let state = beginCounter(500n * KWH, 0);
    // The register of the boundary closes one interval and is the first that is read again for the next.
    for (const atMs of [1000, 2000, 2000]) state = advanceCounter(readBack(state), 0n, atMs, limits).state;
    expect(state.suspicion?.reads).toBe(2);
    expect(advanceCounter(state, 501n * KWH, 3000, limits)).toMatchObject({ kind: 'accepted', event: { kind: 'dip' } });
    expect(advanceCounter(state, 0n, 3000, limits)).toMatchObject({ kind: 'accepted', event: { kind: 'reset' } });
  });

  it('does not take a fall for a wrap when the register has no modulus', () => {
    const { modulusMicroWh: _none, ...endless } = limits;
    expect(follow([4_294_967_295n, 0n, 0n, 1n], endless).events).toEqual(['reset']);
  });

  it('loses nothing and invents nothing when the register dips once and returns', () => {
    expect(follow([500n, 499n, 500n, 501n])).toMatchObject({ totalKwh: 1n, events: ['dip'] });
    expect(follow([500n, 0n, 501n, 501n])).toMatchObject({ totalKwh: 1n, events: ['dip'] });
  });

  it('believes a reset only after confirming reads and counts from the new beginning', () => {
    expect(CONFIRMING_READS).toBe(3);
    expect(follow([900_000n, 0n, 0n])).toMatchObject({ totalKwh: 0n, events: [] });
    expect(follow([900_000n, 0n, 1n, 1n, 2n])).toMatchObject({ totalKwh: 2n, events: ['reset'] });
  });

  it('counts what a register that counted in another unit for a while shows when it is back, and nothing else', () => {
    const hour = [1000n, 1000n, 1000n, 1000n].map((register) => register * 1000n);
    const risen = Array.from({ length: 4 }, () => 1004n * 1000n);
    const registers = [1000n, 1000n, 1000n, ...hour, ...risen, 1004n, 1004n, 1004n, 1005n];
    expect(follow(registers, limits, 60_000)).toMatchObject({ totalKwh: 5n, events: ['scale', 'return'] });
  });

  it('credits nothing twice when a register that was rolled back comes back across its highest value', () => {
    const top = 2n ** 32n;
    const registers = [top - 3n, top - 2n, top - 900n, top - 900n, top - 899n, 0n, 1n, 1n, 2n];
    // The meter counted five, and the 898 that it was set back by belong to nobody.
    expect(follow(registers)).toMatchObject({ totalKwh: 5n, events: ['rollback', 'return'] });
  });

  it('takes a return for one from the break that explains it with the least energy', () => {
    // Set back by 900, reset, and back where it belongs: 4 were generated, and the 900 were no generation.
    const registers = [5000n, 5001n, 4101n, 4101n, 4101n, 4102n, 1n, 1n, 1n, 5004n, 5004n, 5004n];
    expect(follow(registers)).toMatchObject({ totalKwh: 4n, events: ['rollback', 'reset', 'return'] });
  });

  it('takes off what a wrap to a false value was taken for, when the register is itself again', () => {
    const top = 2n ** 32n;
    // Near its end it shows 3, then far more, then 0 for a while, and counts on from 1 as it should.
    const glitches = [top - 1n, 1n, 1n, 1n, 99_999n, 99_999n, 99_999n, 0n, 0n, 0n];
    const { state, events } = follow([...glitches, 1n, 1n, 2n, 2n]);
    expect(events).toEqual(['wrap', 'jump', 'reset']);
    expect((state.totalMicroWh - (state.owedMicroWh ?? 0n)) / KWH).toBe(3n);
  });

  it('names a fall to a value far from zero a rollback and counts nothing for it', () => {
    expect(follow([900_000n, 899_000n, 899_000n, 899_001n])).toMatchObject({ totalKwh: 1n, events: ['rollback'] });
  });

  it('names a leap that the rated power cannot explain a jump and counts nothing for it', () => {
    expect(follow([1000n, 51_000n, 51_000n, 51_001n])).toMatchObject({ totalKwh: 1n, events: ['jump'] });
  });

  it('treats a single spike upwards as a glitch', () => {
    expect(follow([1000n, 51_000n, 1000n, 1001n])).toMatchObject({ totalKwh: 1n, events: ['dip'] });
  });

  it('accepts a large step after a long silence once it is confirmed, since the meter went on counting', () => {
    let state = beginCounter(1000n * KWH, 0);
    const kinds = [3000n, 3000n, 3001n].map((kwh, n) => {
      const step = advanceCounter(state, kwh * KWH, 3_600_000 + n * SECOND, limits);
      state = step.state;
      return [step.kind, step.event?.kind];
    });
    expect(kinds).toEqual([
      ['waiting', undefined],
      ['waiting', undefined],
      ['accepted', undefined],
    ]);
    expect(state.totalMicroWh).toBe(2001n * KWH);
  });

  it('does not believe one wild value after a long silence, however plausible', () => {
    let state = beginCounter(1000n * KWH, 0);
    for (const [n, kwh] of [3300n, 1500n, 1500n, 1501n].entries()) {
      state = advanceCounter(state, kwh * KWH, 3_600_000 + n * SECOND, limits).state;
    }
    expect(state.totalMicroWh).toBe(501n * KWH);
  });

  it('does not take a fall for a wrap when the register may have gone round more than once', () => {
    const narrow = { ...limits, modulusMicroWh: 2n ** 16n * KWH, maxPowerKw: 3000 };
    const outageMs = 22 * 3_600_000;
    let state = beginCounter(60_000n * KWH, 0);
    const events: string[] = [];
    for (const [n, kwh] of [5n, 5n, 6n].entries()) {
      const step = advanceCounter(state, kwh * KWH, outageMs + n * SECOND, narrow);
      state = step.state;
      if (step.event) events.push(step.event.kind);
    }
    expect(events).toEqual(['rounds']);
    expect(state.totalMicroWh).toBe(1n * KWH);
  });

  it('does not believe one bad read after a day at rest under steady reads', () => {
    let state = beginCounter(1000n * KWH, 0);
    for (let atMs = SECOND; atMs <= 86_400_000; atMs += 60 * SECOND) {
      state = advanceCounter(state, 1000n * KWH, atMs, limits).state;
    }
    const glitch = advanceCounter(state, 17_384n * KWH, state.atMs + SECOND, limits);
    expect(glitch.kind).toBe('waiting');
    const back = advanceCounter(glitch.state, 1000n * KWH, state.atMs + 2 * SECOND, limits);
    expect(back).toMatchObject({ kind: 'accepted', event: { kind: 'dip' }, state: { totalMicroWh: 0n } });
  });

  it('survives being written and read back, with a suspicion pending', () => {
    const { state } = follow([900_000n, 0n]);
    expect(readCounterState(writeCounterState(state))).toEqual(state);
  });

  it('never lets the total fall, whatever the register does', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 2n ** 32n - 1n), { minLength: 2, maxLength: 60 }), (registers) => {
        let state = beginCounter((registers[0] ?? 0n) * KWH, 0);
        registers.slice(1).forEach((register, index) => {
          const next = advanceCounter(state, register * KWH, (index + 1) * SECOND, limits).state;
          expect(next.totalMicroWh >= state.totalMicroWh).toBe(true);
          state = next;
        });
      }),
      { seed: Number(process.env.FOREBAY_SEED ?? 1) },
    );
  });

  it('equals the true energy for any honest run through wraps', () => {
    const stepKwh = fc.integer({ min: 0, max: 2 });
    // 2 kWh in 3 s are the 2400 kW of the limits: more would not be honest.
    const periodMs = 3 * SECOND;
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n - 1n), fc.array(stepKwh, { maxLength: 200 }), (start, steps) => {
        const registers = [start];
        let trueKwh = start;
        for (const step of steps) {
          trueKwh += BigInt(step);
          registers.push(trueKwh % 2n ** 32n);
        }
        // A wrap at the very end waits for its confirming reads.
        registers.push(...Array.from({ length: CONFIRMING_READS }, () => trueKwh % 2n ** 32n));
        expect(follow(registers, limits, periodMs).totalKwh).toBe(trueKwh - start);
      }),
      { seed: Number(process.env.FOREBAY_SEED ?? 1) },
    );
  });
});

describe('the first values of a counter', () => {
  /** Reads the registers (Wh), one each second, from the very first on. */
  function begin(
    registersWh: readonly bigint[],
    settings: Partial<CounterLimits> = {},
    times = registersWh.map((_, n) => n),
  ) {
    const own = { ...limits, resolutionMicroWh: 1_000_000n, ...settings };
    let state: CounterState | undefined;
    const kinds = registersWh.map((wh, n) => {
      const [value, atMs] = [wh * 1_000_000n, (times[n] ?? 0) * SECOND];
      if (state === undefined) {
        state = awaitCounter(value, atMs);
        return 'first';
      }
      const step = advanceCounter(readBack(state), value, atMs, own);
      state = step.state;
      return step.begun === undefined ? step.kind : `begun at ${step.begun.registerMicroWh / 1_000_000n}`;
    });
    return { kinds, totalWh: (state?.totalMicroWh ?? 0n) / 1_000_000n, suspicion: state?.suspicion };
  }

  it('count from the first of those that agree', () => {
    const begun = begin([1000n, 1400n, 1900n, 2300n]);
    expect(begun).toMatchObject({ kinds: ['first', 'waiting', 'begun at 1000', 'accepted'], totalWh: 1300n });
    expect(begun.suspicion).toBeUndefined();
  });

  it.each([
    ['shows 0 once', [0n, 500n, 900n, 1200n], 'begun at 500', 700n],
    ['shows 0 twice', [0n, 0n, 500n, 900n, 1200n], 'begun at 500', 700n],
    ['shows a wild value', [9_999_999n, 500n, 900n, 1200n], 'begun at 500', 700n],
    ['shows a wild value in the middle', [400n, 9_999_999n, 500n, 900n, 1200n], 'begun at 500', 700n],
  ])('are no glitch: a register that %s', (_name, registers, begun, totalWh) => {
    expect(begin(registers)).toMatchObject({ totalWh, kinds: expect.arrayContaining([begun]) });
  });

  it('may be zero: a new meter, at rest and running', () => {
    expect(begin([0n, 0n, 0n, 300n])).toMatchObject({ totalWh: 300n });
    expect(begin([0n, 1n, 2n, 3n])).toMatchObject({ totalWh: 3n });
  });

  it('confirm each other across a silence, and what lies before it is not counted', () => {
    expect(begin([1000n, 90_000n, 90_400n], {}, [0, 600, 601])).toMatchObject({ totalWh: 400n });
    expect(begin([1000n, 90_000n, 180_000n, 180_300n], {}, [0, 600, 1200, 1201])).toMatchObject({ totalWh: 300n });
  });

  it('are enough by two where each stands for an interval', () => {
    const pushes = { beginningReads: 2, ordinaryMs: 900_000 };
    expect(begin([1000n, 90_000n], pushes, [0, 300])).toMatchObject({
      kinds: ['first', 'begun at 1000'],
      totalWh: 89_000n,
    });
    expect(begin([0n, 90_000n, 95_000n], pushes, [0, 300, 600])).toMatchObject({ totalWh: 5000n });
  });
});
