import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Anchor, Reading } from '../api/types.ts';
import { useStatus } from '../data/use-status.ts';
import { AnchorMark } from './anchor-mark.tsx';
import styles from './anchor-panel.module.css';
import { BatchProof, Outside } from './batch-proof.tsx';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';
import { useTargetName } from './target-list.tsx';

/** How far a reading has come on its way out of the plant, who holds it, and the means to have that proven. */
export function AnchorPanel({ reading }: { readonly reading: Reading }): ReactNode {
  const { t } = useTranslation();
  const { anchor } = reading;
  return (
    <Panel title={t('delivery.ofReading')} lead={t('delivery.ofReadingLead')} aside={<AnchorMark of={anchor} />}>
      {anchor.batch === undefined ? (
        <NotSealed />
      ) : (
        <div className={styles.panel}>
          <p>
            <Link to="/delivery/$index" params={{ index: String(anchor.batch) }}>
              {t('delivery.inBatch', { index: anchor.batch })}
            </Link>
          </p>
          <Receipts anchor={anchor} />
          {anchor.receipts.some(({ message }) => message !== undefined) ? (
            <>
              <h3>{t('delivery.prove.title')}</h3>
              <p>{t('delivery.prove.lead')}</p>
              <BatchProof key={anchor.batch} batch={anchor.batch} reading={reading.index} />
            </>
          ) : (
            <p>{t('delivery.prove.notAnchored')}</p>
          )}
        </div>
      )}
      {anchor.review !== undefined && (
        <p className={styles.review}>
          {t('delivery.reviewIn', {
            index: anchor.review.index,
            state: t(`delivery.anchor.${anchor.review.state}`).toLowerCase(),
          })}
        </p>
      )}
    </Panel>
  );
}

/** Whether it will be sealed is said once it is known whether plant.yaml names a target. */
function NotSealed(): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  if (status === undefined) return null;
  return <p>{t(status.targets.length === 0 ? 'delivery.notSealedForNobody' : 'delivery.notSealed')}</p>;
}

function Receipts({ anchor }: { readonly anchor: Anchor }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  return (
    <ul className={styles.receipts}>
      {anchor.receipts.map(({ target, at, index, message }) => (
        <li key={target}>
          <strong>{nameOf(target)}</strong>, <Instant at={at} shape="full" />,{' '}
          <Link to="/ledger" search={{ before: index + 1 }}>
            {t('delivery.receiptEntry', { index })}
          </Link>
          {message !== undefined && (
            <div>
              <code>{`${message.topicId}/${message.sequenceNumber}`}</code>{' '}
              {message.hashscanUrl !== null && <Outside href={message.hashscanUrl}>{t('delivery.hashscan')}</Outside>}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
