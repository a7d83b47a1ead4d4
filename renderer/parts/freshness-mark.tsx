import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnitStatus } from '../api/types.ts';
import { useZone } from '../data/use-zone.ts';
import { formatRecent } from '../format/time.ts';
import { Mark } from './mark.tsx';

/** That the newest reading of a unit says nothing of now, and of when it is; nothing where it does. */
export function FreshnessMark({ unit: { name, freshness } }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  const { state, lastTo } = freshness;
  if (state === 'current' || state === 'none') return null;
  const key = lastTo === null ? 'neverCame' : state;
  const time = lastTo === null ? '' : formatRecent(Date.parse(lastTo), shown, 'minute', Date.now());
  return (
    <Mark tone="attention" icon="warning">
      {t(`headline.data.${key}`, { names: name, time })}
    </Mark>
  );
}
