import type { PathIssue } from './config-issue.ts';
import type { DriverDescriptions } from './parse-devices.ts';
import type { PlantDraft } from './plant-draft.ts';
import { deviceOf } from './witness-sources.ts';
import { plantSignals } from './witnesses.ts';

/** What no schema of a single value can see of the witnesses. */
export function checkWitnesses({ witnesses, devices }: PlantDraft, drivers: DriverDescriptions): PathIssue[] {
  if (witnesses === undefined) return [];
  const { inflow, headwaterLevel, tailwaterLevel } = witnesses;
  const issues: PathIssue[] = [];
  const pushing = new Set<string | undefined>(
    devices.filter(({ driver }) => drivers.get(driver ?? '')?.push !== undefined).map(({ id }) => id),
  );
  for (const { path, ref } of plantSignals(witnesses)) {
    if (!pushing.has(deviceOf(ref))) continue;
    const message = `${ref} comes by pushes, and a push is the reading of one unit alone`;
    const hint = 'let Forebay read this instrument itself, through a device of its own';
    issues.push({ code: 'CFG_WITNESS_PUSHED', path, message, hint });
  }
  if (inflow?.pondAreaM2 !== undefined && headwaterLevel === undefined) {
    const message = 'the pond stores water as its level rises, and no headwaterLevel is named';
    const hint = 'name witnesses.headwaterLevel, or leave pondAreaM2 out';
    issues.push({ code: 'CFG_WITNESS_PART', path: ['witnesses', 'inflow', 'pondAreaM2'], message, hint });
  }
  if (tailwaterLevel !== undefined && headwaterLevel === undefined) {
    const message = 'the level of the tailrace says nothing of the head without that of the forebay';
    const hint = 'name witnesses.headwaterLevel too';
    issues.push({ code: 'CFG_WITNESS_PART', path: ['witnesses', 'tailwaterLevel'], message, hint });
  }
  return issues;
}
