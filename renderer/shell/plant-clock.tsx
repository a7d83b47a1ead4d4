import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../data/preferences.tsx';
import { useApplianceNow, useZone } from '../data/use-zone.ts';
import { formatTime, zoneName } from '../format/time.ts';
import styles from './plant-clock.module.css';

/** The appliance's clock in the plant's zone with UTC below; pressing it turns all times of the console around. */
export function PlantClock(): ReactNode {
  const { t } = useTranslation();
  const nowMs = useApplianceNow();
  const { shown, plant } = useZone();
  const { timeChoice, setTimeChoice } = usePreferences();
  if (nowMs === undefined) return null;
  const other = timeChoice === 'utc' ? plant : 'UTC';
  return (
    <UnstyledButton
      className={styles.clock ?? ''}
      title={timeChoice === 'utc' ? t('clock.switchToPlant') : t('clock.switchToUtc')}
      onClick={() => setTimeChoice(timeChoice === 'utc' ? 'plant' : 'utc')}
    >
      <span className={styles.time}>
        {formatTime(nowMs, shown, 'second')} <small>{zoneName(nowMs, shown)}</small>
      </span>
      <span className={styles.other}>
        {formatTime(nowMs, other, 'second')} {zoneName(nowMs, other)}
      </span>
    </UnstyledButton>
  );
}
