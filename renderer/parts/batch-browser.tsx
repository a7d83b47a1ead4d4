import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BatchFilter, useBatchPages, useFoundBatches } from '../data/use-delivery.ts';
import { Answer } from './answer.tsx';
import styles from './batch-browser.module.css';
import { BatchTable } from './batch-table.tsx';
import { Panel } from './panel.tsx';

const FILTERS: readonly BatchFilter[] = ['all', 'open', 'parked'];

export interface BatchSearch {
  readonly show?: 'open' | 'parked' | undefined;
  readonly find?: string | undefined;
}

/** The batches of the ledger, and the ones that a number or an id from elsewhere leads back to. */
export function BatchBrowser({ search }: { readonly search: BatchSearch }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = (next: BatchSearch): void => void navigate({ to: '/delivery', search: next, replace: true });
  return (
    <Panel title={t('delivery.batches')} lead={t('delivery.batchesLead')} padding="none">
      <div className={styles.filters}>
        <NativeSelect
          label={t('delivery.show')}
          value={search.find === undefined ? (search.show ?? 'all') : 'all'}
          data={FILTERS.map((value) => ({ value, label: t(`delivery.filter.${value}`) }))}
          onChange={(event) => change(filterOf(event.currentTarget.value))}
        />
        <Finder key={search.find ?? ''} find={search.find} onFind={(find) => change(find === '' ? {} : { find })} />
      </div>
      {search.find === undefined ? <Pages filter={search.show ?? 'all'} /> : <Found what={search.find} />}
    </Panel>
  );
}

function filterOf(value: string): BatchSearch {
  return value === 'open' || value === 'parked' ? { show: value } : {};
}

interface FinderProperties {
  readonly find: string | undefined;
  readonly onFind: (what: string) => void;
}

function Finder({ find, onFind }: FinderProperties): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState(find ?? '');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onFind(text.trim());
  };
  return (
    <search className={styles.search}>
      <form onSubmit={submit} className={styles.form}>
        <TextInput
          label={t('delivery.find')}
          description={t('delivery.findHint')}
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.currentTarget.value)}
          className={styles.text ?? ''}
        />
        <Button type="submit" variant="default">
          {t('delivery.find')}
        </Button>
        {find !== undefined && (
          <Button type="button" variant="subtle" onClick={() => onFind('')}>
            {t('delivery.clear')}
          </Button>
        )}
      </form>
    </search>
  );
}

function Found({ what }: { readonly what: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <div aria-live="polite">
      <Answer query={useFoundBatches(what)}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles.end}>{t('delivery.findNothing', { what })}</p>
          ) : (
            <>
              <ul className={styles.found}>
                {items.map(({ by, batch }) => (
                  <li key={`${by} ${batch.index}`}>
                    {t('delivery.page', { index: batch.index })}: {t(`delivery.foundBy.${by}`)}
                  </li>
                ))}
              </ul>
              <BatchTable batches={[...new Map(items.map(({ batch }) => [batch.index, batch])).values()]} />
            </>
          )
        }
      </Answer>
    </div>
  );
}

function Pages({ filter }: { readonly filter: BatchFilter }): ReactNode {
  const { t } = useTranslation();
  const query = useBatchPages(filter);
  return (
    <Answer query={query}>
      {({ pages }) => {
        const batches = pages.flatMap((page) => page.items);
        return (
          <div aria-busy={query.isFetching}>
            {batches.length === 0 ? (
              <p className={styles.end}>{t(`delivery.noBatches.${filter}`)}</p>
            ) : (
              <BatchTable batches={batches} />
            )}
            {query.hasNextPage && (
              <Button
                className={styles.more ?? ''}
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t('delivery.older')}
              </Button>
            )}
          </div>
        );
      }}
    </Answer>
  );
}
