import type { ConnectOutcome, Driver } from '../../core/acquisition/driver.ts';
import { httpConnectionSchema } from './connection-schema.ts';
import { KNOWN_FIELDS } from './field-table.ts';
import { type HttpPointSettings, httpPointSchema } from './point-schema.ts';

/** SCADA systems and gateways that push: nothing is polled, each push is one unit's reading for one interval. */
export const http: Driver = {
  name: 'http',
  origin: 'plant',
  schemas: { connection: httpConnectionSchema, point: httpPointSchema },
  places: {
    device: () => 'sends to /api/v1/telemetry',
    point: (settings) => String((settings as HttpPointSettings).field ?? ''),
  },
  push: { fields: KNOWN_FIELDS },
  connect,
};

/** Never called for a plant: an appliance starts no poller for what sends by itself. */
async function connect(): Promise<ConnectOutcome> {
  const fault = {
    code: 'DRV_HTTP_NOT_POLLED',
    message: 'A device with the driver http sends by itself and cannot be asked',
    policy: 'misconfigured',
    hint: 'Let the SCADA push to /api/v1/telemetry',
  } as const;
  return { kind: 'fault', fault };
}
