import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gap } from '../api/types.ts';
import { useZone } from '../data/use-zone.ts';
import { formatDuration } from '../format/age.ts';
import { formatTime } from '../format/time.ts';
import { useGapReason } from './use-gap-reason.ts';

/** Every stretch without samples, with its reason in words. */
export function GapList({ gaps }: { readonly gaps: readonly Gap[] }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  const reasonOf = useGapReason();
  if (gaps.length === 0) return <p>{t('reading.noGaps')}</p>;
  return (
    <ul>
      {gaps.map(({ from, to, reason }) => {
        const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
        return (
          <li key={from}>
            <strong>
              {t('reading.gap', {
                from: formatTime(fromMs, shown, 'second'),
                to: formatTime(toMs, shown, 'second'),
                length: formatDuration(toMs - fromMs),
              })}
            </strong>{' '}
            {reasonOf(reason)} <code>{reason}</code>
          </li>
        );
      })}
    </ul>
  );
}
