import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from './problem-note.tsx';

interface AnswerProperties<Data> {
  readonly query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch'>;
  readonly children: (data: Data) => ReactNode;
}

/** Shows what is known, else the problem, else that it is on its way. Known data outlives a failed refresh. */
export function Answer<Data>({ query, children }: AnswerProperties<Data>): ReactNode {
  const { t } = useTranslation();
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  return <p role="status">{t('problem.loading')}…</p>;
}
