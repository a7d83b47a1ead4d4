import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry, Reading } from '../api/types.ts';
import { formatNumber } from '../format/number.ts';
import { anchorWord } from './anchor-mark.tsx';
import styles from './evidence-panel.module.css';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';

interface EvidencePanelProperties {
  readonly reading: Reading;
  readonly entry: Entry;
}

/** Everything a verifier asks for: where it is recorded, what it was computed from, who signed it. */
export function EvidencePanel({ reading, entry }: EvidencePanelProperties): ReactNode {
  const { t } = useTranslation();
  const { engine } = reading.verdict;
  return (
    <Panel title={t('reading.evidence')}>
      <dl className={styles.list}>
        <Item name={t('reading.index')}>{formatNumber(reading.index)}</Item>
        <Item name={t('reading.recordedAt')}>
          <Instant at={reading.recordedAt} shape="full" />
        </Item>
        <Item name={t('reading.anchor')}>{t(`reading.anchorState.${anchorWord(reading.anchor)}`)}</Item>
        <Item name={t('reading.clock')}>{t(`reading.clockTrust.${reading.clock}`)}</Item>
        <Item name={t('reading.origin')}>{t(`reading.originOf.${reading.origin}`)}</Item>
        <Item name={t('reading.engine')}>
          {t('reading.engineLine', { version: engine.version, config: engine.config.slice(0, 16) })}
        </Item>
        <Item name={t('reading.samples')}>
          {reading.samples.map(({ device, digest, outcomes }) => (
            <div key={digest}>
              {t('reading.sampleLine', { device, count: outcomes })} <code>{digest}</code>
            </div>
          ))}
        </Item>
        <Item name={t('reading.signature')}>
          <code>{reading.signature}</code>
        </Item>
      </dl>
      <CanonicalBytes text={entry.canonical} />
    </Panel>
  );
}

function Item({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function CanonicalBytes({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const bytes = new TextEncoder().encode(text).length;
  return (
    <div className={styles.canonical}>
      <h3>{t('reading.canonical')}</h3>
      <p>{t('reading.canonicalLead', { count: bytes })}</p>
      <Button variant="default" size="xs" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? t('reading.hide') : t('reading.show')}
      </Button>
      {isShown && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard.
        <pre className="code" tabIndex={0}>
          {text}
        </pre>
      )}
    </div>
  );
}
