import { Button, Checkbox, Modal, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthDetail, Session } from '../api/types.ts';
import { useCloseMonth } from '../data/use-months.ts';
import { formatEnergy } from '../format/energy.ts';
import { mayCloseMonth } from '../judgement/may-close-month.ts';
import styles from './delivery-act.module.css';
import { ProblemNote } from './problem-note.tsx';

interface CloseMonthProperties {
  readonly detail: MonthDetail;
  readonly session: Session | null | undefined;
}

/** Closes a month or corrects a closed one, once the person has typed its name. */
export function CloseMonth({ detail, session }: CloseMonthProperties): ReactNode {
  const { t } = useTranslation();
  const close = useCloseMonth();
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [typed, setTyped] = useState('');
  const [why, setWhy] = useState('');
  const [leave, setLeave] = useState<readonly ('gaps' | 'flagged')[]>([]);
  const { month, now, obstacles, closed } = detail;
  const act = closed === null ? 'close' : 'correct';
  const isPossible = now !== null && obstacles.every((obstacle) => obstacle.leave !== null);
  if (!isPossible) return null;
  if (!mayCloseMonth(session?.role, act)) return <p>{t('months.notYours')}</p>;
  const needed = new Set(obstacles.flatMap((obstacle) => obstacle.leave ?? []));
  const isReady =
    typed.trim() === month &&
    [...needed].every((each) => leave.includes(each)) &&
    (act === 'close' || why.trim() !== '');
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const reason = act === 'close' ? {} : { why };
      await close({ month, leave, seenNetWh: now.creditedNetWh, ...reason });
      setAsked(false);
      setTyped('');
      setWhy('');
      setLeave([]);
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const words = { month, name: session?.name ?? '', kwh: formatEnergy(now.creditedNetWh, 'kWh') };
  return (
    <>
      <Button onClick={() => setAsked(true)}>{t(`months.${act}`)}</Button>
      <Modal
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t(`months.${act}Title`, words)}
        closeButtonProps={{ 'aria-label': t('months.cancel') }}
        transitionProps={{ duration: 0 }}
        centered
      >
        <div className={styles.form}>
          <p>{t('months.closeLead', words)}</p>
          {(['gaps', 'flagged'] as const)
            .filter((each) => needed.has(each))
            .map((each) => (
              <Checkbox
                key={each}
                label={t(each === 'gaps' ? 'months.leaveGaps' : 'months.leaveFlagged')}
                checked={leave.includes(each)}
                onChange={({ currentTarget: { checked } }) =>
                  setLeave(checked ? [...leave, each] : leave.filter((other) => other !== each))
                }
              />
            ))}
          {act === 'correct' && (
            <Textarea
              label={t('months.whyLabel')}
              value={why}
              onChange={(event) => setWhy(event.currentTarget.value)}
            />
          )}
          <TextInput
            label={t('months.typeMonth', { month })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
          {problem !== undefined && <ProblemNote error={problem} />}
          <div className={styles.buttons}>
            <Button variant="default" onClick={() => setAsked(false)}>
              {t('months.cancel')}
            </Button>
            <Button loading={isBusy} disabled={!isReady} onClick={() => void send()}>
              {t(`months.${act}`)}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
