import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MintPlan, Session, Tokens } from '../api/types.ts';
import { Energy } from './energy.tsx';
import { MintAct } from './mint-act.tsx';
import { Panel } from './panel.tsx';
import styles from './parked-list.module.css';

interface CertificatePlansProperties {
  readonly tokens: Tokens;
  readonly session: Session | null | undefined;
  readonly mayAct: boolean;
}

/** What waits for a second person, or is approved and being minted; nothing where nothing is. */
export function CertificatePlans({ tokens, session, mayAct }: CertificatePlansProperties): ReactNode {
  const { t } = useTranslation();
  const open = tokens.plans.filter(({ state }) => state === 'proposed' || state === 'approved');
  if (open.length === 0) return null;
  return (
    <Panel title={t('certificates.proposed')} lead={t('certificates.proposedLead')}>
      {!mayAct && <p>{t('certificates.notYours')}</p>}
      <ul className={styles.list}>
        {open.map((plan) => (
          <OpenPlan key={plan.id} plan={plan} session={session} mayAct={mayAct} />
        ))}
      </ul>
    </Panel>
  );
}

interface OpenPlanProperties {
  readonly plan: MintPlan;
  readonly session: Session | null | undefined;
  readonly mayAct: boolean;
}

function OpenPlan({ plan, session, mayAct }: OpenPlanProperties): ReactNode {
  const { t } = useTranslation();
  const { id, month, units, network, approvals, state, fromWh, toWh } = plan;
  const isYours = approvals.some(({ by }) => by === session?.name);
  return (
    <li data-plan={id} data-state={state}>
      <div>
        <strong>{t('certificates.plan', { units, month })}</strong>
        <p>
          <Energy wh={toWh - fromWh} />, {t('certificates.by', { names: approvals.map(({ by }) => by).join(', ') })}
        </p>
        {state === 'approved' && <p>{t('certificates.state.approved')}</p>}
        {state === 'proposed' && isYours && <p>{t('certificates.yours')}</p>}
      </div>
      {mayAct && (
        <>
          {state === 'proposed' && !isYours && (
            <MintAct decision={{ act: 'approve', plan: id }} month={month} units={units} network={network} />
          )}
          <MintAct decision={{ act: 'withdraw', plan: id }} month={month} units={units} network={network} />
        </>
      )}
    </li>
  );
}
