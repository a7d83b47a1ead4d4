import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Anchor } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

const LOOKS: Record<Anchor['state'], { tone: Tone; icon: IconName }> = {
  recorded: { tone: 'normal', icon: 'ledger' },
  sealed: { tone: 'normal', icon: 'clock' },
  synced: { tone: 'normal', icon: 'check' },
  anchored: { tone: 'normal', icon: 'shield' },
  parked: { tone: 'attention', icon: 'flag' },
};

/** How far something has come on its way out, as a word with its icon; only what waits for a person has a colour. */
export function AnchorMark({ state }: { readonly state: Anchor['state'] }): ReactNode {
  const { t } = useTranslation();
  return (
    <Mark {...LOOKS[state]} title={t(`reading.anchorState.${state}`)}>
      {t(`delivery.anchor.${state}`)}
    </Mark>
  );
}
