import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceStatus } from '../api/types.ts';
import { formatDuration } from '../format/age.ts';
import { formatNumber } from '../format/number.ts';
import styles from './device-panel.module.css';
import { DeviceStateMark } from './device-state-mark.tsx';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';
import { PointTable } from './point-table.tsx';
import { Sentence } from './sentence.tsx';
import { ServerTrustPanel } from './server-trust-panel.tsx';

/** One device: how it is, why, and every point of it live. */
export function DevicePanel({ device }: { readonly device: DeviceStatus }): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel
      title={
        <span className={styles.title}>
          {device.id} <small>{device.driver}</small> <DeviceStateMark state={device.state} />
        </span>
      }
      aside={
        <span>
          {t('devices.since')} <Instant at={device.since} />
        </span>
      }
      padding="none"
    >
      <DeviceFault device={device} />
      <ServerTrustPanel device={device} />
      <dl className={styles.facts}>
        <Fact name={t('devices.where')}>{device.where}</Fact>
        <Fact name={t('devices.now')}>{t(`devices.activity.${device.activity}`)}</Fact>
        <Fact name={t('devices.lastGood')}>
          {device.lastGoodAt === null ? t('devices.never') : <Instant at={device.lastGoodAt} />}
        </Fact>
        <Fact name={t('devices.period')}>{formatDuration(device.periodMs)}</Fact>
        <Fact name={t('devices.pointsGood')}>
          {t('devices.ofPoints', { good: device.pointsGood, total: device.points })}
        </Fact>
        {device.clock !== undefined && (
          <Fact name={t('devices.deviceClock')}>
            <Sentence text={device.clock.reason} />
          </Fact>
        )}
        <Fact name={t('devices.requests')}>{formatNumber(device.requests)}</Fact>
        <Fact name={t('devices.attempts')}>{formatNumber(device.attempts)}</Fact>
        <Fact name={t('devices.skipped')} title={t('devices.skippedHint')}>
          {formatNumber(device.skipped)}
        </Fact>
        <Fact name={t('devices.timeouts')}>{formatNumber(device.timeouts)}</Fact>
        <Fact name={t('devices.strangers')} title={t('devices.strangersHint')}>
          {formatNumber(device.strangers)}
        </Fact>
      </dl>
      <p className={styles.writes}>
        <Icon name="shield" size={16} /> {t('devices.writes', { count: device.writes })}
      </p>
      <PointTable device={device} />
    </Panel>
  );
}

function DeviceFault({ device }: { readonly device: DeviceStatus }): ReactNode {
  const { t } = useTranslation();
  const { fault, nextAttemptAt } = device;
  if (fault === undefined) return null;
  return (
    <div className={styles.fault} data-state={device.state}>
      <Icon name={device.state === 'down' ? 'alarm' : 'warning'} size={20} />
      <div>
        <strong>
          <Sentence text={fault.message} />
        </strong>{' '}
        <code>{fault.code}</code>
        {fault.hint !== undefined && (
          <p>
            <Sentence text={fault.hint} />
          </p>
        )}
        {nextAttemptAt !== null && (
          <p>
            {t('devices.nextAttempt')} <Instant at={nextAttemptAt} shape="second" />
          </p>
        )}
      </div>
    </div>
  );
}

interface FactProperties {
  readonly name: string;
  readonly title?: string;
  readonly children: ReactNode;
}

function Fact({ name, title, children }: FactProperties): ReactNode {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
