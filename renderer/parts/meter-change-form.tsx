import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { requestJson } from '../api/client.ts';
import type { MeterEvent, MeterWithdrawal, RegisterSpan } from '../api/types.ts';
import { useSession } from '../data/use-session.ts';
import styles from './meter-change-form.module.css';
import { ProblemNote } from './problem-note.tsx';

type CounterEvent = RegisterSpan['events'][number];

/** What a person can explain: the register left its values, and nothing was counted for it. */
const UNEXPLAINED: ReadonlySet<string> = new Set(['reset', 'rollback', 'jump', 'rounds', 'scale']);
const MAY_RECORD: ReadonlySet<string> = new Set(['operator', 'engineer', 'admin']);

interface MeterChangeFormProperties {
  readonly point: string;
  readonly events: readonly CounterEvent[];
}

/** Asks whether a register that broke off is another meter, or was set; nothing where there is nothing to explain. */
export function MeterChangeForm({ point, events }: MeterChangeFormProperties): ReactNode {
  const { data: session } = useSession();
  const broken = events.find(({ kind }) => UNEXPLAINED.has(kind));
  if (broken === undefined || session === undefined || session === null || !MAY_RECORD.has(session.role)) return null;
  return <Form point={point} broken={broken} />;
}

/** What was recorded, with the way back as long as no reading has counted by it. */
function Recorded({ event }: { readonly event: MeterEvent }): ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const [withdrawn, setWithdrawn] = useState<MeterWithdrawal>();
  const withdraw = async (): Promise<void> => {
    setProblem(undefined);
    try {
      const headers = { 'content-type': 'application/json' };
      const path = `/meters/${encodeURIComponent(event.point)}/withdraw`;
      setWithdrawn(await requestJson<MeterWithdrawal>(path, { method: 'POST', headers, body: '{}' }));
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(error);
    }
  };
  if (withdrawn !== undefined) return <p role="status">{t('meter.withdrawn', { index: withdrawn.index })}</p>;
  return (
    <div>
      <p role="status">{t('meter.done', { index: event.index })}</p>
      {event.counted === 'in-reading' && (
        <Button variant="default" onClick={() => void withdraw()}>
          {t('meter.withdraw')}
        </Button>
      )}
      {problem !== undefined && <ProblemNote error={problem} />}
    </div>
  );
}

function Form({ point, broken }: { readonly point: string; readonly broken: CounterEvent }): ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [event, setEvent] = useState('exchange');
  const [finalKwh, setFinal] = useState(broken.fromKwh);
  const [initialKwh, setInitial] = useState('');
  const [at, setAt] = useState(broken.at);
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [recorded, setRecorded] = useState<MeterEvent>();
  const submit = async (submitted: FormEvent): Promise<void> => {
    submitted.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const note = reason.trim() === '' ? {} : { reason: reason.trim() };
    try {
      const body = JSON.stringify({ finalKwh: finalKwh.trim(), initialKwh: initialKwh.trim(), at: at.trim(), ...note });
      const headers = { 'content-type': 'application/json' };
      const path = `/meters/${encodeURIComponent(point)}/${event}`;
      setRecorded(await requestJson<MeterEvent>(path, { method: 'POST', headers, body }));
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (recorded !== undefined) return <Recorded event={recorded} />;
  return (
    <form className={styles.form} onSubmit={(submitted) => void submit(submitted)} aria-label={t('meter.title')}>
      <h4>{t('meter.title')}</h4>
      <p>{t('meter.lead')}</p>
      <SegmentedControl
        aria-label={t('meter.title')}
        value={event}
        onChange={setEvent}
        data={['exchange', 'reset'].map((value) => ({ value, label: t(`meter.events.${value as 'exchange'}`) }))}
      />
      <TextInput label={t('meter.final')} value={finalKwh} onChange={(e) => setFinal(e.currentTarget.value)} />
      <TextInput label={t('meter.initial')} value={initialKwh} onChange={(e) => setInitial(e.currentTarget.value)} />
      <TextInput label={t('meter.at')} value={at} onChange={(e) => setAt(e.currentTarget.value)} />
      <TextInput label={t('meter.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <Button type="submit" loading={isBusy} disabled={initialKwh.trim() === '' || finalKwh.trim() === ''}>
        {t('meter.submit')}
      </Button>
      {problem !== undefined && <ProblemNote error={problem} />}
    </form>
  );
}
