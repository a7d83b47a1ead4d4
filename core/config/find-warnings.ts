import type { PathIssue } from './config-issue.ts';
import type { Expansion } from './expand-templates.ts';
import type { DriverDescriptions } from './parse-devices.ts';
import type { PlantConfig } from './plant.ts';

/** First address of each table in Modicon notation, where the first digit names the table: 40001 is holding 0. */
const MODICON_FIRST: Readonly<Record<string, number>> = { input: 30_001, holding: 40_001 };
const MODICON_ADDRESSES = 9999;

/** What is valid and yet probably not meant, or will disappoint later. Nothing of it keeps a plant from starting. */
export function findWarnings(
  config: PlantConfig,
  drivers: DriverDescriptions,
  expansion: Pick<Expansion, 'isModulusUnknown'>,
): PathIssue[] {
  return [
    ...warnOfEstimates(config),
    ...warnOfModiconAddresses(config),
    ...warnOfModuli(config, expansion),
    ...warnOfRisks(config, drivers),
  ];
}

/** Counters of templates that serve a unit and of which nobody has said where they start again. */
function warnOfModuli(
  { units, devices }: PlantConfig,
  { isModulusUnknown }: Pick<Expansion, 'isModulusUnknown'>,
): PathIssue[] {
  const served = new Set(units.flatMap(({ signals }) => [signals.energyExport, signals.energyImport]));
  return devices.flatMap(({ points }, d) =>
    points.flatMap(({ id, ref, modulus }, p): PathIssue[] => {
      if (modulus !== undefined || !served.has(ref) || !isModulusUnknown(d, id)) return [];
      const message = `nobody has said where ${ref} starts again at 0, so the energy of that step would not be counted`;
      const hint = `read it in the meter's manual and add points: [{ id: ${id}, modulus: COUNT }], in raw counts`;
      return [{ code: 'CFG_MODULUS_UNKNOWN', path: ['devices', d, 'points', p], message, hint }];
    }),
  );
}

/** What the drivers themselves call a risk, such as a connection without security. */
function warnOfRisks({ devices }: PlantConfig, drivers: DriverDescriptions): PathIssue[] {
  return devices.flatMap((device, d) =>
    (drivers.get(device.driver)?.warn?.(device) ?? []).map((issue): PathIssue => {
      return { ...issue, code: 'CFG_DEVICE_RISK', path: ['devices', d, ...issue.path] };
    }),
  );
}

function warnOfEstimates({ units }: PlantConfig): PathIssue[] {
  return units.flatMap(({ id, signals }, u): PathIssue[] => {
    if (signals.energyExport !== undefined) return [];
    const message = `${id} names no energyExport, so its energy is only an estimate from its power`;
    const hint = 'name the cumulative register of its meter, if there is one';
    return [{ code: 'CFG_ENERGY_ESTIMATED', path: ['units', u, 'signals'], message, hint }];
  });
}

function warnOfModiconAddresses({ devices }: PlantConfig): PathIssue[] {
  return devices.flatMap(({ points }, d) =>
    points.flatMap(({ settings }, p): PathIssue[] => {
      const { register, address } = (settings ?? {}) as { register?: unknown; address?: unknown };
      const first = typeof register === 'string' ? MODICON_FIRST[register] : undefined;
      if (first === undefined || typeof address !== 'number') return [];
      if (address < first || address >= first + MODICON_ADDRESSES) return [];
      const message = `the address ${address} looks like Modicon notation`;
      const hint = `addresses count from 0; if the list means ${first} as the first one, write ${address - first}`;
      return [{ code: 'CFG_MODICON_ADDRESS', path: ['devices', d, 'points', p, 'address'], message, hint }];
    }),
  );
}
