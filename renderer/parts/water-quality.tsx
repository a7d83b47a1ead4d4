import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnitStatus } from '../api/types.ts';
import { usePoints } from '../data/use-points.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { QUANTITY_FORMATS } from '../format/quantity.ts';
import type { HeldPoint } from '../judgement/freshness.ts';
import { Condition, useFreshness } from './figure.tsx';
import styles from './water-quality.module.css';

const WATER_QUANTITIES = ['waterTemperature', 'ph', 'turbidity'] as const;

export function WaterQuality({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const points = usePoints();
  const measured = WATER_QUANTITIES.filter((quantity) => unit.signals[quantity] !== undefined);
  return (
    <div>
      <h3>{t('unit.water')}</h3>
      {measured.length === 0 && <p>{t('unit.waterNone')}</p>}
      <dl className={styles.list}>
        {measured.map((quantity) => (
          <WaterLine key={quantity} quantity={quantity} held={points.get(unit.signals[quantity] ?? '')} />
        ))}
      </dl>
    </div>
  );
}

interface WaterLineProperties {
  readonly quantity: (typeof WATER_QUANTITIES)[number];
  readonly held: HeldPoint | undefined;
}

function WaterLine({ quantity, held }: WaterLineProperties): ReactNode {
  const { t } = useTranslation();
  const freshness = useFreshness(held);
  const { unit, digits } = QUANTITY_FORMATS[quantity];
  const value = held?.point.value;
  return (
    <div className={styles.line}>
      <dt>{t(`quantity.${quantity}`)}</dt>
      <dd>
        <strong data-freshness={freshness}>{typeof value === 'number' ? formatNumber(value, digits) : NO_VALUE}</strong>
        {typeof value === 'number' && quantity !== 'ph' && ` ${unit}`}
      </dd>
      <dd className={styles.why}>
        <Condition held={held} freshness={freshness} />
      </dd>
    </div>
  );
}
