import type { Reading } from '../../acquisition/reading.ts';
import { type Suspicion, showCoverage, suspect } from '../suspicion.ts';

/** From this share on it is no longer a moment's doubt but what the reading stands on. */
const FLAG_SHARE = 0.5;

/** What the device itself said of the values behind the reading: doubt of the source must not be lost on the way. */
export function checkQuality(reading: Reading): Suspicion[] {
  const { uncertain } = reading;
  if (uncertain === undefined || uncertain <= 0) return [];
  const isMuch = uncertain >= FLAG_SHARE;
  // The rest of a small share is rounded up: a doubt is never shown as none.
  const share = uncertain < 0.01 ? 'Under 1 %' : showCoverage(uncertain);
  return [
    suspect('consistency', isMuch ? 'flag' : 'note', isMuch ? uncertain - FLAG_SHARE : 0, {
      code: 'VER_UNCERTAIN_VALUES',
      message: `${share} of the values of the energy register were uncertain by the device's own word, or old by its clock.`,
      action:
        'Look for an alarm or a substituted value at the device, and whether the bridge before it still gets news.',
      evidence: { uncertain },
    }),
  ];
}
