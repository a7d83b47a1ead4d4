import type { Fault } from '../../core/model/fault.ts';
import { toIso } from '../../core/model/time.ts';
import { quote } from './value-fault.ts';

/** Why a metric of a Sparkplug edge node gives no value now. */

const REBIRTH_HINT = 'Forebay asks the node for a new birth by itself, unless rebirth: false says otherwise';

export function noBirthFault(node: string, sinceMs: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_NO_BIRTH',
    `The edge node ${node} has not said what it has (NBIRTH) since ${toIso(sinceMs)}, when this connection was made.`,
    `Check that the node is on, and the spelling of group and node. ${REBIRTH_HINT}`,
  );
}

export function nodeOfflineFault(node: string, sinceMs: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_NODE_OFFLINE',
    `The edge node ${node} is off the broker since ${toIso(sinceMs)} (NDEATH).`,
    'Check the node: its power, its network, its program',
  );
}

export function deviceOfflineFault(device: string, sinceMs: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_DEVICE_OFFLINE',
    `The edge node has lost its device ${device} since ${toIso(sinceMs)} (DDEATH).`,
    'Check the device behind the node and its cable',
  );
}

export function deviceUnbornFault(device: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_DEVICE_UNBORN',
    `The edge node has not said yet what its device ${device} has (DBIRTH).`,
    'Check the spelling of device; else the node has no connection to it',
  );
}

export function doubtFault(node: string, what: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_OUT_OF_STEP',
    `What the edge node ${node} sends does not follow from what came before (${what}), so its values are not believed.`,
    `A message was lost, or the node was changed: its next birth ends this. ${REBIRTH_HINT}`,
  );
}

export function nodeSilentFault(node: string, lastMs: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_SILENT',
    `The edge node ${node} has sent nothing since ${toIso(lastMs)}, and the broker does not say that it is gone.`,
    'Check the node and what stands between its broker and ours; if it is meant to be silent for so long, raise staleAfter',
  );
}

export function metricAbsentFault(metric: string, there: readonly string[]): Fault {
  return faulty(
    'DRV_SPARKPLUG_METRIC_ABSENT',
    `The birth has no metric ${quote(metric)}; it has ${there.length === 0 ? 'none' : there.map(quote).join(', ')}.`,
    'Correct the spelling of metric (upper and lower case count), or whether it belongs to the node or to a device',
  );
}

export function ambiguousFault(metric: string, what: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_AMBIGUOUS',
    `The birth leaves open which value is ${quote(metric)}: ${what}.`,
    'Correct the configuration of the edge node: names and aliases may each stand once',
  );
}

export function unsupportedTypeFault(metric: string, type: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_TYPE_UNSUPPORTED',
    `The metric ${quote(metric)} is of the type ${type}, which is neither a number nor a state.`,
    'Let the node publish the value as a metric of its own, not within a DataSet or Template',
  );
}

export function typeMismatchFault(metric: string, type: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_TYPE_MISMATCH',
    `The metric ${quote(metric)} was announced as ${type}, and what came cannot be one.`,
    'The program of the edge node is at fault; update it, or give the metric another type there',
  );
}

export function nullFault(metric: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_NULL',
    `The edge node says that ${quote(metric)} has no value.`,
    'Check the sensor or program behind this metric at the node',
  );
}

export function historicalFault(metric: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_HISTORICAL',
    `Of ${quote(metric)} only a value from the past has come, none of now.`,
    'The node catches up after an outage; its present value follows',
  );
}

export function lateFault(metric: string, lateMs: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_LATE',
    `The value of ${quote(metric)} was ${Math.round(lateMs / 1000)} s old when the edge node sent it as new.`,
    'The node sends its backlog without the historical flag, or reads its device too rarely',
  );
}

export function notFinite(number: number): Fault {
  return faulty(
    'DRV_SPARKPLUG_NOT_FINITE',
    `The edge node sent ${Number.isNaN(number) ? 'NaN' : 'infinity'}, which is not a measured value.`,
    'Check the sensor behind this metric',
  );
}

export function notANumber(type: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_NOT_A_NUMBER',
    `The metric is a ${type}, and the point wants a number.`,
    'For a state give the point a "map"; else choose a metric that is a number',
  );
}

export function outOfRange(value: number, limits: { readonly min?: number; readonly max?: number }): Fault {
  const isBelow = limits.min !== undefined && value < limits.min;
  return faulty(
    'DRV_SPARKPLUG_OUT_OF_RANGE',
    `The edge node reports ${value}, which is ${isBelow ? `below the minimum ${limits.min}` : `above the maximum ${limits.max}`} of the point.`,
    'Check sensor and unit (kW or MW?); if the value is right, widen min and max of the point',
  );
}

export function unknownState(found: string): Fault {
  return faulty(
    'DRV_SPARKPLUG_UNKNOWN_STATE',
    `The edge node reports the state ${quote(found)}, which the point's map does not name.`,
    "Look up what it means and add it to the point's map",
  );
}

function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
