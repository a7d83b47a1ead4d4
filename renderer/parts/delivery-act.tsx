import { Button, Modal, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeliveryActs } from '../data/use-delivery.ts';
import styles from './delivery-act.module.css';
import { ProblemNote } from './problem-note.tsx';
import { useTargetName } from './target-list.tsx';

const REASON_LENGTH_MAX = 500;

interface DeliveryActProperties {
  readonly target: string;
  readonly batch: number;
  readonly act: 'retry' | 'park';
}

/** Tries a parked batch again, or sets a waiting one aside, after a second word of the person. */
export function DeliveryAct({ target, batch, act }: DeliveryActProperties): ReactNode {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setAsked(true)}>
        {t(`delivery.${act}`)}
      </Button>
      <Modal
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t(`delivery.${act}Title`, { index: batch, target: nameOf(target) })}
        closeButtonProps={{ 'aria-label': t('delivery.cancel') }}
        transitionProps={{ duration: 0 }}
        centered
      >
        <Confirm target={target} batch={batch} act={act} onEnd={() => setAsked(false)} />
      </Modal>
    </>
  );
}

function Confirm({ target, batch, act, onEnd }: DeliveryActProperties & { readonly onEnd: () => void }): ReactNode {
  const { t } = useTranslation();
  const { decide } = useDeliveryActs();
  const [reason, setReason] = useState('');
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const isMissing = act === 'park' && reason.trim() === '';
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (isMissing) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await decide({ target, batch, act, reason });
      onEnd();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      <p>{t(`delivery.${act}Lead`)}</p>
      {act === 'park' && (
        <Textarea
          label={t('delivery.why')}
          value={reason}
          maxLength={REASON_LENGTH_MAX}
          autosize
          minRows={2}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={isTried && isMissing && t('delivery.whyMissing')}
        />
      )}
      {problem !== undefined && <ProblemNote error={problem} />}
      <div className={styles.buttons}>
        <Button type="button" variant="default" onClick={onEnd}>
          {t('delivery.cancel')}
        </Button>
        <Button type="submit" loading={isBusy}>
          {t(`delivery.${act}`)}
        </Button>
      </div>
    </form>
  );
}
