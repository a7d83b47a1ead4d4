import type { Fault } from '../../core/model/fault.ts';
import { toIso } from '../../core/model/time.ts';

/** Why there is no value to be believed now, although nothing is wrong with the last message itself. */

export function waitingFault(topic: string, sinceMs: number): Fault {
  return faulty(
    'DRV_MQTT_WAITING',
    `No message has come on ${topic} since ${toIso(sinceMs)}, when this connection was made.`,
    'Wait for the publisher, or check the spelling of the topic: "forebay probe" lists the topics that have messages',
  );
}

export function silentFault(topic: string, lastMs: number): Fault {
  return faulty(
    'DRV_MQTT_SILENT',
    `The last message on ${topic} came at ${toIso(lastMs)}, which is too long ago to be believed.`,
    'Check the publisher; if it sends less often than this, write its rhythm as the period of the device, or raise staleAfter',
  );
}

export function retainedFault(topic: string): Fault {
  return faulty(
    'DRV_MQTT_RETAINED',
    `The broker has a kept (retained) message for ${topic} whose age nobody knows; no new one has come yet.`,
    'Wait for the next message; with timePath and timeFormat the point can tell by itself how old a value is',
  );
}

export function waitedFault(topic: string): Fault {
  return faulty(
    'DRV_MQTT_WAITED',
    `The last message on ${topic} had waited at the broker while the connection was away; it may be old.`,
    'Wait for the next message; with timePath and timeFormat the point can tell by itself how old a value is',
  );
}

export function oldFault(topic: string, deviceAtMs: number): Fault {
  return faulty(
    'DRV_MQTT_OLD_VALUE',
    `The message on ${topic} holds a value of ${toIso(deviceAtMs)}, which is too old to be the present one.`,
    "The publisher catches up after an outage, or its clock is behind: compare it with this computer's, or raise clockTolerance",
  );
}

export function aheadFault(topic: string, deviceAtMs: number): Fault {
  return faulty(
    'DRV_MQTT_CLOCK_AHEAD',
    `The message on ${topic} holds a value of ${toIso(deviceAtMs)}, which is still to come.`,
    "Set the publisher's clock or this computer's; if timeFormat or the zone is wrong, correct that",
  );
}

export function offlineFault(willTopic: string, sinceMs: number): Fault {
  return faulty(
    'DRV_MQTT_PUBLISHER_OFFLINE',
    `The broker says on ${willTopic} that the publisher is gone, since ${toIso(sinceMs)} at the latest.`,
    'Check the publisher: its power, its network, its program',
  );
}

export function backFault(willTopic: string): Fault {
  return faulty(
    'DRV_MQTT_PUBLISHER_BACK',
    `The publisher is back according to ${willTopic}, and has sent no value yet.`,
    'Wait for its next message',
  );
}

function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
