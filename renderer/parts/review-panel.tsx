import { Button, Radio, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '../api/types.ts';
import { type ReviewDraft, useReviewReading } from '../data/use-reviews.ts';
import { useSession } from '../data/use-session.ts';
import { decisionsOf } from '../judgement/review-choices.ts';
import { CreditMark } from './credit-mark.tsx';
import { Energy } from './energy.tsx';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';
import { ProblemNote } from './problem-note.tsx';
import styles from './review-panel.module.css';
import { Sentence } from './sentence.tsx';

const REASON_LENGTH_MAX = 500;

/** What of the energy is credited and why, what persons said, and the form to decide. */
export function ReviewPanel({ reading }: { readonly reading: Reading }): ReactNode {
  const { t } = useTranslation();
  const { credit, review } = reading;
  return (
    <Panel title={t('reviews.panel')} aside={<CreditMark credit={credit} />}>
      <div className={styles.credit} role="status">
        <span>
          {t('reviews.credited')}: <strong data-testid="credited">{<Energy wh={credit.creditedWh} />}</strong>
          {reading.energyWh !== undefined && (
            <>
              {' '}
              {t('reviews.of')} <Energy wh={reading.energyWh} />
            </>
          )}
        </span>
        <p>
          <Sentence text={credit.reason} />
        </p>
      </div>
      <History reviews={review.items} />
      <Decide key={reading.index} reading={reading} />
    </Panel>
  );
}

function History({ reviews }: { readonly reviews: Reading['review']['items'] }): ReactNode {
  const { t } = useTranslation();
  if (reviews.length === 0) return null;
  return (
    <ol className={styles.history} aria-label={t('reviews.history')}>
      {reviews.map(({ index, at, decision, reason, by, role }) => (
        <li key={index}>
          <strong>{t(`reviews.said.${decision}`, { by })}</strong>{' '}
          <small>
            {t(`menu.role.${role}`)}, <Instant at={at} shape="full" />, {t('reviews.entry', { index })}
          </small>
          <p>{reason}</p>
        </li>
      ))}
    </ol>
  );
}

/** What is typed stays while others decide; the first attempt after that is refused, so that nobody overlooks it. */
function Decide({ reading }: { readonly reading: Reading }): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const choices = decisionsOf(reading, session?.role);
  const submit = useReviewReading(reading.index);
  const [decision, setDecision] = useState<ReviewDraft['decision']>();
  const [reason, setReason] = useState('');
  const [seen, setSeen] = useState<number | undefined>(reading.review.items.length);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  if (choices.length === 0) return <p className={styles.note}>{t(noteOf(reading, session?.role))}</p>;
  const isMissing = { decision: isTried && decision === undefined, reason: isTried && reason.trim() === '' };
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (decision === undefined || reason.trim() === '') return;
    setBusy(true);
    setProblem(undefined);
    try {
      await submit({ decision, reason, seen: seen ?? reading.review.items.length });
      setDecision(undefined);
      setReason('');
      setTried(false);
    } catch (error) {
      setProblem(error);
    } finally {
      setSeen(undefined);
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)} aria-label={t('reviews.form')}>
      <Radio.Group
        label={t('reviews.decision')}
        value={decision ?? ''}
        onChange={(value) => setDecision(value === 'approve' ? 'approve' : 'reject')}
        error={isMissing.decision && t('reviews.decisionMissing')}
      >
        <div className={styles.choices}>
          {choices.map((choice) => (
            <Radio key={choice} value={choice} label={t(`reviews.choice.${choice}`)} />
          ))}
        </div>
      </Radio.Group>
      <Textarea
        label={t('reviews.reason')}
        description={t('reviews.reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={REASON_LENGTH_MAX}
        autosize
        minRows={2}
        error={isMissing.reason && t('reviews.reasonMissing')}
      />
      <Button type="submit" loading={isBusy} className={styles.submit ?? ''}>
        {t('reviews.submit')}
      </Button>
      {problem !== undefined && <ProblemNote error={problem} />}
    </form>
  );
}

function noteOf(
  { verdict }: Reading,
  role: string | undefined,
): 'reviews.viewer' | 'reviews.needsEngineer' | 'reviews.nothingToDo' {
  if (role === undefined || role === 'viewer' || role === 'ingest') return 'reviews.viewer';
  return verdict.status === 'APPROVED' && role === 'operator' ? 'reviews.needsEngineer' : 'reviews.nothingToDo';
}
