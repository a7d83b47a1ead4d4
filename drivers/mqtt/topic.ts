import { z } from 'zod';

/** MQTT 5, clause 4.7.3: a topic has 1 to 65535 bytes of UTF-8 and no NUL; here it is short enough to be read. */
const TOPIC_BYTES_MAX = 1000;

/** One topic, as a message has it: no wildcards, so that two publishers can never feed one point. */
export const topicSchema = z.string('a topic such as plant/unit1').superRefine((topic, context) => {
  const complaint = complaintOf(topic);
  if (complaint !== undefined) context.addIssue({ code: 'custom', message: complaint });
});

function complaintOf(topic: string): string | undefined {
  if (topic === '') return 'expected a topic such as plant/unit1, found an empty text';
  if (/[+#]/.test(topic)) return `expected one topic; "${topic}" has a wildcard, which may bring values of several`;
  if (topic.startsWith('$share/')) return 'a shared subscription hands messages to other clients too';
  if (/\p{Cc}/u.test(topic)) return 'a topic holds no control characters';
  return Buffer.byteLength(topic) > TOPIC_BYTES_MAX ? `a topic has at most ${TOPIC_BYTES_MAX} bytes` : undefined;
}

/** Whether a topic filter covers a topic (MQTT 5, clause 4.7): `+` is one level, `#` the rest, neither covers `$...`. */
export function coversTopic(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (!/[+#]/.test(filter)) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && wanted[0] !== levels[0]) return false;
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true;
    if (at >= levels.length || (level !== '+' && level !== levels[at])) return false;
  }
  return wanted.length === levels.length;
}
