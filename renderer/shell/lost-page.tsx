import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page-head.tsx';

export function LostPage(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('problem.notFound')} tabTitle={t('problem.notFound')} />
      <Link to="/">{t('problem.home')}</Link>
    </>
  );
}
