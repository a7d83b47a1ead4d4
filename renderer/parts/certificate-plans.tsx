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
  return (['proposed', 'approved'] as const).map((state) => {
    const plans = tokens.plans.filter((plan) => plan.state === state);
    return plans.length > 0 && <OpenPlans key={state} {...{ state, plans, session, mayAct }} />;
  });
}

interface OpenPlansProperties extends Omit<CertificatePlansProperties, 'tokens'> {
  readonly state: 'proposed' | 'approved';
  readonly plans: readonly MintPlan[];
}

function OpenPlans({ state, plans, session, mayAct }: OpenPlansProperties): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t(`certificates.${state}`)} lead={t(`certificates.${state}Lead`)}>
      {!mayAct && <p>{t('certificates.notYours')}</p>}
      <ul className={styles.list}>
        {plans.map((plan) => (
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
  const { id, month, units, mintedUnits, network, approvals, state, fromWh, toWh } = plan;
  const isYours = approvals.some(({ by }) => by === session?.name);
  return (
    <li data-plan={id} data-state={state}>
      <div>
        <strong>{t('certificates.plan', { units, month })}</strong>
        <p>
          <Energy wh={toWh - fromWh} />, {t('certificates.by', { names: approvals.map(({ by }) => by).join(', ') })}
        </p>
        {state === 'approved' && <p>{t('certificates.mintedOf', { minted: mintedUnits, units })}</p>}
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
