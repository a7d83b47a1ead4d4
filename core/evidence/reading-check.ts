import type { Verdict } from '../verification/verdict.ts';
import type { Manifest } from './bundle-format.ts';
import { checkEnergy } from './energy-check.ts';
import type { BundleEntry } from './entry-line.ts';
import { isObject } from './form.ts';
import { hasReadingForm } from './reading-form.ts';
import { Refusal } from './refusal.ts';
import { faultOfVerdict, type Weights } from './verdict-check.ts';

/** What was and what was not computed again, counted. */
export interface ReadingCounts {
  /** Each has a verdict that follows from its layers; what the layers found is judged anew of none. */
  readings: number;
  /** Verdicts whose weights are those in force, and those of settings that the bundle does not hold. */
  weighed: number;
  unweighed: number;
  energies: number;
  energiesNotComputable: number;
}

export interface ReadingRules {
  readonly manifest: Manifest;
  readonly weightsOf: (settingsDigest: string) => Weights | undefined;
  readonly hasModel: (digest: string) => boolean;
}

/** Everything in a reading's entry that follows from other things in it. @throws Refusal */
export function checkReading(
  { index, body }: BundleEntry,
  rules: ReadingRules,
  counts: ReadingCounts,
  place: string,
): void {
  const { reading } = body as { reading?: unknown };
  const verdict = body.verdict as unknown as Verdict | undefined;
  if (!hasReadingForm(reading) || !isObject(verdict)) {
    throw new Refusal('LED_BUNDLE_ENTRY', place, `Entry ${index} is no reading with its verdict.`);
  }
  const { plantId, origin } = rules.manifest;
  if (reading.plantId !== plantId || reading.origin !== origin) {
    const sentence = `The reading of entry ${index} is of plant ${reading.plantId} (${reading.origin}), not of ${plantId} (${origin}).`;
    throw new Refusal('LED_BUNDLE_PLANT', place, sentence);
  }
  counts.readings += 1;
  checkVerdict(verdict, { index, rules, counts, place });
  for (const [quantity, energyWh] of [
    ['energyExport', reading.energyWh],
    ['energyImport', reading.energyImportWh],
  ] as const) {
    if (energyWh === undefined) continue;
    const outcome = checkEnergy(reading, quantity, energyWh);
    if (outcome === 'differs') {
      const sentence = `The energy of entry ${index}, ${energyWh} Wh (${quantity}), is not the difference of its registers.`;
      throw new Refusal('LED_BUNDLE_ENERGY', place, sentence);
    }
    if (outcome === 'agrees') counts.energies += 1;
    else counts.energiesNotComputable += 1;
  }
}

function checkVerdict(
  verdict: Verdict,
  at: { index: number; rules: ReadingRules; counts: ReadingCounts; place: string },
): void {
  const { index, rules, counts, place } = at;
  const weights = rules.weightsOf(String(verdict.engine?.config));
  const fault = faultOfVerdict(verdict, weights);
  if (fault !== undefined) {
    throw new Refusal('LED_BUNDLE_VERDICT', place, `The verdict of entry ${index} ${fault}.`);
  }
  if (weights === undefined) counts.unweighed += 1;
  else counts.weighed += 1;
  const model = verdict.engine.model;
  if (model !== undefined && !rules.hasModel(model)) {
    throw new Refusal(
      'LED_BUNDLE_MODEL',
      place,
      `The verdict of entry ${index} rests on a model that the bundle does not hold.`,
    );
  }
}
