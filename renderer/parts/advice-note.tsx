import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../api/types.ts';
import { type Advice, adviceOf } from '../judgement/advice.ts';
import styles from './advice-note.module.css';
import { Icon } from './icon.tsx';
import { Sentence } from './sentence.tsx';
import { useTargetName } from './target-list.tsx';

/** The one most important thing to do, with the way there; or that there is none. */
export function AdviceNote({ status }: { readonly status: Status }): ReactNode {
  const { t } = useTranslation();
  const advice = adviceOf(status, useTargetName());
  if (advice === undefined) return t('advice.nothing');
  return (
    <span className={styles.advice} data-tone={advice.tone}>
      <Icon name={advice.tone === 'alarm' ? 'alarm' : 'warning'} size={20} />
      <span>
        <strong>{t('advice.label')}:</strong> <Sentence text={t(`advice.${advice.key}`, advice.values)} />
      </span>
      <AdviceLink place={advice.place} />
    </span>
  );
}

function AdviceLink({ place }: { readonly place: Advice['place'] }): ReactNode {
  const { t } = useTranslation();
  const text = t(`advice.open.${place.page}`);
  switch (place.page) {
    case 'devices':
      return <Link to="/devices">{text}</Link>;
    case 'delivery':
      return <Link to="/delivery">{text}</Link>;
    case 'ledger':
      return <Link to="/ledger">{text}</Link>;
    case 'unit':
      return (
        <Link to="/units/$id" params={{ id: place.unitId }}>
          {text}
        </Link>
      );
    case 'reading':
      return (
        <Link to="/readings/$index" params={{ index: String(place.index) }}>
          {text}
        </Link>
      );
  }
}
