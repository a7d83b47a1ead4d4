import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { BrokerSettings } from './broker-schema.ts';

const FILE = 'client-id';
const OWN = /^[0-9a-f]{8}$/;
const OWNER_ONLY = 0o600;

/**
 * The client id at a broker: the one of the settings, or one of 23 letters and digits, which every broker takes (MQTT
 * 3.1.1, clause 3.1.3.1). The half that tells this Forebay from others is made once and kept; the other half tells its
 * own connections apart.
 */
export function clientIdOf(settings: BrokerSettings, key: string, host: DriverHost): string {
  if (settings.clientId !== undefined) return settings.clientId;
  return `forebay${ownHalf(host)}${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

/** A folder that cannot be written costs only this: the id is another one after a restart. */
function ownHalf(host: DriverHost): string {
  const fresh = Math.floor(host.random.next() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  try {
    const path = join(host.stateFolder(), FILE);
    const kept = readKept(path);
    if (kept !== undefined) return kept;
    writeFileSync(path, fresh, { mode: OWNER_ONLY });
  } catch (error) {
    host.log.warn({ reason: String(error) }, 'the client id for brokers cannot be kept');
  }
  return fresh;
}

function readKept(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return OWN.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
