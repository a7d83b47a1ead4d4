import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tokens } from '../api/types.ts';
import { useSession } from '../data/use-session.ts';
import { useTokens } from '../data/use-tokens.ts';
import { joinSentences } from '../format/sentences.ts';
import { mayMint } from '../judgement/may-mint.ts';
import { Answer } from '../parts/answer.tsx';
import { Outside } from '../parts/batch-proof.tsx';
import { CertificateMints } from '../parts/certificate-mints.tsx';
import { CertificateMonths } from '../parts/certificate-months.tsx';
import { CertificatePlans } from '../parts/certificate-plans.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { Sentence } from '../parts/sentence.tsx';
import styles from './certificates-page.module.css';

/** Certificates for closed months: what may be minted, who approved it, and what was. */
export function CertificatesPage(): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const mayAct = mayMint(session?.role);
  return (
    <>
      <PageHead title={t('certificates.title')} tabTitle={t('certificates.title')} lead={t('certificates.lead')} />
      <Answer query={useTokens()}>
        {(tokens) => (
          <div className={styles.panels}>
            <TokenPanel tokens={tokens} />
            <CertificatePlans tokens={tokens} session={session} mayAct={mayAct} />
            <CertificateMonths tokens={tokens} mayAct={mayAct} />
            <CertificateMints tokens={tokens} />
          </div>
        )}
      </Answer>
    </>
  );
}

const TRIALS: ReadonlySet<string> = new Set(['testnet', 'previewnet']);

function TokenPanel({ tokens: { setup, minted, work } }: { readonly tokens: Tokens }): ReactNode {
  const { t } = useTranslation();
  if (setup === null) return <Panel title={t('certificates.token')}>{t('certificates.off')}</Panel>;
  const { network, form, unit, decimals, maxUnits, token, keys, tokenUrl, name, symbol } = setup;
  const scale = 10 ** decimals;
  const counted = { minted: minted.units / scale, most: (maxUnits ?? 0) / scale };
  const where =
    network === 'private'
      ? t('certificates.own')
      : TRIALS.has(network)
        ? t('certificates.trial', { network })
        : network;
  const rows = [
    ['network', where],
    ['kind', t(form === 'nft' ? 'certificates.nft' : 'certificates.fungible', { unit })],
    ['supply', t(maxUnits === null ? 'certificates.supplyOpen' : 'certificates.supplyOf', counted)],
    ['id', token ?? t('certificates.notYet')],
    ...(keys.length === 0 ? [] : [['keys', keys.join(', ')] as const]),
  ] as const;
  return (
    <Panel
      title={`${symbol} · ${name}`}
      aside={tokenUrl !== null && <Outside href={tokenUrl}>{t('certificates.hashscan')}</Outside>}
    >
      <dl className={styles.facts}>
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{t(`certificates.${key}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {work !== null && work.state !== 'idle' && (
        <p className={styles.work} data-state={work.state} role="status">
          {t(`certificates.work.${work.state}`)}{' '}
          {work.fault !== null && <Sentence text={joinSentences([work.fault.message, work.fault.hint])} />}
        </p>
      )}
    </Panel>
  );
}
