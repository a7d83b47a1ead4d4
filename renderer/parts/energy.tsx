import type { ReactNode } from 'react';
import { usePreferences } from '../data/preferences.tsx';
import { exactEnergy, formatEnergy } from '../format/energy.ts';

/** Energy in the chosen unit, exact to the watt-hour in the tooltip. */
export function Energy({ wh }: { readonly wh: number }): ReactNode {
  const { energyUnit } = usePreferences();
  return (
    <span title={exactEnergy(wh)}>
      {formatEnergy(wh, energyUnit)} <small>{energyUnit}</small>
    </span>
  );
}
