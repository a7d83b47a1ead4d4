import type { Fault } from '../../core/model/fault.ts';
import { type BrokerSettings, placeOf } from './broker-schema.ts';
import { lostFault, reconnect } from './link-fault.ts';

/** TLS record type 21, an alert: what a TLS port answers to somebody who speaks without. */
const TLS_ALERT = 0x15;
export const NO_ANSWER = 'DRV_MQTT_NO_ANSWER';

/**
 * The fault for the reason code by which a broker refuses a connection: MQTT 3.1.1 clause 3.2.2.3 has 1 to 5, MQTT 5
 * clause 3.2.2.2 has 128 and above.
 */
export function loginFault(reason: number, settings: BrokerSettings): Fault {
  const place = placeOf(settings);
  switch (reason) {
    case 1:
    case 132:
      return reconnect(
        'DRV_MQTT_VERSION_REFUSED',
        `${place} does not speak MQTT ${settings.version}.`,
        `Write version: "${settings.version === '5' ? '3.1.1' : '5'}" into the connection`,
      );
    case 2:
    case 133:
      return reconnect(
        'DRV_MQTT_CLIENT_ID_REFUSED',
        `${place} does not accept our client id.`,
        'Write the clientId that the broker wants into the connection',
      );
    case 4:
    case 134:
    case 140:
      return reconnect(
        'DRV_MQTT_LOGIN_REFUSED',
        `${place} does not accept this user name and password.`,
        'Check username and the file named by passwordFile, and that the broker knows the user',
      );
    case 5:
    case 135:
    case 138:
      return reconnect(
        'DRV_MQTT_NOT_AUTHORISED',
        `${place} does not let this login in: user name or password is wrong or missing, or the user may not connect.`,
        "Check username, the file named by passwordFile, and the user's rights at the broker",
      );
    case 3:
    case 136:
    case 137:
    case 151:
    case 156:
    case 157:
    case 159:
      return reconnect(
        'DRV_MQTT_BROKER_BUSY',
        `${place} takes no connections at the moment (reason ${reason}).`,
        'Look at the log of the broker: it is starting, full, or moved to another address',
      );
    default:
      return reconnect(
        'DRV_MQTT_CONNECT_REFUSED',
        `${place} refuses the connection with reason ${reason}.`,
        'Look up the reason in the log of the broker',
      );
  }
}

/** The broker said goodbye (MQTT 5, clause 3.14.2.1). */
export function goodbyeFault(reason: number, settings: BrokerSettings): Fault {
  if (reason === 142) {
    return reconnect(
      'DRV_MQTT_CLIENT_ID_TAKEN',
      `Another client connected to ${placeOf(settings)} with our client id.`,
      'Two Forebays with a copied data folder, or the same clientId in two programs: give each its own clientId',
    );
  }
  if (reason === 135) return loginFault(reason, settings);
  return lostFault(settings, reason === 139 ? 'it shuts down' : `it said reason ${reason}`);
}

/**
 * The broker ended the connection, or sent what is no MQTT, before it answered to the login. `answer` is the first
 * byte that came, if any.
 */
export function unansweredFault(settings: BrokerSettings, answer: number | undefined): Fault {
  if (answer === TLS_ALERT) return tlsExpectedFault(settings);
  if (answer !== undefined) {
    return reconnect(
      'DRV_MQTT_NOT_MQTT',
      `What answers on ${placeOf(settings)} is no MQTT broker.`,
      'Check host and port: another program listens there',
    );
  }
  return reconnect(
    NO_ANSWER,
    `${placeOf(settings)} ended the connection without an answer to the login.`,
    settings.url.startsWith('mqtts:')
      ? 'The broker may ask for a client certificate (certFile, keyFile); its log says more'
      : 'The port may expect TLS (then the url is mqtts://), or be none of MQTT; the log of the broker says more',
  );
}

export function tlsExpectedFault(settings: BrokerSettings): Fault {
  return reconnect(
    'DRV_MQTT_TLS_EXPECTED',
    `${placeOf(settings)} speaks TLS, and the url says mqtt://.`,
    'Write mqtts:// into url, with the caFile of the authority if it is not a public one',
  );
}

export function keepAliveFault(settings: BrokerSettings): Fault {
  return lostFault(settings, 'it stopped answering');
}

export function refusedTopicFault(topic: string, reason: number): Fault {
  return {
    code: 'DRV_MQTT_SUBSCRIPTION_REFUSED',
    message: `The broker does not let us read the topic ${topic} (reason ${reason}).`,
    policy: 'isolate',
    hint: "Give this user the right to read the topic at the broker (its access list), or correct the point's topic",
  };
}

export function subscribeTimeoutFault(settings: BrokerSettings): Fault {
  return reconnect(
    'DRV_MQTT_SUBSCRIBE_TIMEOUT',
    `${placeOf(settings)} took the login, and then did not answer to a subscription within ${settings.timeout} ms.`,
    'The broker hangs or the network drops packets: look at its log',
  );
}
