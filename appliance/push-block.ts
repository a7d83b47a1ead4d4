import { hash } from 'node:crypto';
import type { Outcome } from '../core/acquisition/sample.ts';
import { encodeBlock, encodeCycle, encodeRecipes } from '../core/acquisition/sample-block.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import type { PushedUnit } from './pushed-units.ts';

export interface PushedBytes {
  readonly fromMs: number;
  readonly toMs: number;
  readonly receivedAtMs: number;
  readonly outcomes: readonly Outcome[];
  /** The body as it came. */
  readonly body: Uint8Array;
  readonly nonce: string | undefined;
}

/**
 * The block of one push: head, recipes, the body byte for byte in a line of its own, and the values that were read
 * from it. docs/ledger.md describes it.
 */
export function pushBlock({ unit, device, points }: PushedUnit, pushed: PushedBytes): SampleBlock {
  const { fromMs, toMs, receivedAtMs, outcomes, body, nonce } = pushed;
  const recipes = new Map(
    outcomes.flatMap((outcome) => (outcome.kind === 'sample' ? [[outcome.point, outcome.recipe] as const] : [])),
  );
  const bodyBase64 = Buffer.from(body).toString('base64');
  const push = { unitId: unit.id, receivedAtMs, ...(nonce === undefined ? {} : { nonce }), bodyBase64 };
  const times = { slotMs: toMs, startedAtMs: receivedAtMs, endedAtMs: receivedAtMs };
  const lines = [
    encodeRecipes(recipes),
    JSON.stringify({ push }),
    encodeCycle({ deviceId: device.id, cycleId: '', ...times, outcomes }),
  ].filter((line) => line !== undefined);
  const head = {
    deviceId: device.id,
    fromMs,
    toMs,
    points: points.map(({ point: { ref, unit: measure } }) => ({ point: ref, unit: measure })),
  };
  const bytes = Buffer.from(encodeBlock(head, lines), 'utf8');
  return { digest: hash('sha256', bytes, 'hex'), deviceId: device.id, fromMs, toMs, outcomes: outcomes.length, bytes };
}
