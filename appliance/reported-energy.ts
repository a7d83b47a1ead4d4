import type { PushEvidence } from '../core/acquisition/reading.ts';
import type { DecodedPush } from '../drivers/http/decode-push.ts';
import type { UnusedField } from '../drivers/http/unused-field.ts';
import type { PushPlace } from './place-push.ts';

/** How much shorter than an interval a reading may be for an energy that the sender reports of the whole. */
const SLACK_SHARE = 0.1;

/** The sender's energy of the interval, where it can be counted for exactly the time of the reading, and only once. */
export function reportedEnergy(
  { fromMs, toMs, timeFrom }: PushPlace,
  { reported, nonce, intervalMs }: Pick<DecodedPush, 'reported'> & Pick<PushEvidence, 'nonce'> & { intervalMs: number },
): { readonly energyWh?: number; readonly unused: readonly UnusedField[] } {
  if (reported === undefined) return { unused: [] };
  const { field, energyWh } = reported;
  const leave = (reason: string) => ({ unused: [{ field, reason }] });
  if (timeFrom === 'appliance' && nonce === undefined) {
    return leave('without timestamp or nonce, a push that is sent again would count it twice');
  }
  if (intervalMs - (toMs - fromMs) > SLACK_SHARE * intervalMs) {
    return leave('a part of the interval has its reading already, and would count twice');
  }
  return { energyWh, unused: [] };
}
