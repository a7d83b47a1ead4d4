import type { Reading } from '../../acquisition/reading.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { conclude, type Suspicion, show, suspect } from '../suspicion.ts';
import { type WaterBand, waterBand } from '../water-bands.ts';
import type { WaterField } from '../water-seasons.ts';

/**
 * Water quality against the bands of site and season. Never more than a note, and never a score under the one that is
 * approved: turbidity and pH say something about the river, not about the energy, and a monsoon must not cost a plant
 * its genuine generation.
 */
export const environmental: VerificationLayer = { name: 'environmental', check };

interface WaterSensor {
  readonly name: WaterField;
  readonly label: string;
  readonly unit: string;
  /** What water cannot be, whatever the river does: the sensor is at fault. */
  readonly possible: readonly [number, number];
}

const SENSORS: readonly WaterSensor[] = [
  { name: 'waterTemperatureCel', label: 'Water temperature', unit: ' °C', possible: [-2, 60] },
  { name: 'ph', label: 'pH', unit: '', possible: [0.5, 14] },
  { name: 'turbidityNtu', label: 'Turbidity', unit: ' NTU', possible: [-1, 100_000] },
];

function check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult {
  const limits = settings.environmental;
  const notes: Suspicion[] = [];
  let scores = 0;
  let measured = 0;
  for (const sensor of SENSORS) {
    const mean = reading[sensor.name]?.mean;
    if (mean === undefined) continue;
    measured += 1;
    if (mean < sensor.possible[0] || mean > sensor.possible[1]) {
      scores += limits.impossibleScore;
      notes.push(noteSensor(sensor, mean));
      continue;
    }
    const band = waterBand(sensor, reading, context, limits);
    const isOutside = mean < band.min || mean > band.max;
    scores += isOutside ? limits.outsideScore : 1;
    if (isOutside) notes.push(noteOutside(sensor, mean, band));
  }
  if (measured === 0) {
    return { outcome: 'abstain', reason: 'No water quality sensor gave a value in this interval.', findings: [] };
  }
  return conclude(notes, scores / measured);
}

function noteSensor({ name, label, unit, possible }: WaterSensor, mean: number): Suspicion {
  return suspect('environmental', 'note', 0, {
    code: 'VER_WATER_SENSOR',
    message: `${label} ${show(mean, 2)}${unit} cannot be: the sensor or its scaling is at fault.`,
    action: 'Clean and calibrate the sensor, and check the scale and unit of its point.',
    evidence: { quantity: name, mean, possibleMin: possible[0], possibleMax: possible[1] },
  });
}

function noteOutside({ name, label, unit }: WaterSensor, mean: number, { min, max, words }: WaterBand): Suspicion {
  return suspect('environmental', 'note', 0, {
    code: 'VER_WATER_QUALITY',
    message: `${label} ${show(mean, 2)}${unit} is ${words}.`,
    action: 'Compare with the river: after rain this is normal. The energy is not affected.',
    evidence: { quantity: name, mean, min, max },
  });
}
