import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Month } from '../api/types.ts';
import { formatShare } from '../format/number.ts';
import { Bar } from './bar.tsx';
import { Instant } from './instant.tsx';
import styles from './month-cover.module.css';

/** How much of a month readings cover: of units that differ, the least and the most. */
export function CoverShare({ month: { cover, readings } }: { readonly month: Month }): ReactNode {
  if (readings === 0 || cover.units.length === 0) return null;
  const [least, most] = [formatShare(cover.leastShare), formatShare(cover.mostShare)];
  return (
    <div className={styles.share} data-cover={cover.leastShare}>
      <span>{least === most ? least : `${least} – ${most}`}</span>
      <Bar share={cover.leastShare} size="thin" />
    </div>
  );
}

/** The parts of a month of which there are no readings, one sentence each; nothing where there are none. */
function MissingParts({ month: { cover } }: { readonly month: Month }): ReactNode {
  const { t } = useTranslation();
  return cover.missing.map(({ unitIds, kind, at }) => (
    <p key={`${kind} ${at}`} data-missing={kind}>
      {t(`months.missing.${kind}`, { units: unitIds.join(', ') })} {at !== null && <Instant at={at} shape="full" />}
      {t(`months.missingThen.${kind}`)}
    </p>
  ));
}

/** How much of a month readings cover, and of which parts there are none, in sentences. */
export function CoverWords({ month }: { readonly month: Month }): ReactNode {
  const { t } = useTranslation();
  const [share, most] = [formatShare(month.cover.leastShare), formatShare(month.cover.mostShare)];
  const of = share !== most ? 'least' : month.state === 'running' ? 'running' : 'month';
  return (
    <>
      <p>{t(`months.coverOf.${of}`, { share, most })}</p>
      <MissingParts month={month} />
    </>
  );
}
