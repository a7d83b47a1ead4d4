import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExpectedList, ExpectedPoint } from '../api/types.ts';
import { inPercentOfExpectation, residualSeriesOf } from '../data/residual-series.ts';
import { useExpectedPower } from '../data/use-reviews.ts';
import { shortDigest } from '../format/digest.ts';
import { formatNumber } from '../format/number.ts';
import { powerDigits } from '../format/quantity.ts';
import { Answer } from './answer.tsx';
import { loadResidualChart } from './load-trend-chart.ts';
import { Panel } from './panel.tsx';
import styles from './residual-panel.module.css';

const ResidualChart = lazy(loadResidualChart);
const POWER_HEIGHT_PX = 190;
const DIFFERENCE_HEIGHT_PX = 120;

interface ResidualPanelProperties {
  readonly index: number;
  readonly ratedPowerKw: number | undefined;
}

/** Power against what the water should have given, over the unit's last readings up to this one. */
export function ResidualPanel({ index, ratedPowerKw = 0 }: ResidualPanelProperties): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t('residual.title')} lead={t('residual.lead')}>
      <Answer query={useExpectedPower(index)}>
        {(list) => <Residual list={list} index={index} ratedPowerKw={ratedPowerKw} />}
      </Answer>
    </Panel>
  );
}

interface ResidualProperties {
  readonly list: ExpectedList;
  readonly index: number;
  readonly ratedPowerKw: number;
}

function Residual({ list: { items }, index, ratedPowerKw }: ResidualProperties): ReactNode {
  const { t } = useTranslation();
  const point = items.find((item) => item.index === index);
  const series = residualSeriesOf(items, index);
  const sentence = useSentence(point, powerDigits(ratedPowerKw));
  const difference = useDifference(point);
  if (series === undefined || items.every(({ expectedKw }) => expectedKw === null)) {
    return <p className={styles.sentence}>{t('residual.none')}</p>;
  }
  return (
    <figure className={styles.figure}>
      {items.length < 2 ? (
        <p className={styles.sentence}>{t('unit.trendWaiting')}</p>
      ) : (
        <>
          <div className={styles.chart} style={{ height: POWER_HEIGHT_PX }} role="img" aria-label={sentence}>
            <Suspense fallback={null}>
              <ResidualChart series={series} heightPx={POWER_HEIGHT_PX} kind="power" />
            </Suspense>
          </div>
          <p className={styles.sentence}>{t('residual.difference')}</p>
          <div className={styles.chart} style={{ height: DIFFERENCE_HEIGHT_PX }} role="img" aria-label={difference}>
            <Suspense fallback={null}>
              <ResidualChart
                series={inPercentOfExpectation(series)}
                heightPx={DIFFERENCE_HEIGHT_PX}
                kind="difference"
              />
            </Suspense>
          </div>
        </>
      )}
      <figcaption>
        <p className={styles.sentence}>{sentence}</p>
        <ul className={styles.legend}>
          <li data-line="power">{t('residual.power')}</li>
          <li data-line="expected">{t('residual.expected')}</li>
          <li data-line="band">{t('residual.band')}</li>
          <li data-line="marked">{t('residual.marked')}</li>
        </ul>
      </figcaption>
    </figure>
  );
}

/** What the plot shows of this reading, in words. */
function useSentence(point: ExpectedPoint | undefined, digits: number): string {
  const { t } = useTranslation();
  if (point?.powerKw == null) return t('residual.noPower');
  const { powerKw, expectedKw, lowKw, highKw, basis, model } = point;
  const power = formatNumber(powerKw, digits);
  if (expectedKw === null || lowKw === null || highKw === null) return t('residual.noExpectation', { power });
  const where = powerKw > highKw ? 'above' : powerKw < lowKw ? 'below' : 'within';
  const values = {
    power,
    expected: formatNumber(expectedKw, digits),
    low: formatNumber(lowKw, digits),
    high: formatNumber(highKw, digits),
  };
  return `${t(`residual.where.${where}`, values)} ${basis === null ? '' : t(`residual.basis.${basis}`, { model: shortDigest((model ?? '').replace('sha256:', '')) })}`.trim();
}

/** How far the reading is from its expectation, in words. */
function useDifference(point: ExpectedPoint | undefined): string {
  const { t } = useTranslation();
  const { powerKw = null, expectedKw = null } = point ?? {};
  if (powerKw === null || expectedKw === null || expectedKw <= 0) return t('residual.noDifference');
  const percent = 100 * (powerKw / expectedKw - 1);
  const share = formatNumber(Math.abs(percent), 1);
  return t(percent < 0 ? 'residual.less' : 'residual.more', { share });
}
