import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeliveryActs, useSync } from '../data/use-delivery.ts';
import { useSession } from '../data/use-session.ts';
import { mayDeliver } from '../judgement/may-deliver.ts';
import { Answer } from '../parts/answer.tsx';
import { BatchBrowser, type BatchSearch } from '../parts/batch-browser.tsx';
import { CostPanel } from '../parts/cost-panel.tsx';
import { LinkLine } from '../parts/link-line.tsx';
import { MainnetPanel } from '../parts/mainnet-panel.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ParkedList } from '../parts/parked-list.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { TargetList } from '../parts/target-list.tsx';
import styles from './delivery-page.module.css';

/** What of an address says which batches to show. */
export function deliverySearchOf({ show, find }: Record<string, unknown>): BatchSearch {
  const text = typeof find === 'number' ? String(find) : find;
  return {
    ...((show === 'open' || show === 'parked') && { show }),
    ...(typeof text === 'string' && text !== '' && { find: text }),
  };
}

/** Whether the evidence gets out: each target, what waits for a person, the batches, and what it costs. */
export function DeliveryPage({ search }: { readonly search: BatchSearch }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('delivery.title')} tabTitle={t('delivery.title')} lead={t('delivery.lead')} />
      <Answer query={useSync()}>
        {({ link, targets }) => (
          <div className={styles.panels}>
            <Panel title={t('delivery.targets')} aside={targets.length > 0 && <TryAll />}>
              <LinkLine link={link} />
              <TargetList targets={targets} />
            </Panel>
            <MainnetPanel />
            <ParkedList targets={targets} />
            <BatchBrowser search={search} />
            <CostPanel />
          </div>
        )}
      </Answer>
    </>
  );
}

function TryAll(): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { tryAll } = useDeliveryActs();
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle');
  const [problem, setProblem] = useState<unknown>();
  if (!mayDeliver(session?.role)) return null;
  const act = async (): Promise<void> => {
    setState('busy');
    setProblem(undefined);
    try {
      await tryAll();
      setState('done');
    } catch (error) {
      setProblem(error);
      setState('idle');
    }
  };
  return (
    <div className={styles.act}>
      <Button variant="default" size="xs" loading={state === 'busy'} onClick={() => void act()}>
        {t('delivery.run')}
      </Button>
      <span role="status">{state === 'done' && t('delivery.ran')}</span>
      {problem !== undefined && <ProblemNote error={problem} />}
    </div>
  );
}
