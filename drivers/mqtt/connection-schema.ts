import { z } from 'zod';
import { brokerShape, duration, refineBroker } from './broker-schema.ts';
import { topicSchema } from './topic.ts';

const STALE_MS_MIN = 1000;
const STALE_MS_MAX = 24 * 3_600_000;
const TOLERANCE_MS_MAX = 3_600_000;

/**
 * `connection` of an mqtt device in plant.yaml: the broker, and what tells fresh from old.
 *
 * - `qos`: with which the topics are subscribed; 1 lets the broker send again what was lost on the way
 * - `staleAfter`: a value is believed for so long after its message came; 1.5 periods, at least 3 s, when absent
 * - `clockTolerance`: how far the publisher's clock may be from this computer's before its times are not believed
 * - `willTopic`, `offlinePayload`: where the broker says that the publisher is gone, and with which text
 */
export const mqttConnectionSchema = z
  .strictObject({
    ...brokerShape,
    qos: z.union([z.literal(0), z.literal(1)], 'a quality of service, 0 or 1').default(1),
    staleAfter: duration(STALE_MS_MIN, STALE_MS_MAX).optional(),
    clockTolerance: duration(0, TOLERANCE_MS_MAX).prefault('1m'),
    willTopic: topicSchema.optional(),
    offlinePayload: z.string('a text such as offline').max(1000).optional(),
  })
  .superRefine((settings, context) => {
    refineBroker(settings, context);
    if ((settings.willTopic === undefined) === (settings.offlinePayload === undefined)) return;
    const path = [settings.willTopic === undefined ? 'offlinePayload' : 'willTopic'];
    context.addIssue({ code: 'custom', path, message: 'willTopic and offlinePayload go together' });
  });

/** The parsed connection; durations are milliseconds. */
export type MqttConnectionSettings = z.output<typeof mqttConnectionSchema>;
