import type { CounterBreak, CounterState, MeterChange } from './counter-state.ts';
import type { ChangeRefusal } from './meter-change.ts';

/** What becomes of a person's word about a meter. */
export type MeterChangeOutcome =
  /** The reading in which the register shows it (the one in progress, if it has) counts its energy. */
  | ({ readonly kind: 'next-reading' } & AcceptedChange)
  /** The readings that it concerns are recorded: `correctionWh` stands beside them, in no reading. */
  | ({
      readonly kind: 'corrected';
      readonly explained: CounterBreak;
      readonly correctionWh: number;
      readonly correctionMicroWh: bigint;
    } & AcceptedChange)
  | { readonly kind: 'refused'; readonly refusal: ChangeRefusal }
  /** What waited for the register waits no more. */
  | ({ readonly kind: 'withdrawn'; readonly withdrawn: MeterChange } & AcceptedChange)
  /** Nothing waits for the register, or it has shown it in the reading that is in progress. */
  | { readonly kind: 'nothing-waits' }
  /** The register was never read, so there is nothing to go on from. */
  | { readonly kind: 'unseen' };

interface AcceptedChange {
  readonly saved: CounterState;
  /** The last accepted register. */
  readonly before: { readonly registerMicroWh: bigint; readonly atMs: number };
  readonly commit: () => void;
}
