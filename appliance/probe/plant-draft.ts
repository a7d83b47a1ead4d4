import { isMap, isSeq, parseDocument } from 'yaml';
import type { UnitRatings } from '../../core/acquisition/probe-role.ts';
import { formatConfigIssue } from '../../core/config/config-issue.ts';
import { nameHint } from '../../core/config/nearest-name.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import { Failure } from '../../core/model/failure.ts';
import { drivers } from '../drivers.ts';
import { readConfigFile } from '../load-config.ts';
import { templates } from '../templates.ts';

/** A plant.yaml that may still lack its devices and signals: what an engineer has before the first device is known. */
export interface PlantDraft {
  readonly file: string;
  readonly text: string;
  readonly unitId: string;
  readonly ratings: UnitRatings;
}

/** @throws Failure when the file has no such unit, or the unit no ratings. */
export function readPlantDraft(file: string, wantedUnit: string | undefined): PlantDraft {
  const text = readConfigFile(file);
  const value: unknown = parseDocument(text).toJS();
  const units = (isGroup(value) && Array.isArray(value.units) ? value.units : []).filter(isGroup);
  const ids = units.map(({ id }) => String(id));
  const unit = wantedUnit === undefined && units.length === 1 ? units[0] : units.find(({ id }) => id === wantedUnit);
  if (unit === undefined) {
    const sentence =
      wantedUnit === undefined ? `${file} has ${units.length} units.` : `${file} has no unit "${wantedUnit}".`;
    throw new Failure('APP_USAGE', sentence, {
      exitCode: 2,
      hint: `name one with --unit; ${nameHint(wantedUnit ?? '', ids) ?? 'none is there'}`,
    });
  }
  const [ratedPowerKw, ratedFlowM3s, ratedHeadM] = ['ratedPowerKw', 'ratedFlowM3s', 'ratedHeadM'].map(
    (key) => unit[key],
  );
  if (!isPositive(ratedPowerKw) || !isPositive(ratedFlowM3s) || !isPositive(ratedHeadM)) {
    const sentence = `The unit "${String(unit.id)}" of ${file} has no ratings.`;
    throw new Failure('APP_USAGE', sentence, {
      exitCode: 2,
      hint: 'give it ratedPowerKw, ratedFlowM3s and ratedHeadM from the nameplate',
    });
  }
  return { file, text, unitId: String(unit.id), ratings: { ratedPowerKw, ratedFlowM3s, ratedHeadM } };
}

export interface DeviceProposal {
  /** The device as it would stand in plant.yaml, with its id. */
  readonly device: Readonly<Record<string, unknown>> & { readonly id: string };
  /** Quantity to point id. */
  readonly signals: Readonly<Record<string, string>>;
}

/** The draft with the proposed device and its signals, comments kept, and what is still wrong with it. */
export function completeDraft(
  draft: PlantDraft,
  { device, signals }: DeviceProposal,
): { readonly text: string; readonly mistakes: readonly string[] } {
  const document = parseDocument(draft.text);
  const devices = document.get('devices');
  if (!isSeq(devices)) document.set('devices', document.createNode([device]));
  else devices.add(document.createNode(device));
  const units = document.get('units');
  for (const unit of isSeq(units) ? units.items : []) {
    if (!isMap(unit) || String(unit.get('id')) !== draft.unitId) continue;
    if (!unit.has('signals')) unit.set('signals', document.createNode({}));
    for (const [quantity, point] of Object.entries(signals)) {
      if (!unit.hasIn(['signals', quantity]))
        document.setIn(
          ['units', (units as { items: unknown[] }).items.indexOf(unit), 'signals', quantity],
          `${device.id}/${point}`,
        );
    }
  }
  const text = document.toString({ lineWidth: 0 });
  const result = parseConfig(text, { drivers, templates, file: draft.file });
  return { text, mistakes: result.kind === 'invalid' ? result.issues.map(formatConfigIssue) : [] };
}

/** An id that no device of the draft has. */
export function freeDeviceId(draft: PlantDraft | undefined): string {
  const value: unknown = draft === undefined ? undefined : parseDocument(draft.text).toJS();
  const list = isGroup(value) && Array.isArray(value.devices) ? value.devices.filter(isGroup) : [];
  const taken = new Set(list.map(({ id }) => String(id)));
  for (let n = 1; ; n += 1) if (!taken.has(`plc${n}`)) return `plc${n}`;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
