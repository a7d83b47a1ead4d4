import type { ReactNode } from 'react';
import { usePreferences } from '../data/preferences.tsx';
import { exactEnergy, formatEnergy } from '../format/energy.ts';
import { NO_VALUE } from '../format/number.ts';

/** Energy in the chosen unit, exact to the watt-hour in the tooltip. Null is energy that nobody measured, not zero. */
export function Energy({ wh }: { readonly wh: number | null }): ReactNode {
  const { energyUnit } = usePreferences();
  if (wh === null) return <span>{NO_VALUE}</span>;
  return (
    <span title={exactEnergy(wh)}>
      {formatEnergy(wh, energyUnit)} <small>{energyUnit}</small>
    </span>
  );
}
