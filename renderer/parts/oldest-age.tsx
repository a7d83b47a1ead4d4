import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnitStatus } from '../api/types.ts';
import { useContact, useSteadyNow } from '../data/live-provider.tsx';
import { usePoints } from '../data/use-points.ts';
import { formatAge } from '../format/age.ts';
import { ageOf } from '../judgement/freshness.ts';
import styles from './oldest-age.module.css';

const SECOND_MS = 1000;

/** How old the oldest value of a unit is, ticking. */
export function OldestAge({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const points = usePoints();
  const steadyNowMs = useSteadyNow();
  const { state } = useContact();
  const ages = Object.values(unit.signals).flatMap((ref) => {
    const held = points.get(ref);
    return held?.point.value === undefined ? [] : (ageOf(held, steadyNowMs) ?? []);
  });
  if (ages.length === 0 || state !== 'live') return null;
  return <p className={styles.age}>{t('value.oldest', { age: formatAge(Math.max(SECOND_MS, ...ages)) })}</p>;
}
