import type { Fault } from '../../core/model/fault.ts';
import { type BrokerSettings, placeOf } from './broker-schema.ts';

/** What can be between this computer and a broker that says nothing of MQTT yet: network and TLS. */

const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'];
const NAME_UNKNOWN = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
];
const ALERT = /ALERT/;
/** How the codes begin that are about a certificate of the broker: whoever has one speaks TLS. */
export const CERTIFICATE_FAULTS = 'DRV_MQTT_CERTIFICATE_';
const NO_TLS =
  /WRONG_VERSION_NUMBER|EPROTO|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|NO_PROTOCOLS|UNSUPPORTED_PROTOCOL/;

export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The fault for what the operating system or the TLS library says while connecting. */
export function socketFault(error: Error, settings: BrokerSettings): Fault {
  const code = codeOf(error);
  const place = placeOf(settings);
  if (code === 'ECONNREFUSED') {
    return reconnect(
      'DRV_MQTT_REFUSED',
      `${place} refuses the connection: nothing listens on that port.`,
      'Check that the broker runs, and its port: 1883 is usual, 8883 with TLS',
    );
  }
  if (UNREACHABLE.includes(code)) {
    return reconnect(
      'DRV_MQTT_UNREACHABLE',
      `There is no way through the network to ${place}.`,
      "Check the cable, the switch, and that this computer has an address in the broker's network",
    );
  }
  if (NAME_UNKNOWN.includes(code)) {
    return reconnect(
      'DRV_MQTT_NAME_UNKNOWN',
      `The name of the broker in ${settings.url} has no address.`,
      "Check the spelling, or write the broker's address in place of its name",
    );
  }
  if (code === 'ETIMEDOUT') return connectTimeoutFault(settings);
  return certificateFault(error, settings) ?? lostFault(settings, code === '' ? error.message : code);
}

/** The fault for a TLS handshake that fails; undefined when the error is none of TLS. */
export function certificateFault(error: Error, settings: BrokerSettings): Fault | undefined {
  const code = codeOf(error);
  const place = placeOf(settings);
  if (code === 'CERT_HAS_EXPIRED') {
    return reconnect(
      'DRV_MQTT_CERTIFICATE_EXPIRED',
      `The certificate of ${place}, or of its authority, has expired.`,
      "Renew the broker's certificate; if it is new, check the date of this computer and the authority in caFile",
    );
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return reconnect(
      'DRV_MQTT_CERTIFICATE_EARLY',
      `The certificate of ${place} is not valid yet.`,
      'Check the date of this computer first: it is probably behind',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return reconnect(
      'DRV_MQTT_CERTIFICATE_NAME',
      `The certificate of ${place} was made for another name.`,
      'Write the name or address that the certificate has into url, or let the certificate be made for this one',
    );
  }
  if (UNTRUSTED.includes(code)) {
    return reconnect(
      'DRV_MQTT_CERTIFICATE_UNTRUSTED',
      `The certificate of ${place} comes from an authority that is not trusted here (${code}).`,
      'Put the certificate of the authority that signed it into caFile; if nothing was changed, somebody else may answer',
    );
  }
  if (ALERT.test(code)) {
    return reconnect(
      'DRV_MQTT_CLIENT_CERTIFICATE',
      `${place} does not accept our certificate, or asks for one (${code}).`,
      'Give certFile and keyFile of a certificate that the broker trusts and that has not expired',
    );
  }
  return NO_TLS.test(code) ? noTlsFault(settings) : undefined;
}

export function noTlsFault(settings: BrokerSettings): Fault {
  return reconnect(
    'DRV_MQTT_NO_TLS',
    `${placeOf(settings)} does not answer with TLS.`,
    'Check the port: 8883 is usual with TLS. A broker on 1883 mostly speaks without: then the url is mqtt://',
  );
}

export function badKeyFault(why: string): Fault {
  return {
    code: 'DRV_MQTT_KEY_FILES',
    message: `The certificate files of the connection cannot be used: ${why}.`,
    policy: 'reconnect',
    hint: 'caFile and certFile hold certificates in PEM (BEGIN CERTIFICATE), keyFile the key of certFile without a password',
  };
}

export function connectTimeoutFault(settings: BrokerSettings): Fault {
  return reconnect(
    'DRV_MQTT_CONNECT_TIMEOUT',
    `${placeOf(settings)} did not take the connection within ${settings.timeout} ms.`,
    'Check that the broker is switched on, that no firewall stands between, and that the port speaks MQTT',
  );
}

/** The connection was there and is gone. */
export function lostFault(settings: BrokerSettings, why: string): Fault {
  return reconnect(
    'DRV_MQTT_BROKER_GONE',
    `The connection to the broker ${placeOf(settings)} is gone (${why}).`,
    'Check that the broker runs and the network to it; Forebay connects again by itself',
  );
}

export function abortedFault(): Fault {
  return {
    code: 'DRV_MQTT_ABORTED',
    message: 'The poll was ended before this point was read.',
    policy: 'retry',
    hint: 'Normal while Forebay stops; otherwise the broker takes long to answer',
  };
}

export function closedFault(): Fault {
  return {
    code: 'DRV_MQTT_CLOSED',
    message: 'This connection was closed by Forebay itself.',
    policy: 'reconnect',
    hint: 'Normal while Forebay stops or changes its configuration',
  };
}

export function reconnect(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'reconnect', hint };
}
