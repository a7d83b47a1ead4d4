import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail } from '../api/types.ts';
import { useBatch, useBatchReadings } from '../data/use-delivery.ts';
import { useStatus } from '../data/use-status.ts';
import { formatNumber } from '../format/number.ts';
import { AnchorMark } from '../parts/anchor-mark.tsx';
import { Answer } from '../parts/answer.tsx';
import { BatchDeliveries } from '../parts/batch-deliveries.tsx';
import { BatchProof } from '../parts/batch-proof.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Energy } from '../parts/energy.tsx';
import { Instant } from '../parts/instant.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ReadingTable } from '../parts/reading-table.tsx';
import styles from './batch-page.module.css';

export function BatchPage({ index }: { readonly index: number }): ReactNode {
  return <Answer query={useBatch(index)}>{(batch) => <BatchView batch={batch} />}</Answer>;
}

function BatchView({ batch }: { readonly batch: BatchDetail }): ReactNode {
  const { t } = useTranslation();
  const title = t('delivery.page', { index: batch.index });
  return (
    <>
      <PageHead
        title={title}
        tabTitle={title}
        before={<Link to="/delivery">← {t('delivery.back')}</Link>}
        aside={<AnchorMark of={batch} />}
      />
      <div className={styles.grid}>
        <div className={styles.column}>
          <Panel title={t('delivery.facts')}>
            <Facts batch={batch} />
          </Panel>
        </div>
        <div className={styles.column}>
          <Panel title={t('delivery.deliveries')}>
            <BatchDeliveries batch={batch} />
          </Panel>
          <Panel title={t('delivery.prove.title')} lead={t('delivery.prove.lead')}>
            {batch.deliveries.some(({ target, state }) => target === 'hedera' && state !== 'not-given') ? (
              <BatchProof key={batch.index} batch={batch.index} />
            ) : (
              <p>{t('delivery.prove.notForHedera')}</p>
            )}
          </Panel>
        </div>
      </div>
      <div className={styles.wide}>
        <Panel title={t('delivery.readingsOf')} padding="none">
          <BatchReadings index={batch.index} />
        </Panel>
        <Panel title={t('delivery.messageOf')} aside={<CopyButton text={batch.message} />}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard. */}
          <pre className={styles.message} tabIndex={0}>
            {batch.message}
          </pre>
        </Panel>
      </div>
    </>
  );
}

function Facts({ batch }: { readonly batch: BatchDetail }): ReactNode {
  const { t } = useTranslation();
  const { stated, first, end, size, id, messageBytes, sealedAt, decisions } = batch;
  return (
    <dl className={styles.facts}>
      <Fact name={t('delivery.entries')}>
        {end - first === 1
          ? t('delivery.entryLine', { first, size })
          : t('delivery.entriesLine', { first, last: end - 1, size })}
      </Fact>
      {stated !== null && (
        <>
          {stated.from !== null && stated.to !== null && (
            <Fact name={t(stated.forebay === 1 ? 'delivery.sealedFor' : 'delivery.period')}>
              <Instant at={stated.from} shape="full" /> – <Instant at={stated.to} shape="full" />
            </Fact>
          )}
          <Fact name={t('delivery.verdicts')}>{t('delivery.verdictsLine', { ...stated })}</Fact>
          <Fact name={t('delivery.creditedEnergy')}>
            <Energy wh={stated.creditedWh} />
            {stated.reviewedWh !== 0 && (
              <>
                , <Energy wh={stated.reviewedWh} /> {t('delivery.reviewedEnergy')}
              </>
            )}
          </Fact>
        </>
      )}
      <Fact name={t('delivery.sealedAt')}>
        <Instant at={sealedAt} shape="full" />
      </Fact>
      <Fact name={t('delivery.id')}>
        <code>{id}</code>
      </Fact>
      <Fact name={t('delivery.bytes')}>{t('delivery.bytesLine', { count: messageBytes })}</Fact>
      {decisions.length > 0 && (
        <Fact name={t('delivery.decisions')}>
          {decisions.map(({ index, readingIndex, decision }) => (
            <div key={index}>
              <Link to="/readings/$index" params={{ index: String(readingIndex) }}>
                {t('delivery.decisionLine', {
                  decision,
                  reading: formatNumber(readingIndex),
                  index: formatNumber(index),
                })}
              </Link>
            </div>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function BatchReadings({ index }: { readonly index: number }): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const query = useBatchReadings(index);
  return (
    <Answer query={query}>
      {({ pages }) => {
        const readings = pages.flatMap((page) => page.items);
        if (readings.length === 0) return <p className={styles.end}>{t('delivery.noReadings')}</p>;
        return (
          <>
            <ReadingTable readings={readings} units={status?.plant.units ?? []} />
            {query.hasNextPage && (
              <Button
                className={styles.more ?? ''}
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t('delivery.moreReadings')}
              </Button>
            )}
          </>
        );
      }}
    </Answer>
  );
}
