import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceConfig, PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { Failure } from '../core/model/failure.ts';
import { toIso } from '../core/model/time.ts';
import type { OpcUaConnectionSettings } from '../drivers/opcua/connection-schema.ts';
import type { CertificateFacts } from '../drivers/opcua/server-certificate.ts';
import { isThumbprint, normalThumbprint } from '../drivers/opcua/thumbprint.ts';
import { TrustBook } from '../drivers/opcua/trust-book.ts';
import type { ServerTrustAnswer } from './api/schema/server-trust.ts';

export interface TrustParts {
  readonly config: PlantConfig;
  /** Parent of the folders in which drivers keep their own things. */
  readonly driversFolder: string;
}

export interface PreparedTrust {
  /** To be recorded before `apply` is called: trust that nobody can trace must not be. */
  readonly entry: NewEntry;
  apply(): void;
}

const DRIVER = 'opcua';
const OWNER_ONLY = 0o700;

/**
 * What the server of a device shows and what it is trusted with.
 *
 * @throws Failure `APP_NO_SUCH_DEVICE`, `APP_NO_TRUST`, `APP_TRUST_DAMAGED`.
 */
export function serverTrust({ config, driversFolder }: TrustParts, deviceId: string): ServerTrustAnswer {
  const { endpoint, settings } = serverOf(config, deviceId);
  const { seen, trusted } = bookIn(driversFolder).of(endpoint);
  const mode = settings.securityMode === 'None' ? 'none' : modeOf(settings.trust);
  const isShownTrusted =
    seen !== undefined &&
    (mode === 'fixed' ? isThumbprint(settings.trust, seen) : bookIn(driversFolder).isTrusted(endpoint, seen));
  return {
    device: deviceId,
    endpoint,
    mode,
    shown: seen === undefined ? null : { ...answerOf(seen), at: toIso(seen.atMs) },
    trusted:
      trusted === undefined
        ? null
        : {
            thumbprint: trusted.thumbprint,
            at: toIso(trusted.atMs),
            by: trusted.by,
            certificate: trusted.certificate === undefined ? null : answerOf(trusted.certificate),
          },
    isShownTrusted,
  };
}

/**
 * Makes ready that `by` trusts the certificate of that thumbprint as the one of the device's server. Where the server
 * has shown a certificate, it must be that one.
 *
 * @throws Failure `APP_NO_SUCH_DEVICE`, `APP_NO_TRUST`, `APP_THUMBPRINT`, `APP_OTHER_CERTIFICATE`,
 * `APP_TRUST_DAMAGED`.
 */
export function prepareTrust(
  { config, driversFolder }: TrustParts,
  act: { readonly deviceId: string; readonly thumbprint: string; readonly by: string; readonly nowMs: number },
): PreparedTrust {
  const { deviceId, by, nowMs } = act;
  const { endpoint, settings } = serverOf(config, deviceId);
  refuseNeedless(deviceId, settings);
  const thumbprint = normalThumbprint(act.thumbprint);
  if (thumbprint === undefined) {
    throw new Failure('APP_THUMBPRINT', `"${act.thumbprint}" is no thumbprint.`, {
      hint: 'copy the 40 or 64 hexadecimal digits that the server shows, with or without colons',
      exitCode: 2,
    });
  }
  const { seen } = bookIn(driversFolder).of(endpoint);
  if (seen !== undefined && !isThumbprint(thumbprint, seen)) {
    throw new Failure('APP_OTHER_CERTIFICATE', `The server of ${deviceId} shows another certificate, ${seen.sha1}.`, {
      hint: 'compare the digits with the server once more; if they do differ, something else may answer at its address',
    });
  }
  const body = {
    device: deviceId,
    endpoint,
    thumbprint,
    subject: seen?.subject ?? null,
    validTo: seen === undefined ? null : toIso(seen.validToMs),
    by,
  };
  const certificate = seen === undefined ? undefined : factsOf(seen);
  return {
    entry: { kind: 'trust', body },
    apply: () => {
      const book = bookIn(driversFolder);
      book.trust(endpoint, { thumbprint, atMs: nowMs, by, ...(certificate === undefined ? {} : { certificate }) });
    },
  };
}

function serverOf(config: PlantConfig, deviceId: string): { endpoint: string; settings: OpcUaConnectionSettings } {
  const device = config.devices.find(({ id }) => id === deviceId);
  if (device === undefined) {
    const known = config.devices.map(({ id }) => id).join(', ');
    throw new Failure('APP_NO_SUCH_DEVICE', `The plant has no device "${deviceId}".`, {
      hint: `its devices are ${known}`,
      exitCode: 2,
    });
  }
  if (!isOpcUa(device)) {
    throw new Failure('APP_NO_TRUST', `The device ${deviceId} shows no certificate: it speaks ${device.driver}.`, {
      hint: 'only opcua devices are trusted by thumbprint',
      exitCode: 2,
    });
  }
  return { endpoint: device.connection.endpoint, settings: device.connection };
}

function isOpcUa(device: DeviceConfig): device is DeviceConfig & { readonly connection: OpcUaConnectionSettings } {
  return device.driver === DRIVER;
}

function refuseNeedless(deviceId: string, { securityMode, trust }: OpcUaConnectionSettings): void {
  if (securityMode === 'None') {
    throw new Failure('APP_NO_TRUST', `No certificate of ${deviceId} is looked at: its securityMode is None.`, {
      hint: 'write SignAndEncrypt into plant.yaml to protect the connection',
      exitCode: 2,
    });
  }
  if (modeOf(trust) !== 'fixed') return;
  throw new Failure('APP_NO_TRUST', `The plant.yaml itself names the certificate that ${deviceId} is trusted with.`, {
    hint: 'write the new thumbprint there, or trust: prompt',
    exitCode: 2,
  });
}

function modeOf(trust: string): 'prompt' | 'accept-first' | 'fixed' {
  return trust === 'prompt' || trust === 'accept-first' ? trust : 'fixed';
}

function bookIn(driversFolder: string): TrustBook {
  const folder = join(driversFolder, DRIVER);
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  const book = new TrustBook(folder);
  const damage = book.damage();
  if (damage === undefined) return book;
  throw new Failure('APP_TRUST_DAMAGED', damage.message, { hint: damage.hint ?? 'look at the file' });
}

function factsOf({ sha1, sha256, subject, validFromMs, validToMs, applicationUri, hosts }: CertificateFacts) {
  return {
    sha1,
    sha256,
    subject,
    validFromMs,
    validToMs,
    hosts,
    ...(applicationUri === undefined ? {} : { applicationUri }),
  };
}

function answerOf({ sha1, sha256, subject, validFromMs, validToMs, applicationUri, hosts }: CertificateFacts) {
  return {
    sha1,
    sha256,
    subject,
    validFrom: toIso(validFromMs),
    validTo: toIso(validToMs),
    applicationUri: applicationUri ?? null,
    hosts: [...hosts],
  };
}
