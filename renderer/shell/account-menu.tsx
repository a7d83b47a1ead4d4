import { ActionIcon, Button, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/types.ts';
import { usePreferences } from '../data/preferences.tsx';
import { useSessionActions } from '../data/use-session.ts';
import { Icon } from '../parts/icon.tsx';
import styles from './account-menu.module.css';

const SCHEMES = ['auto', 'light', 'dark'] as const;

/** Who is signed in, and how this screen shows things. */
export function AccountMenu({ session }: { readonly session: Session }): ReactNode {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { energyUnit, setEnergyUnit } = usePreferences();
  const { signOut } = useSessionActions();
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <ActionIcon variant="default" size={38} aria-label={t('menu.open')} title={t('menu.open')}>
          <Icon name="account" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={styles.menu ?? ''} aria-label={t('menu.open')}>
        <p>
          <strong>{session.name}</strong> {t(`menu.role.${session.role}`)}
        </p>
        <span className={styles.label}>{t('menu.theme')}</span>
        <SegmentedControl
          fullWidth
          aria-label={t('menu.theme')}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme)}
          data={SCHEMES.map((value) => ({ value, label: t(`menu.themes.${value}`) }))}
        />
        <span className={styles.label}>{t('menu.energy')}</span>
        <SegmentedControl
          fullWidth
          aria-label={t('menu.energy')}
          value={energyUnit}
          onChange={(unit) => setEnergyUnit(unit)}
          data={['kWh', 'MWh']}
        />
        <Button variant="default" fullWidth onClick={() => void signOut()}>
          {t('menu.signOut')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
