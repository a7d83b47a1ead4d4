import type { Reading } from '../../acquisition/reading.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { conclude, type Suspicion, show, suspect } from '../suspicion.ts';

/**
 * Water quality against guard bands. Never more than a note: turbidity and pH say something about the river, not
 * about the energy, and a monsoon must not cost a plant its genuine generation.
 */
export const environmental: VerificationLayer = { name: 'environmental', check };

interface Band {
  readonly name: 'waterTemperatureCel' | 'ph' | 'turbidityNtu';
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** What water cannot be, whatever the river does: the sensor is at fault. */
  readonly possible: readonly [number, number];
}

function bandsOf(settings: VerificationSettings['environmental']): Band[] {
  return [
    {
      name: 'waterTemperatureCel',
      label: 'Water temperature',
      unit: '°C',
      min: settings.waterTemperatureMinCel,
      max: settings.waterTemperatureMaxCel,
      possible: [-2, 60],
    },
    { name: 'ph', label: 'pH', unit: '', min: settings.phMin, max: settings.phMax, possible: [0.5, 14] },
    {
      name: 'turbidityNtu',
      label: 'Turbidity',
      unit: 'NTU',
      min: 0,
      max: settings.turbidityNoteNtu,
      possible: [-1, 100_000],
    },
  ];
}

function check(reading: Reading, _context: VerificationContext, settings: VerificationSettings): LayerResult {
  const limits = settings.environmental;
  const notes: Suspicion[] = [];
  let scores = 0;
  let measured = 0;
  for (const band of bandsOf(limits)) {
    const mean = reading[band.name]?.mean;
    if (mean === undefined) continue;
    measured += 1;
    if (mean < band.possible[0] || mean > band.possible[1]) {
      scores += limits.impossibleScore;
      notes.push(noteSensor(band, mean));
    } else if (mean < band.min || mean > band.max) {
      scores += limits.outsideScore;
      notes.push(noteOutside(band, mean));
    } else scores += 1;
  }
  if (measured === 0) {
    return { outcome: 'abstain', reason: 'No water quality sensor gave a value in this interval.', findings: [] };
  }
  return conclude(notes, scores / measured);
}

/** The unit behind a number; pH has none. */
function unitOf({ unit }: Band): string {
  return unit === '' ? '' : ` ${unit}`;
}

function noteSensor(band: Band, mean: number): Suspicion {
  return suspect('environmental', 'note', 0, {
    code: 'VER_WATER_SENSOR',
    message: `${band.label} ${show(mean, 2)}${unitOf(band)} cannot be: the sensor or its scaling is at fault.`,
    action: 'Clean and calibrate the sensor, and check the scale and unit of its point.',
    evidence: { quantity: band.name, mean, possibleMin: band.possible[0], possibleMax: band.possible[1] },
  });
}

function noteOutside(band: Band, mean: number): Suspicion {
  return suspect('environmental', 'note', 0, {
    code: 'VER_WATER_QUALITY',
    message:
      `${band.label} ${show(mean, 2)}${unitOf(band)} is outside the guard band ${band.min} to ` +
      `${band.max}${unitOf(band)}.`,
    action: 'Compare with the river: after rain this is normal. The energy is not affected.',
    evidence: { quantity: band.name, mean, min: band.min, max: band.max },
  });
}
