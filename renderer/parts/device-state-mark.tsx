import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceStatus } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';

const LOOKS: Record<DeviceStatus['state'], { tone: Tone; icon: IconName }> = {
  connecting: { tone: 'normal', icon: 'turning' },
  up: { tone: 'normal', icon: 'check' },
  degraded: { tone: 'attention', icon: 'warning' },
  down: { tone: 'alarm', icon: 'alarm' },
  stopped: { tone: 'normal', icon: 'dash' },
};

export function DeviceStateMark({ state }: { readonly state: DeviceStatus['state'] }): ReactNode {
  const { t } = useTranslation();
  return <Mark {...LOOKS[state]}>{t(`devices.state.${state}`)}</Mark>;
}
