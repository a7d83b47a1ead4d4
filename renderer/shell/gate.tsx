import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LiveProvider } from '../data/live-provider.tsx';
import { useSession } from '../data/use-session.ts';
import { SignInPage } from '../pages/sign-in-page.tsx';
import styles from './shell.module.css';
import { Shell } from './shell.tsx';

/** Shows the console to whoever has a session and the sign-in page to everyone else. */
export function Gate(): ReactNode {
  const { t } = useTranslation();
  const { data: session, failureReason } = useSession();
  if (session === undefined) {
    return (
      <p className={styles.waiting} role="status">
        {failureReason === null ? `${t('problem.loading')}…` : failureReason.message}
      </p>
    );
  }
  if (session === null) return <SignInPage />;
  return (
    <LiveProvider>
      <Shell session={session} />
    </LiveProvider>
  );
}
