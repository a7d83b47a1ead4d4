import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

const LOOKS: Record<Verdict['status'], { tone: Tone; icon: IconName }> = {
  APPROVED: { tone: 'normal', icon: 'check' },
  FLAGGED: { tone: 'attention', icon: 'flag' },
  REJECTED: { tone: 'alarm', icon: 'cross' },
};

export function VerdictMark({ status }: { readonly status: Verdict['status'] }): ReactNode {
  const { t } = useTranslation();
  return <Mark {...LOOKS[status]}>{t(`verdict.${status}`)}</Mark>;
}
