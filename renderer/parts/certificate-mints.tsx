import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mint, MintProof, Tokens } from '../api/types.ts';
import { proveMint } from '../data/use-tokens.ts';
import { formatNumber } from '../format/number.ts';
import { Outside } from './batch-proof.tsx';
import { Energy } from './energy.tsx';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';
import { ProblemNote } from './problem-note.tsx';
import proofStyles from './proof-check.module.css';
import { ScrollRegion } from './scroll-region.tsx';
import tableStyles from './table.module.css';

const COLUMNS = ['mints', 'amount', 'energy', 'stretch', 'when', 'prove'] as const;

/** What was minted, newest first, with the way to look at it outside. */
export function CertificateMints({ tokens }: { readonly tokens: Tokens }): ReactNode {
  const { t } = useTranslation();
  const { mints } = tokens;
  if (mints.length === 0) return <Panel title={t('certificates.mints')}>{t('certificates.noMints')}</Panel>;
  return (
    <Panel title={t('certificates.mints')} padding="none">
      <ScrollRegion label={t('certificates.mints')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {t(`certificates.column.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {mints.map((mint) => (
              <MintRow key={mint.index} mint={mint} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function MintRow({ mint }: { readonly mint: Mint }): ReactNode {
  const { t } = useTranslation();
  const { index, month, units, serials, fromWh, toWh, consensusAt, hashscanUrl } = mint;
  const check = useMutation({ mutationFn: () => proveMint(index) });
  const [first] = serials;
  return (
    <>
      <tr data-mint={index}>
        <td>
          {month ?? t('certificates.lostLedger')} <small>{t('certificates.entry', { index })}</small>
        </td>
        <td>
          {formatNumber(units)}{' '}
          {first !== undefined && <small>{t('certificates.serials', { first, last: serials.at(-1) ?? first })}</small>}
        </td>
        <td>
          <Energy wh={toWh - fromWh} />
        </td>
        <td>
          {formatNumber(fromWh)} – {formatNumber(toWh)}
        </td>
        <td>
          <Instant at={consensusAt} shape="full" />{' '}
          {hashscanUrl !== null && <Outside href={hashscanUrl}>{t('certificates.hashscan')}</Outside>}
        </td>
        <td>
          <Button variant="default" size="xs" onClick={() => check.mutate()} loading={check.isPending}>
            {t('certificates.prove')}
          </Button>
        </td>
      </tr>
      {(check.data !== undefined || check.error !== null) && (
        <tr>
          <td colSpan={COLUMNS.length} className={tableStyles.finding}>
            {check.error !== null && <ProblemNote error={check.error} />}
            {check.data !== undefined && <Report proof={check.data} />}
          </td>
        </tr>
      )}
    </>
  );
}

function Report({ proof: { outcome, summary, steps } }: { readonly proof: MintProof }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={proofStyles.proof} aria-live="polite">
      <p className={proofStyles.summary} data-outcome={outcome === 'differs' ? 'fails' : outcome}>
        <Icon name={outcome === 'holds' ? 'shield' : outcome === 'differs' ? 'alarm' : 'dash'} size={22} /> {summary}
      </p>
      <ol className={proofStyles.steps}>
        {steps.map(({ step, outcome: came, sentence }) => (
          <li key={step} data-outcome={came === 'differs' ? 'fails' : came} data-step={step}>
            <Icon name={came === 'holds' ? 'check' : came === 'differs' ? 'cross' : 'dash'} />
            <span>
              <strong>{t(`delivery.prove.outcome.${came}`)}.</strong> {sentence}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
