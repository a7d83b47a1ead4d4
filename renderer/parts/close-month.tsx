import { Button, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthDetail, Session } from '../api/types.ts';
import { mayCloseMonth } from '../judgement/may-close-month.ts';
import { CloseMonthForm } from './close-month-form.tsx';

interface CloseMonthProperties {
  readonly detail: MonthDetail;
  readonly session: Session | null | undefined;
}

/** Closes a month or corrects a closed one, where nothing stands in the way that nobody may leave. */
export function CloseMonth({ detail, session }: CloseMonthProperties): ReactNode {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const { month, now, obstacles, closed } = detail;
  const act = closed === null ? 'close' : 'correct';
  const isPossible = now !== null && obstacles.every((obstacle) => obstacle.leave !== null);
  if (!isPossible) return null;
  if (!mayCloseMonth(session?.role, act)) return <p>{t('months.notYours')}</p>;
  return (
    <>
      <Button onClick={() => setAsked(true)}>{t(`months.${act}`)}</Button>
      <Modal
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t(`months.${act}Title`, { month })}
        closeButtonProps={{ 'aria-label': t('months.cancel') }}
        transitionProps={{ duration: 0 }}
        centered
      >
        <CloseMonthForm
          act={act}
          detail={detail}
          netWh={now.creditedNetWh}
          needed={new Set(obstacles.flatMap((obstacle) => obstacle.leave ?? []))}
          name={session?.name ?? ''}
          onDone={() => setAsked(false)}
        />
      </Modal>
    </>
  );
}
