import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type RecordedReading, useReading } from '../data/use-reading.ts';
import { useStatus } from '../data/use-status.ts';
import { useZone } from '../data/use-zone.ts';
import { formatInterval, formatTime } from '../format/time.ts';
import { AnchorPanel } from '../parts/anchor-panel.tsx';
import { Answer } from '../parts/answer.tsx';
import { EvidencePanel } from '../parts/evidence-panel.tsx';
import { FindingList } from '../parts/finding-list.tsx';
import { GapList } from '../parts/gap-list.tsx';
import { LayerList } from '../parts/layer-list.tsx';
import { MeasuredTable } from '../parts/measured-table.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProofCheck } from '../parts/proof-check.tsx';
import { RegisterTable } from '../parts/register-table.tsx';
import { ResidualPanel } from '../parts/residual-panel.tsx';
import { ReviewPanel } from '../parts/review-panel.tsx';
import { VerdictSummary } from '../parts/verdict-summary.tsx';
import { WitnessList } from '../parts/witness-list.tsx';
import styles from './reading-page.module.css';

export function ReadingPage({ index }: { readonly index: number }): ReactNode {
  return <Answer query={useReading(index)}>{(recorded) => <RecordedView recorded={recorded} />}</Answer>;
}

function RecordedView({ recorded }: { readonly recorded: RecordedReading }): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { shown } = useZone();
  const { reading, entry } = recorded;
  const unit = status?.plant.units.find((item) => item.id === reading.unitId);
  const fromMs = Date.parse(reading.from);
  const interval = `${formatTime(fromMs, shown, 'fullDay')}, ${formatInterval(fromMs, Date.parse(reading.to), shown)}`;
  const title = t('reading.title', { unit: unit?.name ?? reading.unitId, interval });
  return (
    <>
      <PageHead title={title} tabTitle={title} before={<Link to="/readings">← {t('reading.back')}</Link>} />
      <VerdictSummary reading={reading} />
      <div className={styles.grid}>
        <div className={styles.column}>
          <Panel title={t('reading.layers')} lead={t('reading.layersLead')}>
            <LayerList layers={reading.verdict.layers} />
          </Panel>
          <ResidualPanel index={reading.index} ratedPowerKw={unit?.ratedPowerKw} />
          <Panel title={t('reading.measured')} padding="none">
            <MeasuredTable reading={reading} ratedPowerKw={unit?.ratedPowerKw} />
          </Panel>
        </div>
        <div className={styles.column}>
          <ReviewPanel reading={reading} />
          <Panel title={t('reading.findings')}>
            <FindingList findings={reading.verdict.findings} />
          </Panel>
          <Panel title={t('reading.witnesses')} lead={t('reading.witnessesLead')}>
            <WitnessList witnesses={reading.verdict.witnesses} />
          </Panel>
          <AnchorPanel reading={reading} />
          <Panel title={t('proof.title')} lead={t('proof.lead')}>
            <ProofCheck key={entry.index} entry={entry} />
          </Panel>
          <Panel title={t('reading.registers')}>
            <RegisterTable registers={reading.registers} uncounted={reading.uncounted} signals={unit?.signals} />
          </Panel>
          <Panel title={t('reading.gaps')}>
            <GapList gaps={reading.gaps} />
          </Panel>
        </div>
      </div>
      <EvidencePanel reading={reading} entry={entry} />
    </>
  );
}
