import { z } from 'zod';
import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { brokerShape, duration, refineBroker } from './broker-schema.ts';
import { checkDevice } from './check-device.ts';

const STALE_MS_MIN = 10_000;
const STALE_MS_MAX = 24 * 3_600_000;
const NAME_MAX = 200;
const STATES_MAX = 256;

const finite = z.number('a finite number');
/** A level of a topic: Sparkplug 3.0, clause 4.1, forbids `+`, `/` and `#` in these names. */
const level = z
  .string('a name')
  .max(NAME_MAX)
  .regex(/^[^+/#\p{Cc}]*$/u, 'a name without "+", "/" and "#"');
const name = level.min(1, 'a name');

/**
 * `connection` of a sparkplug-b device in plant.yaml: the broker, and where its points are unless they say otherwise.
 *
 * - `group`, `node`, `device`: the edge node, and the device behind it; without `device` the metrics are the node's own
 * - `rebirth`: whether the node may be asked to say anew what it has; a command to the node, the only one ever sent
 * - `staleAfter`: a node that sends nothing at all for so long is not believed to be alive
 */
export const sparkplugConnectionSchema = z
  .strictObject({
    ...brokerShape,
    group: name.optional(),
    node: name.optional(),
    device: level.optional(),
    rebirth: z.boolean('true or false').default(true),
    staleAfter: duration(STALE_MS_MIN, STALE_MS_MAX).prefault('10m'),
  })
  .superRefine(refineBroker);

/** The parsed connection; durations are milliseconds. */
export type SparkplugConnectionSettings = z.output<typeof sparkplugConnectionSchema>;

/**
 * What a point of a sparkplug-b device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `metric`: its name in the birth, such as Unit1/Flow
 * - `group`, `node`, `device`: where it is, if not where the connection says; `device: ""` is the node itself
 * - `scale`, `offset`: value in `unit` = metric * scale + offset
 * - `map`: what is sent to the name of a state
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `comment`: for the people who read plant.yaml
 */
export const sparkplugPointSchema = z
  .strictObject({
    metric: z
      .string('the name of a metric such as Unit1/Flow')
      .min(1, 'the name of a metric')
      .max(NAME_MAX * 5),
    group: name.optional(),
    node: name.optional(),
    device: level.optional(),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string(), z.string().min(1)).optional(),
    min: finite.optional(),
    max: finite.optional(),
    comment: z.string().optional(),
  })
  .superRefine(({ map, scale, offset, min, max }, context) => {
    const complain = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (min !== undefined && max !== undefined && min > max) complain('min', `min ${min} lies above max ${max}`);
    if (map === undefined) return;
    const states = Object.keys(map).length;
    if (states === 0 || states > STATES_MAX) complain('map', `a map holds 1 to ${STATES_MAX} states`);
    if (scale !== 1 || offset !== 0 || min !== undefined || max !== undefined) {
      complain('map', 'a map goes by what is sent: leave scale, offset, min and max out');
    }
  });

/** The parsed settings of a point. */
export type SparkplugPointSettings = z.output<typeof sparkplugPointSchema>;

/** Where a metric is; `device` is empty for the edge node itself. */
export interface MetricPlace {
  readonly group: string;
  readonly node: string;
  readonly device: string;
}

/** Where the metric of a point is, or undefined where neither point nor connection says it all. */
export function placeOfPoint(connection: unknown, point: unknown): MetricPlace | undefined {
  const common = connection as SparkplugConnectionSettings;
  const own = point as SparkplugPointSettings;
  const group = own.group ?? common.group;
  const node = own.node ?? common.node;
  if (group === undefined || node === undefined) return undefined;
  return { group, node, device: own.device ?? common.device ?? '' };
}

/** Mistakes that no field shows on its own. */
export function checkSparkplugDevice(device: DeviceConfig): DeviceIssue[] {
  const homeless = device.points.flatMap((point, index): DeviceIssue[] => {
    if (placeOfPoint(device.connection, point.settings) !== undefined) return [];
    const message = `${point.id} has no edge node: neither it nor the connection names both group and node`;
    return [{ path: ['points', index], message, hint: 'Write group and node into the connection' }];
  });
  return [...homeless, ...checkDevice(device)];
}
