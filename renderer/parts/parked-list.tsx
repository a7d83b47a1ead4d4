import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery } from '../api/types.ts';
import { useParked } from '../data/use-delivery.ts';
import { useSession } from '../data/use-session.ts';
import { joinSentences } from '../format/sentences.ts';
import { mayDeliver } from '../judgement/may-deliver.ts';
import { Answer } from './answer.tsx';
import { DeliveryAct } from './delivery-act.tsx';
import { Panel } from './panel.tsx';
import styles from './parked-list.module.css';
import { Sentence } from './sentence.tsx';
import { type Target, useTargetName } from './target-list.tsx';

/** What waits for a person, with the reason and what can be done; nothing where nothing does. */
export function ParkedList({ targets }: { readonly targets: readonly Target[] }): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const parked = targets.filter((target) => target.parked > 0);
  if (parked.length === 0) return null;
  const mayAct = mayDeliver(session?.role);
  return (
    <Panel title={t('delivery.parked')} lead={t('delivery.parkedLead')}>
      {!mayAct && <p>{t('delivery.notYours')}</p>}
      {parked.map(({ name }) => (
        <ParkedOf key={name} target={name} mayAct={mayAct} />
      ))}
    </Panel>
  );
}

function ParkedOf({ target, mayAct }: { readonly target: string; readonly mayAct: boolean }): ReactNode {
  return (
    <Answer query={useParked(target)}>
      {({ items }) => (
        <ul className={styles.list}>
          {items.map((item) => (
            <ParkedItem key={item.batch} item={item} mayAct={mayAct} />
          ))}
        </ul>
      )}
    </Answer>
  );
}

function ParkedItem({ item, mayAct }: { readonly item: Delivery; readonly mayAct: boolean }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  const { batch, target, fault } = item;
  return (
    <li>
      <div>
        <Link to="/delivery/$index" params={{ index: String(batch) }}>
          {t('delivery.batchAt', { index: batch, target: nameOf(target) })}
        </Link>
        {fault !== undefined && (
          <p>
            {t('delivery.reason')}: <Sentence text={joinSentences([fault.message, fault.hint])} />{' '}
            <code>{fault.code}</code>
          </p>
        )}
      </div>
      {mayAct && <DeliveryAct target={target} batch={batch} act="retry" />}
    </li>
  );
}
