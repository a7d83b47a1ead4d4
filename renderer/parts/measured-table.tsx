import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '../api/types.ts';
import { formatDuration } from '../format/age.ts';
import { formatNumber, formatShare } from '../format/number.ts';
import { powerDigits, QUANTITY_FORMATS } from '../format/quantity.ts';
import { ScrollRegion } from './scroll-region.tsx';
import styles from './table.module.css';

interface MeasuredTableProperties {
  readonly reading: Reading;
  readonly ratedPowerKw: number | undefined;
}

/** Mean, lowest and highest of each quantity of the interval, and the time spent in each state. */
export function MeasuredTable({ reading, ratedPowerKw }: MeasuredTableProperties): ReactNode {
  const { t } = useTranslation();
  const { power, flow, head, gate, waterTemperature, ph, turbidity } = QUANTITY_FORMATS;
  const rows = [
    { name: 'power', statistics: reading.powerKw, unit: power.unit, digits: powerDigits(ratedPowerKw ?? 0) },
    { name: 'flow', statistics: reading.flowM3s, ...flow },
    { name: 'head', statistics: reading.headM, ...head },
    { name: 'gate', statistics: reading.gatePercent, ...gate },
    { name: 'waterTemperature', statistics: reading.waterTemperatureCel, ...waterTemperature },
    { name: 'ph', statistics: reading.ph, ...ph },
    { name: 'turbidity', statistics: reading.turbidityNtu, ...turbidity },
  ] as const;
  const states = Object.entries(reading.stateSeconds ?? {}).filter(([, seconds]) => seconds > 0);
  return (
    <ScrollRegion label={t('reading.measured')}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('reading.quantity')}</th>
            {(['mean', 'lowest', 'highest', 'coverage'] as const).map((name) => (
              <th key={name} scope="col" data-align="end">
                {t(`reading.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, statistics, unit, digits }) =>
            statistics === undefined ? null : (
              <tr key={name}>
                <td>{t(`quantity.${name}`)}</td>
                {[statistics.mean, statistics.min, statistics.max].map((value, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the three columns never change places.
                  <td key={column} data-align="end">
                    {formatNumber(value, digits)} <small>{unit}</small>
                  </td>
                ))}
                <td data-align="end">{formatShare(statistics.coverage)}</td>
              </tr>
            ),
          )}
          {states.length > 0 && (
            <tr>
              <td>{t('reading.states')}</td>
              <td colSpan={4} data-align="end">
                {states
                  .map(
                    ([state, seconds]) => `${t(`unit.state.${state as 'stopped'}`)} ${formatDuration(seconds * 1000)}`,
                  )
                  .join(', ')}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
