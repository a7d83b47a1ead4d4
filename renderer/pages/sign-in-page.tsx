import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { useSessionActions } from '../data/use-session.ts';
import styles from './sign-in-page.module.css';

export function SignInPage(): ReactNode {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('brand')}`;
  }, [t]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src="/mark.svg" alt="" width={40} height={40} />
          <span>{t('brand')}</span>
        </div>
        <h1>{t('signIn.title')}</h1>
        <p className={styles.lead}>{t('signIn.lead')}</p>
        <h2>{t('signIn.linkTitle')}</h2>
        <p className={styles.lead}>{t('signIn.link')}</p>
        <h2>{t('signIn.keyTitle')}</h2>
        <KeyForm />
      </div>
    </main>
  );
}

function KeyForm(): ReactNode {
  const { t } = useTranslation();
  const { signIn } = useSessionActions();
  const [apiKey, setApiKey] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const key = apiKey.trim();
    if (key === '') {
      setProblem(t('signIn.empty'));
      return;
    }
    setBusy(true);
    try {
      await signIn(key);
    } catch (error) {
      const isRefused = error instanceof ApiProblem && (error.status === 401 || error.status === 403);
      setProblem(isRefused || !(error instanceof Error) ? t('signIn.failed') : error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className={styles.form}>
      <PasswordInput
        label={t('signIn.key')}
        description={t('signIn.keyHint')}
        value={apiKey}
        error={problem}
        autoComplete="off"
        spellCheck={false}
        size="md"
        onChange={(event) => {
          setApiKey(event.currentTarget.value);
          setProblem(undefined);
        }}
      />
      <Button type="submit" size="md" loading={isBusy} fullWidth>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}
