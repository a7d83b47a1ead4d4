import { z } from 'zod';
import { parsePath } from './json-path.ts';
import { TIME_FORMATS } from './source-time.ts';
import { topicSchema } from './topic.ts';

const STATES_MAX = 256;

const finite = z.number('a finite number');
const path = z.string('a path such as $.flow').superRefine((text, context) => {
  const parsed = parsePath(text);
  if (parsed.kind === 'problem') context.addIssue({ code: 'custom', message: parsed.message });
});

/**
 * What a point of an mqtt device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `topic`: the one topic whose messages hold the value
 * - `path`: the way to the value in a JSON message; without it the whole message is the value
 * - `quoted`: the number stands in quotes
 * - `scale`, `offset`: value in `unit` = number * scale + offset
 * - `map`: what is sent to the name of a state
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `timePath`, `timeFormat`: where the message holds the value's own time, and how it is written
 * - `qualityPath`, `qualityMap`: where the publisher says what the value is worth, and in which words
 * - `comment`: for the people who read plant.yaml
 */
export const mqttPointSchema = z
  .strictObject({
    topic: topicSchema,
    path: path.optional(),
    quoted: z.boolean('true or false').default(false),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string(), z.string().min(1)).optional(),
    min: finite.optional(),
    max: finite.optional(),
    timePath: path.optional(),
    timeFormat: z.enum(TIME_FORMATS).optional(),
    qualityPath: path.optional(),
    qualityMap: z.record(z.string(), z.enum(['good', 'uncertain', 'bad'])).optional(),
    comment: z.string().optional(),
  })
  .superRefine((point, context) => {
    for (const { key, message } of complaintsOf(point)) {
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

/** The parsed settings of a point. */
export type MqttPointSettings = z.output<typeof mqttPointSchema>;

interface Complaint {
  readonly key: string;
  readonly message: string;
}

function complaintsOf(point: MqttPointSettings): Complaint[] {
  const complaints: Complaint[] = [];
  const complain = (key: string, message: string): void => {
    complaints.push({ key, message });
  };
  if (point.min !== undefined && point.max !== undefined && point.min > point.max) {
    complain('min', `min ${point.min} lies above max ${point.max}`);
  }
  for (const key of ['timePath', 'qualityPath'] as const) {
    if (point[key] !== undefined && point.path === undefined) {
      complain(key, `${key} needs a JSON message: give the value its "path", too`);
    }
  }
  if ((point.timePath === undefined) !== (point.timeFormat === undefined)) {
    const key = point.timePath === undefined ? 'timeFormat' : 'timePath';
    complain(
      key,
      `timePath and timeFormat (${TIME_FORMATS.join(', ')}) go together: how a time is meant is not guessed`,
    );
  }
  if (point.qualityMap !== undefined && point.qualityPath === undefined) {
    complain('qualityMap', 'qualityMap needs a qualityPath');
  }
  if (point.map !== undefined) complaints.push(...mapComplaints(point, Object.keys(point.map).length));
  return complaints;
}

function mapComplaints(point: MqttPointSettings, states: number): Complaint[] {
  const { scale, offset, min, max, quoted } = point;
  if (scale !== 1 || offset !== 0 || min !== undefined || max !== undefined || quoted) {
    const message = 'a map goes by what is sent: leave scale, offset, min, max and quoted out';
    return [{ key: 'map', message }];
  }
  if (states === 0) return [{ key: 'map', message: 'a map needs at least one state' }];
  return states > STATES_MAX ? [{ key: 'map', message: `a map holds at most ${STATES_MAX} states` }] : [];
}
