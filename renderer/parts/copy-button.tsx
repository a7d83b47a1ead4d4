import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

const THANKS_MS = 2000;

export function CopyButton({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), THANKS_MS);
  };
  return (
    <Button variant="default" size="xs" onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? t('ledger.copied') : t('ledger.copy')}</span>
    </Button>
  );
}
