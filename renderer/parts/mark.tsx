import type { ReactNode } from 'react';
import type { Tone } from '../judgement/headline.ts';
import { Icon, type IconName } from './icon.tsx';
import styles from './mark.module.css';

interface MarkProperties {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly children: ReactNode;
  readonly title?: string | undefined;
}

/** A word with its icon: grey while normal, coloured only when a person is needed. */
export function Mark({ tone, icon, children, title }: MarkProperties): ReactNode {
  return (
    <span className={styles.mark} data-tone={tone} title={title}>
      <Icon name={icon} size={16} />
      <span>{children}</span>
    </span>
  );
}
