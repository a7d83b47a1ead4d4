import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useContact } from '../data/live-provider.tsx';
import { useLatestReadings } from '../data/use-readings.ts';
import { type HeldStatus, useStatus } from '../data/use-status.ts';
import { headlineOf } from '../judgement/headline.ts';
import { AdviceNote } from '../parts/advice-note.tsx';
import { Answer } from '../parts/answer.tsx';
import { HeadlineTiles } from '../parts/headline-tiles.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlantPower } from '../parts/plant-power.tsx';
import { ReadingTable } from '../parts/reading-table.tsx';
import { useTargetName } from '../parts/target-list.tsx';
import { UnitPanel } from '../parts/unit-panel.tsx';
import styles from './overview-page.module.css';

const LATEST = 8;

export function OverviewPage(): ReactNode {
  return <Answer query={useStatus()}>{(status) => <Overview status={status} />}</Answer>;
}

function Overview({ status }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const headline = headlineOf(status, useTargetName(), useContact().state);
  return (
    <>
      <PageHead
        title={`${t(`headline.plant.${headline.plant.key}`, headline.plant.values)}.`}
        tabTitle={status.plant.name}
        lead={<AdviceNote status={status} />}
      />
      <div className={styles.top}>
        <PlantPower status={status} />
        <HeadlineTiles status={status} headline={headline} />
      </div>
      <div className={styles.units}>
        {status.plant.units.map((unit) => (
          <UnitPanel key={unit.id} unit={unit} />
        ))}
      </div>
      <LatestReadings status={status} />
    </>
  );
}

function LatestReadings({ status }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const readings = useLatestReadings(LATEST);
  return (
    <Panel title={t('plant.latest')} aside={<Link to="/readings">{t('plant.allReadings')}</Link>} padding="none">
      <Answer query={readings}>
        {(items) =>
          items.length === 0 ? (
            <p className={styles.empty}>{t('readings.noneYet')}</p>
          ) : (
            <ReadingTable readings={items} units={status.plant.units} />
          )
        }
      </Answer>
    </Panel>
  );
}
