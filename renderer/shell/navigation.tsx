import { VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnitStatus } from '../api/types.ts';
import { useHasCertificates } from '../data/use-tokens.ts';
import { formatNumber } from '../format/number.ts';
import { hasStatusSignal } from '../judgement/stated-units.ts';
import { Icon } from '../parts/icon.tsx';
import styles from './navigation.module.css';

const PAGES = [
  { to: '/', name: 'overview' },
  { to: '/readings', name: 'readings' },
  { to: '/reviews', name: 'reviews' },
  { to: '/devices', name: 'devices' },
  { to: '/ledger', name: 'ledger' },
  { to: '/delivery', name: 'delivery' },
  { to: '/months', name: 'months' },
  { to: '/certificates', name: 'certificates' },
] as const;

interface NavigationProperties {
  readonly units: readonly UnitStatus[];
  /** How many readings wait for a person. */
  readonly toReview: number;
  /** How many batches do. */
  readonly parked: number;
}

/** A column at the left; on a narrow screen a bar at the foot, within reach of the thumb. */
export function Navigation({ units, toReview, parked }: NavigationProperties): ReactNode {
  const { t } = useTranslation();
  const hasCertificates = useHasCertificates();
  return (
    <nav className={styles.navigation} aria-label={t('nav.label')}>
      <ul>
        {PAGES.filter(({ name }) => name !== 'certificates' || hasCertificates).map(({ to, name }) => (
          <li key={name}>
            <Link to={to} className={styles.item ?? ''} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon name={name} size={20} />
              <span>{t(`nav.${name}`)}</span>
              {name === 'reviews' && <Count count={toReview} words={t('nav.waiting', { count: toReview })} />}
              {name === 'delivery' && <Count count={parked} words={t('nav.parked', { count: parked })} />}
            </Link>
          </li>
        ))}
      </ul>
      <div className={styles.units}>
        <p>{t('nav.units')}</p>
        <ul>
          {units.map((unit) => (
            <li key={unit.id}>
              <Link to="/units/$id" params={{ id: unit.id }} className={styles.item ?? ''}>
                <span>{unit.name}</span>
                <small>
                  {unit.state === 'unknown' && !hasStatusSignal(unit)
                    ? t('unit.unstated')
                    : t(`unit.state.${unit.state}`)}
                </small>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </nav>
  );
}

/** How much waits for a person; nothing where nothing does. */
function Count({ count, words }: { readonly count: number; readonly words: string }): ReactNode {
  if (count === 0) return null;
  return (
    <small className={styles.count}>
      <span aria-hidden="true">{formatNumber(count)}</span>
      <VisuallyHidden>{words}</VisuallyHidden>
    </small>
  );
}
