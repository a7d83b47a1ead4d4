import type { Fault } from '../../core/model/fault.ts';

/** Why a message gives no value. The next message may, so each of these is a miss of the polls until then. */

const SHOWN_MAX = 60;

/** A piece of a payload for a sentence: short, and without what would break the line. */
export function quote(text: string): string {
  const plain = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return plain.length > SHOWN_MAX ? `"${plain.slice(0, SHOWN_MAX)}..."` : `"${plain}"`;
}

export function notANumber(found: string): Fault {
  return faulty(
    'DRV_MQTT_NOT_A_NUMBER',
    `A number was expected, and ${quote(found)} came.`,
    'Let the publisher send a bare JSON number; for a state give the point a "map", for a number in quotes "quoted: true"',
  );
}

export function decimalComma(found: string): Fault {
  return faulty(
    'DRV_MQTT_DECIMAL_COMMA',
    `The number ${quote(found)} is written with a comma, so nobody knows whether thousands or decimals are meant.`,
    'Let the publisher write numbers as JSON does, with a point for decimals and nothing between thousands',
  );
}

export function notFinite(found: string): Fault {
  return faulty(
    'DRV_MQTT_NOT_FINITE',
    `The publisher sent ${quote(found)}, which is not a measured value.`,
    'Check the sensor behind this value: NaN or infinity mostly means that the publisher has none',
  );
}

export function tooLarge(found: string): Fault {
  return faulty(
    'DRV_MQTT_NUMBER_TOO_LARGE',
    `The number ${quote(found)} is longer or larger than any measured value.`,
    'Look at what the publisher sends; a program there may have run over its own number type',
  );
}

export function noValue(): Fault {
  return faulty(
    'DRV_MQTT_NULL',
    'The publisher says that it has no value (null or an empty message).',
    'Check the sensor or the program behind this value at the publisher',
  );
}

export function outOfRange(value: number, limits: { readonly min?: number; readonly max?: number }): Fault {
  const isBelow = limits.min !== undefined && value < limits.min;
  return faulty(
    'DRV_MQTT_OUT_OF_RANGE',
    `The publisher reports ${value}, which is ${isBelow ? `below the minimum ${limits.min}` : `above the maximum ${limits.max}`} of the point.`,
    'Check sensor and unit (kW or MW?); if the value is right, widen min and max of the point',
  );
}

export function unknownState(found: string): Fault {
  return faulty(
    'DRV_MQTT_UNKNOWN_STATE',
    `The publisher reports the state ${quote(found)}, which the point's map does not name.`,
    "Look up what it means in the publisher's manual and add it to the point's map",
  );
}

export function needsPath(): Fault {
  return faulty(
    'DRV_MQTT_NEEDS_PATH',
    'The message is JSON with several values, and the point does not say which one it is.',
    'Give the point a path to its value, such as path: "$.flow"',
  );
}

export function notText(): Fault {
  return faulty(
    'DRV_MQTT_NOT_TEXT',
    'The message is no text (its bytes are not UTF-8).',
    'The publisher may send binary numbers, a compressed form or Sparkplug B: see which with "forebay probe"',
  );
}

export function notJson(what: string, at: number, text: string): Fault {
  return faulty(
    'DRV_MQTT_NOT_JSON',
    `The message is no valid JSON: ${what}, at character ${at + 1}, near ${quote(text.slice(Math.max(0, at - 10), at + 20))}.`,
    'Correct the publisher; for a message that is only a number, leave "path" out',
  );
}

export function payloadTooLarge(bytes: number, bytesMax: number): Fault {
  return faulty(
    'DRV_MQTT_PAYLOAD_TOO_LARGE',
    `A message of ${bytes} bytes came, and at most ${bytesMax} are read.`,
    'Check the topic: a file or a picture may be sent there; values belong into small messages',
  );
}

export function pathAbsent(path: string, at: string, there: readonly string[]): Fault {
  const names = there.length === 0 ? 'nothing' : there.map(quote).join(', ');
  return faulty(
    'DRV_MQTT_PATH_ABSENT',
    `The message has no ${path}: in ${at} there is ${names}.`,
    'The publisher sends JSON of another shape: correct the path, or the publisher if its program was changed',
  );
}

export function doubledName(at: string): Fault {
  return faulty(
    'DRV_MQTT_DUPLICATE_NAME',
    `The message names ${at} twice, so nobody knows which value is meant.`,
    'Correct the publisher: a name may stand once in a JSON object',
  );
}

export function timeInvalid(found: string, why: string): Fault {
  return faulty(
    'DRV_MQTT_TIME_INVALID',
    `The time of the value cannot be read: ${quote(found)} ${why}.`,
    'Compare timePath and timeFormat with what the publisher sends; a text needs its zone, such as 2026-03-01T06:00:00Z',
  );
}

export function unknownQuality(found: string): Fault {
  return faulty(
    'DRV_MQTT_UNKNOWN_QUALITY',
    `The publisher gives the quality ${quote(found)}, which the point's qualityMap does not name.`,
    'Add it to qualityMap as good, uncertain or bad, as the manual of the publisher says',
  );
}

function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
