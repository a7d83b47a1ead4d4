import { Button, Checkbox, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthDetail } from '../api/types.ts';
import { useCloseMonth } from '../data/use-months.ts';
import { formatEnergy } from '../format/energy.ts';
import styles from './delivery-act.module.css';
import { CoverWords } from './month-cover.tsx';
import { ProblemNote } from './problem-note.tsx';

type Leave = 'gaps' | 'flagged';

interface CloseMonthFormProperties {
  readonly act: 'close' | 'correct';
  readonly detail: MonthDetail;
  readonly netWh: number;
  /** What has to be left without credit. */
  readonly needed: ReadonlySet<Leave>;
  readonly name: string;
  readonly onDone: () => void;
}

/** The second word of a person who closes a month: what is left, why it is corrected, and its name. */
export function CloseMonthForm({ act, detail, netWh, needed, name, onDone }: CloseMonthFormProperties): ReactNode {
  const { t } = useTranslation();
  const { month, cover } = detail;
  const close = useCloseMonth();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [typed, setTyped] = useState('');
  const [why, setWhy] = useState('');
  const [leave, setLeave] = useState<readonly Leave[]>([]);
  const isLeft = [...needed].every((each) => leave.includes(each));
  const isReady = typed.trim() === month && isLeft && (act === 'close' || why.trim() !== '');
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await close({ month, leave, seenNetWh: netWh, ...(act === 'close' ? {} : { why }) });
      onDone();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <div className={styles.form}>
      <p>{t('months.closeLead', { name, kwh: formatEnergy(netWh, 'kWh') })}</p>
      {cover.missing.length > 0 && <CoverWords month={detail} />}
      {[...needed].toSorted().map((each) => (
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
        <Textarea label={t('months.whyLabel')} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
      )}
      <TextInput
        label={t('months.typeMonth', { month })}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
      />
      {problem !== undefined && <ProblemNote error={problem} />}
      <div className={styles.buttons}>
        <Button variant="default" onClick={onDone}>
          {t('months.cancel')}
        </Button>
        <Button loading={isBusy} disabled={!isReady} onClick={() => void send()}>
          {t(`months.${act}`)}
        </Button>
      </div>
    </div>
  );
}
