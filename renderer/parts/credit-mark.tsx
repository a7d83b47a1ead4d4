import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Credit } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

const LOOKS: Record<Credit['state'], { tone: Tone; icon: IconName }> = {
  credited: { tone: 'normal', icon: 'check' },
  'awaiting-review': { tone: 'attention', icon: 'clock' },
  refused: { tone: 'normal', icon: 'cross' },
  'not-measured': { tone: 'normal', icon: 'dash' },
};

/** Whether the energy counts, as a word with its icon; only what waits for a person has a colour. */
export function CreditMark({ credit }: { readonly credit: Credit }): ReactNode {
  const { t } = useTranslation();
  return (
    <Mark {...LOOKS[credit.state]} title={credit.reason}>
      {t(`credit.${credit.state}`)}
    </Mark>
  );
}
