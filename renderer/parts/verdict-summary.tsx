import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '../api/types.ts';
import { formatShare, formatTrust, NO_VALUE } from '../format/number.ts';
import { Bar } from './bar.tsx';
import { Energy } from './energy.tsx';
import { VerdictMark } from './verdict-mark.tsx';
import styles from './verdict-summary.module.css';

const TONES = { APPROVED: 'normal', FLAGGED: 'attention', REJECTED: 'alarm' } as const;
const THRESHOLDS = [0.5, 0.9];

/** The verdict in words, the energy it is about, and the score against its thresholds. */
export function VerdictSummary({ reading }: { readonly reading: Reading }): ReactNode {
  const { t } = useTranslation();
  const { verdict, energyWh, energyImportWh, energySource } = reading;
  return (
    <section className={styles.summary} data-tone={TONES[verdict.status]} aria-label={t('readings.status')}>
      <div className={styles.words}>
        <VerdictMark status={verdict.status} />
        <p>{t(`reading.verdict.${verdict.status}`)}</p>
      </div>
      <dl className={styles.figures}>
        <div>
          <dt>{t('reading.energy')}</dt>
          <dd className={styles.figure}>{energyWh === undefined ? NO_VALUE : <Energy wh={energyWh} />}</dd>
          <dd>{energySource === undefined ? t('readings.noEnergy') : t(`reading.energySource.${energySource}`)}</dd>
        </div>
        {energyImportWh !== undefined && (
          <div>
            <dt>{t('reading.energyImport')}</dt>
            <dd className={styles.figure}>
              <Energy wh={energyImportWh} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('reading.coverage')}</dt>
          <dd className={styles.figure}>{formatShare(reading.coverage)}</dd>
          <dd>
            <Bar share={reading.coverage} size="thin" />
          </dd>
        </div>
        <div>
          <dt>{t('reading.trustScore')}</dt>
          <dd className={styles.figure}>{formatTrust(verdict.trustScore)}</dd>
          <dd>
            <Bar share={verdict.trustScore} size="thin" marks={THRESHOLDS} tone={TONES[verdict.status]} />
            {t('reading.thresholds')}
          </dd>
        </div>
      </dl>
    </section>
  );
}
