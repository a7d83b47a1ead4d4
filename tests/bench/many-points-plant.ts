import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A plant with many points on one Modbus server, which stands for as many PLCs as there are devices. */
export interface ManyPoints {
  readonly devices: number;
  readonly pointsPerDevice: number;
  readonly port: number;
}

/** Registers from one point to the next, so that the spans of a device have holes as real maps do. */
export const POINT_STRIDE = 3;
const TYPES = ['uint32', 'int16', 'float32', 'uint16'] as const;

/** Writes plant.yaml into the folder and returns its path. One device carries the signals of the plant's one unit. */
export function writeManyPoints(folder: string, { devices, pointsPerDevice, port }: ManyPoints): string {
  const points = Array.from({ length: pointsPerDevice }, (_, index) => {
    const type = TYPES[index % TYPES.length];
    const kind = index === 0 ? ', kind: counter' : '';
    const unit = index === 0 ? 'kWh' : 'kW';
    return `      - { id: p${index}, register: holding, address: ${index * POINT_STRIDE}, type: ${type}, unit: ${unit}${kind} }`;
  }).join('\n');
  const blocks = Array.from(
    { length: devices },
    (_, index) => `  - id: plc${index}
    driver: modbus-tcp
    connection: { host: 127.0.0.1, port: ${port}, unitId: 1, timeout: 2s }
    period: 1s
    points:
${points}`,
  ).join('\n');
  const path = join(folder, 'plant.yaml');
  writeFileSync(
    path,
    `version: 1
plant: { id: HP-MANY, name: Many points, timezone: UTC, ratedPowerKw: 2000 }
interval: 1m
units:
  - id: unit1
    turbine: francis
    ratedPowerKw: 2000
    ratedFlowM3s: 2.5
    ratedHeadM: 95
    signals: { power: plc0/p1, energyExport: plc0/p0 }
devices:
${blocks}
`,
  );
  return path;
}
