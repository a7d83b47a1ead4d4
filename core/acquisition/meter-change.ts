import {
  type CounterBreak,
  type CounterLimits,
  type CounterState,
  type MeterChange,
  NOTE_SLACK_MS,
  plausibleMicroWh,
} from './counter-state.ts';

/**
 * A person's word about a meter, set against what its register did. Two things can be true of it:
 *
 * - `expected`: the register has not left its values yet. The change waits in the state, and the energy up to the final
 *   and from the initial value is counted in the reading in which the register shows it.
 * - `explained`: the register left its values earlier, and nothing was counted for that step. What the change says of it
 *   is the correction: energy that stands in no reading.
 */
export type ChangeOutcome =
  | { readonly kind: 'expected'; readonly state: CounterState }
  | {
      readonly kind: 'explained';
      readonly state: CounterState;
      readonly explained: CounterBreak;
      /** To be counted beside the readings. Negative where a step was taken for a wrap. */
      readonly correctionMicroWh: bigint;
    }
  | { readonly kind: 'refused'; readonly refusal: ChangeRefusal };

export type ChangeRefusal =
  /** Below the last register that was accepted of the old meter: `floorMicroWh`. */
  | { readonly reason: 'below'; readonly floorMicroWh: bigint; readonly atMs: number }
  /** The new register was seen lower than `initial` says it began. */
  | { readonly reason: 'initial'; readonly seenMicroWh: bigint; readonly atMs: number }
  /** More than the unit can generate in the time. */
  | { readonly reason: 'implausible'; readonly energyMicroWh: bigint; readonly spanMs: number }
  /** Another change waits for the register already. */
  | { readonly reason: 'pending'; readonly pending: MeterChange }
  /** The old register was still read after the change, and it did not leave its values near it. */
  | { readonly reason: 'too-early'; readonly readAtMs: number };

export function applyChange(state: CounterState, change: MeterChange, limits: CounterLimits): ChangeOutcome {
  const explained = nearestBreak(state, change);
  return explained === undefined ? expect(state, change, limits) : explain(state, explained, change, limits);
}

/**
 * The break within whose time the change was noted, as near as notes are. A wrap or a leap may well be what it was counted
 * for, so it is explained only by what was done within its very time; and nothing makes more of a leap than it was counted
 * for.
 */
function nearestBreak({ breaks = [] }: CounterState, change: MeterChange): CounterBreak | undefined {
  const { atMs } = change;
  const distance = (one: CounterBreak): number => Math.max(0, one.fromAtMs - atMs, atMs - one.toAtMs);
  return breaks
    .filter((one) => one.kind !== 'leap' || energyOf(one, change) <= one.countedMicroWh)
    .filter((one) => distance(one) <= (one.kind === 'wrap' || one.kind === 'leap' ? 0 : NOTE_SLACK_MS))
    .toSorted((a, b) => distance(b) - distance(a))
    .at(-1);
}

function energyOf(one: CounterBreak, { finalMicroWh, initialMicroWh }: MeterChange): bigint {
  return finalMicroWh - one.fromMicroWh + one.toMicroWh - initialMicroWh;
}

function explain(
  state: CounterState,
  explained: CounterBreak,
  change: MeterChange,
  limits: CounterLimits,
): ChangeOutcome {
  const beforeMicroWh = change.finalMicroWh - explained.fromMicroWh;
  const afterMicroWh = explained.toMicroWh - change.initialMicroWh;
  if (beforeMicroWh < 0n) {
    return refuse({ reason: 'below', floorMicroWh: explained.fromMicroWh, atMs: explained.fromAtMs });
  }
  if (afterMicroWh < 0n) {
    return refuse({ reason: 'initial', seenMicroWh: explained.toMicroWh, atMs: explained.toAtMs });
  }
  const energyMicroWh = beforeMicroWh + afterMicroWh;
  const spanMs = explained.toAtMs - explained.fromAtMs;
  if (energyMicroWh > plausibleMicroWh(spanMs, limits)) return refuse({ reason: 'implausible', energyMicroWh, spanMs });
  const correctionMicroWh = energyMicroWh - explained.countedMicroWh;
  const later = (one: CounterBreak): CounterBreak =>
    one.seenAtMs > explained.seenAtMs
      ? { ...one, totalMicroWh: one.totalMicroWh + correctionMicroWh }
      : { ...one, followedBy: 'word' };
  const { isHeld, ...rest } = state;
  return {
    kind: 'explained',
    explained,
    correctionMicroWh,
    state: {
      ...rest,
      totalMicroWh: state.totalMicroWh + correctionMicroWh,
      breaks: (state.breaks ?? []).filter((one) => one !== explained).map(later),
      ...(isHeld === true && explained.kind !== 'scale' ? { isHeld } : {}),
    },
  };
}

function expect(state: CounterState, change: MeterChange, limits: CounterLimits): ChangeOutcome {
  const { announced, registerMicroWh, atMs } = state;
  if (announced !== undefined) return refuse({ reason: 'pending', pending: announced });
  if (change.atMs < atMs - NOTE_SLACK_MS) return refuse({ reason: 'too-early', readAtMs: atMs });
  const energyMicroWh = change.finalMicroWh - registerMicroWh;
  if (energyMicroWh < 0n) return refuse({ reason: 'below', floorMicroWh: registerMicroWh, atMs });
  const spanMs = Math.max(0, change.atMs - atMs) + NOTE_SLACK_MS;
  if (energyMicroWh > plausibleMicroWh(spanMs, limits)) return refuse({ reason: 'implausible', energyMicroWh, spanMs });
  return { kind: 'expected', state: { ...state, announced: change } };
}

function refuse(refusal: ChangeRefusal): ChangeOutcome {
  return { kind: 'refused', refusal };
}
