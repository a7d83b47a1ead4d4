import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceStatus, ServerTrust, ShownCertificate } from '../api/types.ts';
import { useServerTrust, useTrustServer } from '../data/use-server-trust.ts';
import { useSession } from '../data/use-session.ts';
import { Answer } from './answer.tsx';
import { Instant } from './instant.tsx';
import { ProblemNote } from './problem-note.tsx';
import styles from './server-trust-panel.module.css';

const ASKS_FOR_TRUST: ReadonlySet<string> = new Set(['DRV_OPCUA_UNTRUSTED', 'DRV_OPCUA_CERTIFICATE_CHANGED']);
const MAY_TRUST: ReadonlySet<string> = new Set(['engineer', 'admin']);

/** The certificate that a device waits to have trusted, for a person to compare; nothing when it waits for none. */
export function ServerTrustPanel({ device }: { readonly device: DeviceStatus }): ReactNode {
  if (device.fault === undefined || !ASKS_FOR_TRUST.has(device.fault.code)) return null;
  return <Waiting deviceId={device.id} />;
}

function Waiting({ deviceId }: { readonly deviceId: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={styles.panel} aria-label={t('trust.title')}>
      <h3>{t('trust.title')}</h3>
      <Answer query={useServerTrust(deviceId)}>{(trust) => <Comparison trust={trust} />}</Answer>
    </section>
  );
}

function Comparison({ trust }: { readonly trust: ServerTrust }): ReactNode {
  const { t } = useTranslation();
  const { shown, trusted, mode, isShownTrusted } = trust;
  if (shown === null) return <p>{t('trust.nothingShown')}</p>;
  if (isShownTrusted) return <p role="status">{t('trust.done')}</p>;
  return (
    <>
      <p>{trusted === null ? t('trust.lead') : t('trust.changed')}</p>
      <CertificateFacts shown={shown} />
      {trusted !== null && (
        <p>
          {t('trust.before')} <code>{pairs(trusted.thumbprint)}</code>
        </p>
      )}
      {mode === 'fixed' ? <p>{t('trust.fixed')}</p> : <Act key={shown.sha256} trust={trust} shown={shown} />}
    </>
  );
}

function CertificateFacts({ shown }: { readonly shown: ShownCertificate }): ReactNode {
  const { t } = useTranslation();
  return (
    <dl className={styles.facts}>
      <dt>{t('trust.thumbprint')} SHA-1</dt>
      <dd>
        <code>{pairs(shown.sha1)}</code>
      </dd>
      <dt>{t('trust.thumbprint')} SHA-256</dt>
      <dd>
        <code>{pairs(shown.sha256)}</code>
      </dd>
      <dt>{t('trust.subject')}</dt>
      <dd>{shown.subject}</dd>
      <dt>{t('trust.application')}</dt>
      <dd>{shown.applicationUri ?? t('trust.none')}</dd>
      <dt>{t('trust.hosts')}</dt>
      <dd>{shown.hosts.length === 0 ? t('trust.none') : shown.hosts.join(', ')}</dd>
      <dt>{t('trust.valid')}</dt>
      <dd>
        <Instant at={shown.validFrom} shape="full" /> – <Instant at={shown.validTo} shape="full" />
      </dd>
    </dl>
  );
}

/** Given anew for each certificate, so that a tick for one is never a tick for another. */
function Act({ trust, shown }: { readonly trust: ServerTrust; readonly shown: ShownCertificate }): ReactNode {
  const { t } = useTranslation();
  const trustServer = useTrustServer(trust.device);
  const { data: session } = useSession();
  const [isCompared, setCompared] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  if (session === undefined || session === null || !MAY_TRUST.has(session.role)) return <p>{t('trust.notYours')}</p>;
  const act = async (): Promise<void> => {
    setBusy(true);
    try {
      await trustServer(shown.sha256);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.act}>
      <label>
        <input type="checkbox" checked={isCompared} onChange={(event) => setCompared(event.currentTarget.checked)} />{' '}
        {t('trust.compared')}
      </label>
      <Button disabled={!isCompared} loading={isBusy} onClick={() => void act()}>
        {t('trust.submit')}
      </Button>
      {problem !== undefined && <ProblemNote error={problem} />}
    </div>
  );
}

function pairs(digits: string): string {
  return digits.match(/../g)?.join(':') ?? digits;
}
