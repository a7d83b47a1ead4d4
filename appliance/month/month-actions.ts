import type { Clock } from '../../core/model/clock.ts';
import type { ApplianceActions } from '../api/actions.ts';
import { type CloseParts, closeMonth } from './close-month.ts';
import { listMonths, showMonth } from './month-answer.ts';

/** What the API may do about months. Months are closed one after the other, so that none is closed twice. */
export function monthActions({
  clock,
  ...running
}: Omit<CloseParts, 'nowMs'> & { readonly clock: Pick<Clock, 'wallMs'> }): Pick<
  ApplianceActions,
  'listMonths' | 'showMonth' | 'closeMonth'
> {
  const parts: CloseParts = { ...running, nowMs: () => clock.wallMs() };
  let busy: Promise<unknown> = Promise.resolve();
  return {
    listMonths: (limit) => listMonths(parts, limit),
    showMonth: (month) => showMonth(parts, month),
    closeMonth: (request) => {
      const closed = busy.then(() => closeMonth(parts, request));
      busy = closed.catch(() => {});
      return closed;
    },
  };
}
