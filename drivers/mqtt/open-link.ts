import type { IClientOptions } from 'mqtt';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import { BrokerLink, type LinkParts, PACKET_BYTES_MAX } from './broker-link.ts';
import type { BrokerSettings } from './broker-schema.ts';
import { CERTIFICATE_FAULTS } from './link-fault.ts';
import { NO_ANSWER, tlsExpectedFault } from './login-fault.ts';
import { openSocket } from './open-socket.ts';
import { loadRebirthEncoder } from './rebirth-request.ts';

const KEEP_ALIVE_S = 15;
/** For how long an MQTT 5 broker keeps what comes while we are away. */
const SESSION_EXPIRY_S = 600;
/** The library's own deadlines stand behind ours. */
const LIBRARY_TIMEOUT_MS = 60_000;

export type LinkOutcome =
  | { readonly kind: 'open'; readonly link: BrokerLink }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Connects and logs in, within the timeout of the settings for both together. Never rejects. */
export async function openLink(parts: LinkParts, signal: AbortSignal): Promise<LinkOutcome> {
  const { settings, host, session, clientId } = parts;
  const login = loginOf(settings, host);
  if ('fault' in login) return { kind: 'fault', fault: login.fault };
  const { MqttClient: Client } = await import('mqtt');
  const encodeRebirth = session.kind === 'fresh' ? await loadRebirthEncoder() : undefined;
  const beganMs = host.clock.monotonicMs();
  const opened = await openSocket(settings, host, signal);
  if (opened.kind === 'fault') return opened;
  const { socket } = opened;
  const isResuming = session.canResume;
  session.generation += 1;
  const options: IClientOptions = {
    ...login,
    clientId,
    clean: !isResuming,
    keepalive: KEEP_ALIVE_S,
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: LIBRARY_TIMEOUT_MS,
    manualConnect: true,
    protocolId: 'MQTT',
    protocolVersion: settings.version === '5' ? 5 : 4,
    ...(settings.version === '5'
      ? {
          properties: {
            sessionExpiryInterval: session.kind === 'kept' ? SESSION_EXPIRY_S : 0,
            maximumPacketSize: PACKET_BYTES_MAX,
          },
        }
      : {}),
  };
  const link = new BrokerLink(new Client(() => socket, options), socket, {
    ...parts,
    ...(encodeRebirth === undefined ? {} : { encodeRebirth }),
  });
  const passedMs = host.clock.monotonicMs() - beganMs;
  const fault = await link.login(Math.max(1, settings.timeout - passedMs), signal);
  if (fault === undefined) return { kind: 'open', link };
  return { kind: 'fault', fault: fault.code === NO_ANSWER ? await explainSilence(fault, parts, signal) : fault };
}

/** A TLS port often hangs up without a word on somebody who speaks plainly. A greeting in TLS tells. */
async function explainSilence(fault: Fault, { settings, host }: LinkParts, signal: AbortSignal): Promise<Fault> {
  if (!settings.url.startsWith('mqtt:')) return fault;
  const greeted = await openSocket({ ...settings, url: settings.url.replace('mqtt:', 'mqtts:') }, host, signal);
  if (greeted.kind === 'open') greeted.socket.destroy();
  const isTls = greeted.kind === 'open' || greeted.fault.code.startsWith(CERTIFICATE_FAULTS);
  return isTls ? tlsExpectedFault(settings) : fault;
}

function loginOf(
  settings: BrokerSettings,
  host: DriverHost,
): { username?: string; password?: string } | { fault: Fault } {
  const { username, passwordFile } = settings;
  if (passwordFile === undefined) return username === undefined ? {} : { username };
  const outcome = host.secrets.read(passwordFile);
  if (outcome.kind === 'fault') return outcome;
  return { ...(username === undefined ? {} : { username }), password: outcome.text };
}
