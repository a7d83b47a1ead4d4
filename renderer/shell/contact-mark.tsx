import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useContact } from '../data/live-provider.tsx';
import { useZone } from '../data/use-zone.ts';
import { formatTime } from '../format/time.ts';
import { Mark } from '../parts/mark.tsx';

/** Whether what is on the page is live. */
export function ContactMark(): ReactNode {
  const { t } = useTranslation();
  const { state, lastHeardAtMs } = useContact();
  const { shown } = useZone();
  if (state === 'live') {
    return (
      <Mark tone="normal" icon="contact">
        {t('contact.live')}
      </Mark>
    );
  }
  if (state === 'connecting') {
    return (
      <Mark tone="normal" icon="turning">
        {t('contact.connecting')}
      </Mark>
    );
  }
  return (
    <Mark tone="alarm" icon="noContact">
      {lastHeardAtMs === undefined
        ? t('contact.lostBefore')
        : t('contact.lost', { time: formatTime(lastHeardAtMs, shown, 'second') })}
    </Mark>
  );
}
