import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Instant } from './instant.tsx';
import styles from './target-list.module.css';
import type { Target } from './target-list.tsx';

type Carrier = NonNullable<Target['carrier']>;

/** The disk that batches are carried on: whether it is in and holds everything, and who has received what of it. */
export function CarriedDisk({ carrier }: { readonly carrier: Carrier }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <div>
        <dt>{t('delivery.disk.name')}</dt>
        <dd>{t(`delivery.disk.${standOf(carrier)}`)}</dd>
      </div>
      <ReceivedBy carrier={carrier} />
    </>
  );
}

/** Where nobody confirms, nothing says what another disk would lack. */
function standOf({ isIn, isComplete, receiver }: Carrier): 'unknown' | 'out' | 'in' | 'complete' | 'incomplete' {
  if (isIn === null) return 'unknown';
  if (!isIn) return 'out';
  if (receiver === null) return 'in';
  return isComplete ? 'complete' : 'incomplete';
}

/** Who receives the disk, what of it and when; nothing where nobody confirms. */
function ReceivedBy({ carrier }: { readonly carrier: Carrier }): ReactNode {
  const { t } = useTranslation();
  const { receiver, received, receivedAt } = carrier;
  if (receiver === null) return null;
  return (
    <div>
      <dt>{t('delivery.receivedBy', { receiver })}</dt>
      <dd>
        {receivedAt === null ? (
          t('delivery.receivedNone')
        ) : (
          <>
            {t('delivery.receivedCount', { count: received })} <Instant at={receivedAt} shape="full" />
          </>
        )}
      </dd>
    </div>
  );
}

/** What was sealed before the folder was added, and is not on it. */
export function OlderBatches({ older }: { readonly older: Carrier['older'] }): ReactNode {
  const { t } = useTranslation();
  if (older === undefined) return null;
  const { count, since } = older;
  return (
    <p className={styles.fault}>
      {since === null ? t('delivery.beforeAdded.none') : t('delivery.beforeAdded.since', { since })}{' '}
      {t('delivery.beforeAdded.before', { count })} <code>forebay sync carry --all</code>
    </p>
  );
}
