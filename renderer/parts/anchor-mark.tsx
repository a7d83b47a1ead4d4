import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Anchor } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

/** A state with what its receipts say of it: on a network of one's own nobody else can look. */
export type AnchorWord = Anchor['state'] | 'anchoredOnOwn';

export function anchorWord({ state, receipts }: Pick<Anchor, 'state' | 'receipts'>): AnchorWord {
  return state === 'anchored' && !receipts.some(({ isPublic }) => isPublic) ? 'anchoredOnOwn' : state;
}

const LOOKS: Record<AnchorWord, { tone: Tone; icon: IconName }> = {
  recorded: { tone: 'normal', icon: 'ledger' },
  sealed: { tone: 'normal', icon: 'clock' },
  synced: { tone: 'normal', icon: 'check' },
  anchored: { tone: 'normal', icon: 'shield' },
  anchoredOnOwn: { tone: 'normal', icon: 'check' },
  parked: { tone: 'attention', icon: 'flag' },
};

/** How far something has come on its way out, as a word with its icon; only what waits for a person has a colour. */
export function AnchorMark({ of }: { readonly of: Pick<Anchor, 'state' | 'receipts'> }): ReactNode {
  const { t } = useTranslation();
  const word = anchorWord(of);
  return (
    <Mark {...LOOKS[word]} title={t(`reading.anchorState.${word}`)}>
      {t(`delivery.anchor.${word}`)}
    </Mark>
  );
}
