import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/types.ts';
import { useContact } from '../data/live-provider.tsx';
import { useStatus } from '../data/use-status.ts';
import { Icon } from '../parts/icon.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ContactMark } from './contact-mark.tsx';
import { Navigation } from './navigation.tsx';
import { PlantClock } from './plant-clock.tsx';
import styles from './shell.module.css';

export function Shell({ session }: { readonly session: Session }): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t('nav.skip')}
      </a>
      <header className={styles.top}>
        <div className={styles.brand}>
          <img src="/mark.svg" alt="" width={30} height={30} />
          <span>{t('brand')}</span>
        </div>
        <div className={styles.plant}>
          <strong>{status?.plant.name}</strong> <span>{status?.plant.id}</span>
        </div>
        <div className={styles.tools}>
          <ContactMark />
          <PlantClock />
          <AccountMenu session={session} />
        </div>
      </header>
      <Navigation
        units={status?.plant.units ?? []}
        toReview={status?.reviews.open ?? 0}
        parked={(status?.targets ?? []).reduce((sum, target) => sum + target.parked, 0)}
      />
      <main className={styles.main} id="content" tabIndex={-1}>
        <Banners />
        <Outlet />
      </main>
    </div>
  );
}

/** What holds for everything on the page: no contact, simulated data, shadow mode. */
function Banners(): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const contact = useContact();
  return (
    <>
      {contact.state === 'lost' && (
        <p className={styles.banner} data-tone="alarm" role="alert">
          <Icon name="noContact" /> {t('contact.lostSentence')}
        </p>
      )}
      {status?.plant.origin === 'demo' && <p className={styles.banner}>{t('banner.demo')}</p>}
      {status?.appliance.mode === 'shadow' && <p className={styles.banner}>{t('banner.shadow')}</p>}
    </>
  );
}
