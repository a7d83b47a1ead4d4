import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { joinSentences } from '../format/sentences.ts';
import { Icon } from './icon.tsx';
import styles from './problem-note.module.css';
import { Sentence } from './sentence.tsx';

interface ProblemNoteProperties {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Says what went wrong, what may help, and offers to try again. */
export function ProblemNote({ error, onRetry }: ProblemNoteProperties): ReactNode {
  const { t } = useTranslation();
  const problem = error instanceof ApiProblem ? error : undefined;
  return (
    <div className={styles.note} role="alert">
      <Icon name="warning" size={22} />
      <div>
        <strong>{t('problem.title')}</strong>
        <p>
          <Sentence text={error instanceof Error ? error.message : String(error)} />
        </p>
        {problem?.hint !== undefined && (
          <p>
            <Sentence text={joinSentences([problem.hint])} />
          </p>
        )}
        {problem !== undefined && <code>{problem.code}</code>}
      </div>
      {onRetry !== undefined && (
        <Button variant="default" onClick={onRetry}>
          {t('problem.retry')}
        </Button>
      )}
    </div>
  );
}
