import { z } from 'zod';
import { delay } from './schema-values.ts';

/**
 * The modes that plants know from the prototype, as settings of `sync.seal`: how often what is recorded goes out, from each
 * reading by itself to once a month. A preset is a name for them and nothing more.
 */
export const SEAL_PRESETS = {
  'transparent-classic': { mode: 'direct', every: '1h' },
  efficient: { mode: 'merkle', every: '1h' },
  dashboard: { mode: 'merkle', every: '1d' },
  'audit-friendly': { mode: 'merkle', every: '7d' },
  'extreme-cost-saver': { mode: 'merkle', every: '30d' },
} as const;
export type SealPreset = keyof typeof SEAL_PRESETS;
export const SEAL_PRESET_NAMES = Object.keys(SEAL_PRESETS) as [SealPreset, ...SealPreset[]];

/**
 * As plant.yaml has it: a preset, or `mode` and `every`. `direct`: one batch for each reading, whatever `every` says, which may
 * be left out; `merkle`: one for each period.
 */
export interface SealConfig {
  readonly preset?: SealPreset | undefined;
  readonly mode?: 'merkle' | 'direct' | undefined;
  readonly every?: string | undefined;
}

export interface SealSettings {
  readonly mode: 'merkle' | 'direct';
  readonly every: string;
}

const PRESET_BY_DEFAULT: SealPreset = 'efficient';

/** What the preset stands for, or what is said without one; every hour where nothing is. */
export function sealSettings(seal: SealConfig = {}): SealSettings {
  const { preset = PRESET_BY_DEFAULT, ...own } = seal;
  const { mode, every } = SEAL_PRESETS[preset];
  return { mode: own.mode ?? mode, every: own.every ?? every };
}

/** How runs of entries are sealed. */
export const sealSchema = z
  .strictObject(
    {
      preset: z.enum(SEAL_PRESET_NAMES, `one of ${SEAL_PRESET_NAMES.join(', ')}`).optional(),
      mode: z.enum(['merkle', 'direct']).optional(),
      every: delay().optional(),
    },
    'seal: { preset: efficient }, or { mode: merkle, every: 1h }',
  )
  .superRefine(({ preset, mode, every }, context) => {
    const isPreset = preset !== undefined;
    const isOwn = mode !== undefined || every !== undefined;
    if (isPreset && isOwn) {
      context.addIssue({ code: 'custom', message: 'expected either a preset or mode and every, and not both' });
    } else if (!isPreset && mode !== 'direct' && (mode === undefined || every === undefined)) {
      context.addIssue({
        code: 'custom',
        message: 'expected a preset, or mode and every: { mode: merkle, every: 1h }',
      });
    }
  });
