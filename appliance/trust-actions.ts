import type { NewEntry } from '../core/ledger/entry.ts';
import type { Clock } from '../core/model/clock.ts';
import type { ApplianceActions } from './api/actions.ts';
import { prepareTrust, serverTrust, type TrustParts } from './server-trust.ts';

export interface TrustActionParts extends TrustParts {
  readonly clock: Clock;
  /** Records the entry, or throws when nothing can be recorded. */
  readonly record: (entry: NewEntry) => void;
  /** Makes the device's next attempt at once. */
  readonly askNow: (deviceId: string) => void;
}

/** Trusting the servers of a running plant. */
export function trustActions(parts: TrustActionParts): Pick<ApplianceActions, 'serverTrust' | 'trustServer'> {
  return {
    serverTrust: (deviceId) => serverTrust(parts, deviceId),
    trustServer: (deviceId, thumbprint, by) => {
      const prepared = prepareTrust(parts, { deviceId, thumbprint, by, nowMs: parts.clock.wallMs() });
      parts.record(prepared.entry);
      prepared.apply();
      parts.askNow(deviceId);
      return serverTrust(parts, deviceId);
    },
  };
}
