import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { parseNodeAddress } from './node-address.ts';
import type { OpcUaPointSettings } from './point-schema.ts';

/** What is wrong with a device as a whole. */
export function checkDevice({ points }: DeviceConfig): DeviceIssue[] {
  return points.flatMap(({ kind, settings }, index): DeviceIssue[] => {
    const { type, map } = settings as OpcUaPointSettings;
    if (kind !== 'counter' || (type !== 'Boolean' && map === undefined)) return [];
    return [{ path: ['points', index, 'kind'], message: 'a counter counts up: a Boolean or a state cannot' }];
  });
}

/** What is valid and yet a risk that a person has to know of. */
export function warnDevice({ connection, points }: DeviceConfig): DeviceIssue[] {
  const { securityMode, username, trust, tolerate } = connection as OpcUaConnectionSettings;
  const issues: DeviceIssue[] = [];
  if (securityMode === 'None') {
    const password = username === undefined ? '' : ', and the password goes to whoever answers';
    issues.push({
      path: ['connection', 'securityMode'],
      message: `without security anybody on the network can read and forge the values${password}`,
      hint: 'use SignAndEncrypt if the server can',
    });
  }
  if (trust === 'accept-first') {
    issues.push({
      path: ['connection', 'trust'],
      message: 'whoever answers first at this address is trusted from then on',
      hint: 'use prompt and compare the thumbprint once',
    });
  }
  if (tolerate.length > 0) {
    issues.push({
      path: ['connection', 'tolerate'],
      message: `a certificate is accepted although it may be wrong in: ${tolerate.join(', ')}`,
      hint: "have the server's certificate made anew, then leave tolerate out",
    });
  }
  for (const [index, { settings }] of points.entries()) {
    const { nodeId } = settings as OpcUaPointSettings;
    const namespace = parseNodeAddress(nodeId)?.namespace;
    if (namespace?.by !== 'index' || namespace.index === 0) continue;
    issues.push({
      path: ['points', index, 'nodeId'],
      message: `the namespace number ${namespace.index} may mean another namespace after a restart of the server`,
      hint: 'write its URI in place of the number: nsu=urn:...;s=...; "forebay probe" shows it',
    });
  }
  return issues;
}
