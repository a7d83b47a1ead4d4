import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mainnet } from '../api/types.ts';
import { useDeliveryActs, useMainnet } from '../data/use-delivery.ts';
import { useSession } from '../data/use-session.ts';
import { formatNumber } from '../format/number.ts';
import { joinSentences } from '../format/sentences.ts';
import { Answer } from './answer.tsx';
import styles from './delivery-act.module.css';
import { Instant } from './instant.tsx';
import { Mark } from './mark.tsx';
import { Panel } from './panel.tsx';
import { ProblemNote } from './problem-note.tsx';
import { Sentence } from './sentence.tsx';

const USD_DIGITS = 2;

/** Whether messages go to the mainnet of Hedera, for real money; nothing where plant.yaml does not lead there. */
export function MainnetPanel(): ReactNode {
  return <Answer query={useMainnet()}>{(mainnet) => mainnet.isNamed && <State mainnet={mainnet} />}</Answer>;
}

function State({ mainnet }: { readonly mainnet: Mainnet }): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const [isAsked, setAsked] = useState(false);
  const { confirmed } = mainnet;
  return (
    <Panel title={t('delivery.mainnet.title')}>
      <div className={styles.state} data-testid="mainnet">
        {confirmed === null ? (
          <Mark tone="attention" icon="flag">
            {t('delivery.mainnet.waits')}
          </Mark>
        ) : (
          <p>
            {t('delivery.mainnet.confirmed', { name: confirmed.by, index: confirmed.index })}{' '}
            <Instant at={confirmed.at} shape="full" />.
          </p>
        )}
        <What mainnet={mainnet} />
        {confirmed === null && session?.role !== 'admin' && <p>{t('delivery.mainnet.notYours')}</p>}
        {confirmed === null && session?.role === 'admin' && (
          <div>
            <Button onClick={() => setAsked(true)}>{t('delivery.mainnet.ask')}</Button>
          </div>
        )}
      </div>
      <Modal
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('delivery.mainnet.question')}
        closeButtonProps={{ 'aria-label': t('delivery.mainnet.cancel') }}
        transitionProps={{ duration: 0 }}
        centered
      >
        <Confirm mainnet={mainnet} name={session?.name ?? ''} onEnd={() => setAsked(false)} />
      </Modal>
    </Panel>
  );
}

/** Why it is the mainnet, or may be, who pays, where the messages go, and what a year of them costs. */
function What({ mainnet }: { readonly mainnet: Mainnet }): ReactNode {
  const { t } = useTranslation();
  const { why, account, topic, messagesPerYear, usdPerYear, fees } = mainnet;
  const cost = { count: messagesPerYear, usd: formatNumber(usdPerYear, USD_DIGITS), ...fees };
  return (
    <>
      <p>
        <Sentence text={joinSentences([why])} />
      </p>
      <p>
        {t('delivery.mainnet.pays', { account: account ?? '' })}{' '}
        {topic === null ? t('delivery.mainnet.newTopic') : t('delivery.mainnet.topic', { topic })}
      </p>
      <p>{t('delivery.mainnet.cost', cost)}</p>
      <p>{t('delivery.mainnet.forEver')}</p>
    </>
  );
}

interface ConfirmProperties {
  readonly mainnet: Mainnet;
  readonly name: string;
  readonly onEnd: () => void;
}

function Confirm({ mainnet, name, onEnd }: ConfirmProperties): ReactNode {
  const { t } = useTranslation();
  const { confirmMainnet } = useDeliveryActs();
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const account = typed.trim();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await confirmMainnet(account);
      onEnd();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      <What mainnet={mainnet} />
      <p>{t('delivery.mainnet.entry', { name })}</p>
      <TextInput
        label={t('delivery.mainnet.type')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
      />
      {problem !== undefined && <ProblemNote error={problem} />}
      <div className={styles.buttons}>
        <Button type="button" variant="default" onClick={onEnd}>
          {t('delivery.mainnet.cancel')}
        </Button>
        <Button type="submit" loading={isBusy} disabled={account !== mainnet.account}>
          {t('delivery.mainnet.confirm')}
        </Button>
      </div>
    </form>
  );
}
