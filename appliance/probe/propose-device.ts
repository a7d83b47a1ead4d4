import { stringify } from 'yaml';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import type { ProbeRole } from '../../core/acquisition/probe-role.ts';
import type { DeviceProposal } from './plant-draft.ts';
import type { TemplateFit } from './score-templates.ts';

/** The device of plant.yaml as the template describes it. */
export function proposeByTemplate(id: string, { driver, connection }: ProbeReport, fit: TemplateFit): DeviceProposal {
  const params = Object.keys(fit.params).length === 0 ? {} : { params: fit.params };
  const signals = fit.template.points.flatMap(({ id: point, signal }) =>
    signal === undefined ? [] : [[signal, point]],
  );
  return {
    device: { id, driver, connection, period: '1s', template: fit.reference, ...params },
    signals: Object.fromEntries(signals),
  };
}

/**
 * The device with a point for each value that is known to be something. What merely looks like something becomes a
 * point without a signal; what has no unit is left to the engineer.
 */
export function proposeByRoles(
  id: string,
  { driver, connection }: ProbeReport,
  roles: readonly ProbeRole[],
): DeviceProposal | undefined {
  const usable = roles.filter(({ unit }) => unit !== '');
  if (usable.length === 0) return undefined;
  const signals = usable.flatMap(({ signal, id: point }) => (signal === undefined ? [] : [[signal, point]]));
  return {
    device: { id, driver, connection, period: '1s', points: usable.map(pointOf) },
    signals: Object.fromEntries(signals),
  };
}

function pointOf(role: ProbeRole): Record<string, unknown> {
  const { id, decoding, scale, unit, isCounter, sureness } = role;
  const { settings } = decoding.decoding;
  const isFloat32 = settings.type === 'float32';
  return {
    id,
    ...settings,
    ...(scale === 1 ? {} : { scale }),
    unit,
    ...(isCounter ? { kind: 'counter' } : {}),
    ...(sureness === 'looks-like' ? { comment: 'not confirmed' } : {}),
    // A float32 counter loses counts, and plant.yaml wants a person to have seen that.
    ...(isCounter && isFloat32
      ? { comment: 'float32 counter found by forebay probe: look for a whole-number register' }
      : {}),
  };
}

/** The proposal as text for plant.yaml. */
export function proposalText({ device, signals }: DeviceProposal, unitId: string): string {
  const named = Object.fromEntries(
    Object.entries(signals).map(([quantity, point]) => [quantity, `${device.id}/${point}`]),
  );
  const units = Object.keys(named).length === 0 ? {} : { units: [{ id: unitId, signals: named }] };
  return stringify({ ...units, devices: [device] }, { lineWidth: 0, flowCollectionPadding: true });
}
