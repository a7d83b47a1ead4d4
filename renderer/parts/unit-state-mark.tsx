import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnitStatus } from '../api/types.ts';
import { useStatus } from '../data/use-status.ts';
import type { Tone } from '../judgement/headline.ts';
import { hasStatusSignal } from '../judgement/stated-units.ts';
import { isWaitingForValues } from '../judgement/waiting.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

const LOOKS: Record<UnitStatus['state'], { tone: Tone; icon: IconName }> = {
  stopped: { tone: 'normal', icon: 'dash' },
  starting: { tone: 'normal', icon: 'turning' },
  generating: { tone: 'normal', icon: 'turning' },
  stopping: { tone: 'normal', icon: 'turning' },
  tripped: { tone: 'alarm', icon: 'alarm' },
  maintenance: { tone: 'normal', icon: 'dash' },
  unknown: { tone: 'attention', icon: 'warning' },
};

export function UnitStateMark({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { state } = unit;
  if (isWaitingForValues(unit, status?.devices ?? [])) {
    return (
      <Mark tone="normal" icon="clock">
        {t('unit.waiting')}
      </Mark>
    );
  }
  if (state === 'unknown' && !hasStatusSignal(unit)) {
    return (
      <Mark tone="normal" icon="dash">
        {t('unit.unstated')}
      </Mark>
    );
  }
  return <Mark {...LOOKS[state]}>{t(`unit.state.${state}`)}</Mark>;
}
