import { Button, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MintDecision, useMintDecision } from '../data/use-tokens.ts';
import styles from './delivery-act.module.css';
import { ProblemNote } from './problem-note.tsx';

interface MintActProperties {
  readonly decision: MintDecision;
  readonly month: string;
  readonly units: number;
  readonly network: string;
  /** By the published fees; only for a proposal. */
  readonly usd?: string;
}

/** Proposes, approves or takes back a mint, after a second word of the person. */
export function MintAct({ decision, month, units, network, usd = '' }: MintActProperties): ReactNode {
  const { t } = useTranslation();
  const decide = useMintDecision();
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { act } = decision;
  const words = { month, units, network, usd };
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await decide(decision);
      setAsked(false);
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Button variant={act === 'approve' ? 'filled' : 'default'} size="xs" onClick={() => setAsked(true)}>
        {t(`certificates.${act}`)}
      </Button>
      <Modal
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t(`certificates.${act}Title`, words)}
        closeButtonProps={{ 'aria-label': t('certificates.cancel') }}
        transitionProps={{ duration: 0 }}
        centered
      >
        <div className={styles.form}>
          <p>{t(`certificates.${act}Lead`, words)}</p>
          {problem !== undefined && <ProblemNote error={problem} />}
          <div className={styles.buttons}>
            <Button variant="default" onClick={() => setAsked(false)}>
              {t('certificates.cancel')}
            </Button>
            <Button loading={isBusy} onClick={() => void send()}>
              {t(`certificates.${act}`)}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
