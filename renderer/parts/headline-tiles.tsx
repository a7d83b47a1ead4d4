import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HeldStatus } from '../data/use-status.ts';
import { useZone } from '../data/use-zone.ts';
import { formatBytes, formatTrust } from '../format/number.ts';
import { formatRecent } from '../format/time.ts';
import type { Headline, Tone } from '../judgement/headline.ts';
import styles from './headline-tiles.module.css';
import { Icon, type IconName } from './icon.tsx';

interface HeadlineTilesProperties {
  readonly status: HeldStatus;
  readonly headline: Headline;
}

/** Data, ledger and link, each as one sentence with one line behind it. */
export function HeadlineTiles({ status, headline }: HeadlineTilesProperties): ReactNode {
  const { t } = useTranslation();
  const { data, ledger, link } = headline;
  return (
    <ul className={styles.tiles}>
      <Tile
        icon="shield"
        tone={data.tone}
        label={t('headline.dataLabel')}
        sentence={<DataSentence data={data} />}
        detail={<LastReading status={status} />}
      />
      <Tile
        icon="ledger"
        tone={ledger.tone}
        label={t('headline.ledgerLabel')}
        sentence={t(`headline.ledger.${ledger.key}`, ledger.values)}
        detail={<LastRecorded status={status} />}
      />
      <Tile
        icon="link"
        tone={link.tone}
        label={t('headline.linkLabel')}
        sentence={t(`headline.link.${link.key}`, link.values)}
        detail={<WayOut status={status} />}
      />
    </ul>
  );
}

function DataSentence({ data: { key, values } }: { readonly data: Headline['data'] }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  return t(`headline.data.${key}`, { ...values, time: formatRecent(values.sinceMs, shown, 'minute', Date.now()) });
}

function LastReading({ status }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  const verdicts = status.plant.units.flatMap((unit) => unit.lastVerdict ?? []);
  const latest = verdicts.toSorted((a, b) => Date.parse(b.to) - Date.parse(a.to));
  const [first] = latest;
  if (first === undefined) return null;
  const lowest = Math.min(...latest.filter((item) => item.to === first.to).map((item) => item.trustScore));
  const time = formatRecent(Date.parse(first.to), shown, 'minute', Date.now());
  return t('headline.detail.lastReading', { time, trust: formatTrust(lowest) });
}

function LastRecorded({ status }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  const { lastRecordedAt } = status.ledger;
  const recorded =
    lastRecordedAt === null
      ? t('headline.detail.ledgerNone')
      : t('headline.detail.ledger', { time: formatRecent(Date.parse(lastRecordedAt), shown, 'second', Date.now()) });
  const free = t('headline.detail.disk', { free: formatBytes(status.disk.freeBytes) });
  return `${recorded}, ${free}. ${t('headline.detail.ledgerCheck')}`;
}

/** Never more than was found: a link that nothing was sent over yet is not known. */
function WayOut({ status: { link, targets } }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  if (targets.length === 0) return t('headline.detail.link');
  return link === null ? null : t(`delivery.link.${link.state}`);
}

interface TileProperties {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly label: string;
  readonly sentence: ReactNode;
  readonly detail: ReactNode;
}

function Tile({ icon, tone, label, sentence, detail }: TileProperties): ReactNode {
  return (
    <li className={styles.tile} data-tone={tone}>
      <Icon name={tone === 'normal' ? icon : tone === 'alarm' ? 'alarm' : 'warning'} size={24} />
      <div className={styles.words}>
        <span className={styles.label}>{label}</span>
        <p className={styles.sentence}>{sentence}</p>
        <p className={styles.detail}>{detail}</p>
      </div>
    </li>
  );
}
