import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading, RegisterSpan } from '../api/types.ts';
import { useZone } from '../data/use-zone.ts';
import { formatRegister } from '../format/energy.ts';
import { formatTime } from '../format/time.ts';
import { Instant } from './instant.tsx';
import { MeterChangeForm } from './meter-change-form.tsx';
import styles from './register-table.module.css';

interface RegisterTableProperties {
  readonly registers: Reading['registers'];
  /** Registers that were read and of which nothing is counted. */
  readonly uncounted?: Reading['uncounted'];
  /** The unit's points by quantity, as far as they are known: then a person can say what broke off. */
  readonly signals?: Readonly<Record<string, string>> | undefined;
}

/** The meter registers an energy was computed from, exactly as read, and whatever else they did. */
export function RegisterTable({ registers, uncounted, signals = {} }: RegisterTableProperties): ReactNode {
  const { t } = useTranslation();
  const spans = (['energyExport', 'energyImport'] as const).flatMap((name) => {
    const span = registers?.[name];
    return span === undefined ? [] : [{ name, span }];
  });
  const others = (['energyExport', 'energyImport'] as const).flatMap((name) => {
    const seen = uncounted?.[name];
    return seen === undefined ? [] : [{ name, seen }];
  });
  if (spans.length + others.length === 0) return <p>{t('reading.noRegisters')}</p>;
  return (
    <div className={styles.spans}>
      {spans.map(({ name, span }) => (
        <Span key={name} title={t(`reading.register.${name}`)} span={span} point={signals[name]} />
      ))}
      {others.map(({ name, seen }) => (
        <div key={name} className={styles.span}>
          <h3>{t(`reading.register.${name}`)}</h3>
          <p>
            <strong>{formatRegister(seen.endKwh)}</strong> kWh, <Instant at={seen.endAt} />
          </p>
          <p>{t(seen.reason === 'ACQ_COUNTER_BEGINS' ? 'reading.registerBegins' : 'reading.registerUncounted')}</p>
        </div>
      ))}
    </div>
  );
}

interface SpanProperties {
  readonly title: string;
  readonly span: RegisterSpan;
  readonly point: string | undefined;
}

function Span({ title, span, point }: SpanProperties): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  return (
    <div className={styles.span}>
      <h3>{title}</h3>
      <dl>
        <dt>{t('reading.registerStart')}</dt>
        <dd>
          <strong>{formatRegister(span.startKwh)}</strong> kWh
        </dd>
        <dd>
          <Instant at={span.startAt} />
        </dd>
        <dt>{t('reading.registerEnd')}</dt>
        <dd>
          <strong>{formatRegister(span.endKwh)}</strong> kWh
        </dd>
        <dd>
          <Instant at={span.endAt} />
        </dd>
      </dl>
      {span.events.map((event) => (
        <p key={`${event.kind} ${event.at}`}>
          {t(`reading.event.${event.kind}`)},{' '}
          {t('reading.eventValues', {
            from: formatRegister(event.fromKwh),
            to: formatRegister(event.toKwh),
            time: formatTime(Date.parse(event.at), shown, 'second'),
          })}
        </p>
      ))}
      {point !== undefined && <MeterChangeForm point={point} events={span.events} />}
    </div>
  );
}
