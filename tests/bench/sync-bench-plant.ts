import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';
import type { HederaNetwork } from '../peers/hedera/hedera-network.ts';
import type { OperatorKey } from '../peers/hedera/operator-key.ts';
import { BACKLOG_PLANT } from './sync-backlog.ts';

const UNITS = ['unit1', 'unit2', 'unit3', 'unit4'];
const RATINGS = 'turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95';
const SIGNALS: readonly Quantity[] = ['flow', 'power', 'energyExport'];
/** Twenty devices, so that there are twenty polls a second whose time counts. One river feeds all: no real device holds one. */
const DEVICES = 20;

/** Writes plant.yaml and the operator's key into the folder: four units polled at 1 s, delivered to the network. */
export function writeSyncPlant(
  folder: string,
  network: HederaNetwork,
  key: OperatorKey,
  mode: 'merkle' | 'direct',
): string {
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
  writeFileSync(join(folder, 'hedera.key'), pem, { mode: 0o600 });
  const path = join(folder, 'plant.yaml');
  writeFileSync(path, plantText(network, mode));
  return path;
}

function plantText({ nodes, mirrorUrl }: HederaNetwork, mode: string): string {
  const signals = SIGNALS.map((quantity) => `${quantity}: sim0/UNIT_${quantity}`).join(', ');
  const units = UNITS.map(
    (id) => `  - { id: ${id}, name: ${id}, ${RATINGS}, signals: { ${signals.replaceAll('UNIT', id)} } }`,
  );
  const machines = UNITS.map((id) => `{ id: ${id}, ${RATINGS} }`).join(', ');
  const points = UNITS.flatMap((id) => SIGNALS.map((quantity) => pointLine(id, quantity)));
  const devices = Array.from(
    { length: DEVICES },
    (_, n) => `  - id: sim${n}
    driver: simulator
    period: 1s
    connection: { seed: 1, units: [${machines}] }
    points:
${points.join('\n')}`,
  );
  const list = Object.entries(nodes).map(([address, id]) => `"${address}": ${id}`);
  return `version: 1
plant: { id: ${BACKLOG_PLANT}, name: Backlog, timezone: UTC, ratedPowerKw: 8000 }
interval: 1h
units:
${units.join('\n')}
devices:
${devices.join('\n')}
sync:
  hedera:
    nodes: { ${list.join(', ')} }
    mirror: ${mirrorUrl}
    operatorId: 0.0.1001
    operatorKeyFile: hedera.key
    anchor: { mode: ${mode}, every: 1h }
`;
}

function pointLine(unit: string, quantity: Quantity): string {
  const description = QUANTITIES[quantity];
  const kind = description.kind === 'gauge' ? '' : `, kind: ${description.kind}`;
  return `      - { id: ${unit}_${quantity}, of: ${unit}, quantity: ${quantity}, unit: "${description.unit}"${kind} }`;
}
