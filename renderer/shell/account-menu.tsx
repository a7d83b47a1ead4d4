import { ActionIcon, Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/types.ts';
import { usePreferences } from '../data/preferences.tsx';
import { useSessionActions } from '../data/use-session.ts';
import { Icon } from '../parts/icon.tsx';

/** Who is signed in, and how this screen shows things. */
export function AccountMenu({ session }: { readonly session: Session }): ReactNode {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { energyUnit, setEnergyUnit } = usePreferences();
  const { signOut } = useSessionActions();
  const schemes = ['auto', 'light', 'dark'] as const;
  return (
    <Menu position="bottom-end" width={260} withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size={38} aria-label={t('menu.open')} title={t('menu.open')}>
          <Icon name="account" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name}, {t(`menu.role.${session.role}`)}
        </Menu.Label>
        <Menu.Label>{t('menu.theme')}</Menu.Label>
        <SegmentedControl
          fullWidth
          aria-label={t('menu.theme')}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme)}
          data={schemes.map((value) => ({ value, label: t(`menu.themes.${value}`) }))}
        />
        <Menu.Label>{t('menu.energy')}</Menu.Label>
        <SegmentedControl
          fullWidth
          aria-label={t('menu.energy')}
          value={energyUnit}
          onChange={(unit) => setEnergyUnit(unit)}
          data={['kWh', 'MWh']}
        />
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>{t('menu.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
