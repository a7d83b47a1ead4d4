import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../data/use-status.ts';
import { Answer } from '../parts/answer.tsx';
import { DevicePanel } from '../parts/device-panel.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Sentence } from '../parts/sentence.tsx';
import styles from './devices-page.module.css';

export function DevicesPage(): ReactNode {
  const { t } = useTranslation();
  return (
    <Answer query={useStatus()}>
      {({ devices, clock }) => (
        <>
          <PageHead
            title={t('devices.title')}
            tabTitle={t('devices.title')}
            lead={t('devices.lead')}
            aside={
              <Mark
                tone={clock.trust === 'suspect' ? 'attention' : 'normal'}
                icon={clock.trust === 'suspect' ? 'warning' : 'clock'}
              >
                <Sentence text={clock.reason} />
              </Mark>
            }
          />
          {devices.length === 0 && <p>{t('devices.none')}</p>}
          <div className={styles.list}>
            {devices.map((device) => (
              <DevicePanel key={device.id} device={device} />
            ))}
          </div>
        </>
      )}
    </Answer>
  );
}
