import { type DeviceTemplate, referenceOf } from '../../core/config/device-template.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { drivers } from '../drivers.ts';
import { templates } from '../templates.ts';

export interface TemplateChoice {
  readonly template: DeviceTemplate;
  readonly params: Readonly<Record<string, number | string>>;
}

/** The device that plant.yaml would have with this template; undefined when driver, connection or params do not fit. */
export function deviceOfTemplate(
  { template, params }: TemplateChoice,
  driver: string,
  connection: JsonObject,
): DeviceConfig | undefined {
  const plant = {
    version: 1,
    plant: { id: 'probe', name: 'probe', timezone: 'UTC', ratedPowerKw: 1000 },
    interval: '5m',
    units: [{ id: 'u', turbine: 'francis', ratedPowerKw: 1000, ratedFlowM3s: 1, ratedHeadM: 120, signals: {} }],
    devices: [{ id: 'probe', driver, template: referenceOf(template), params, connection, period: '1s' }],
  };
  const result = parseConfig(JSON.stringify(plant), { drivers, templates, file: 'probe' });
  return result.kind === 'valid' ? result.config.devices[0] : undefined;
}

/**
 * The ways to fill in a template's parameters that are worth trying: what is known of the device, each choice, and 1
 * for a ratio. What was only tried must be confirmed by a person.
 */
export function paramsToTry(
  { parameters }: DeviceTemplate,
  known: Readonly<Record<string, number>>,
): TemplateChoice['params'][] {
  return Object.entries(parameters).reduce<Record<string, number | string>[]>(
    (ways, [name, parameter]) => {
      const values =
        known[name] !== undefined
          ? [known[name]]
          : parameter.kind === 'choice'
            ? parameter.values
            : [parameter.default ?? Math.min(parameter.max, Math.max(parameter.min, 1))];
      return ways.flatMap((way) => values.map((value) => ({ ...way, [name]: value })));
    },
    [{}],
  );
}
