import { useTranslation } from 'react-i18next';
import { en } from '../text/en.ts';

type KnownReason = keyof typeof en.gapReason;

/** Puts the code of a gap's reason into words; the code itself stands beside it for what has no words here. */
export function useGapReason(): (reason: string) => string {
  const { t } = useTranslation();
  return (reason) => t(`gapReason.${reason in en.gapReason ? (reason as KnownReason) : 'other'}`);
}
