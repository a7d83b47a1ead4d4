import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import type { EnergyUnit } from '../format/energy.ts';

export type TimeChoice = 'plant' | 'utc';

export interface Preferences {
  readonly energyUnit: EnergyUnit;
  readonly timeChoice: TimeChoice;
  setEnergyUnit(unit: EnergyUnit): void;
  setTimeChoice(choice: TimeChoice): void;
}

const PreferencesContext = createContext<Preferences | undefined>(undefined);
const ENERGY_UNIT_KEY = 'forebay.energyUnit';
const TIME_CHOICE_KEY = 'forebay.timeChoice';

/** How this person on this screen wants figures shown; remembered by the browser. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [energyUnit, keepEnergyUnit] = useState<EnergyUnit>(remembered(ENERGY_UNIT_KEY) === 'MWh' ? 'MWh' : 'kWh');
  const [timeChoice, keepTimeChoice] = useState<TimeChoice>(remembered(TIME_CHOICE_KEY) === 'utc' ? 'utc' : 'plant');
  const preferences = useMemo<Preferences>(
    () => ({
      energyUnit,
      timeChoice,
      setEnergyUnit(unit) {
        remember(ENERGY_UNIT_KEY, unit);
        keepEnergyUnit(unit);
      },
      setTimeChoice(choice) {
        remember(TIME_CHOICE_KEY, choice);
        keepTimeChoice(choice);
      },
    }),
    [energyUnit, timeChoice],
  );
  return <PreferencesContext.Provider value={preferences}>{children}</PreferencesContext.Provider>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (preferences === undefined) throw new Error('PreferencesProvider is missing');
  return preferences;
}

/** A browser may forbid storage; then the choice lasts as long as the page. */
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}
