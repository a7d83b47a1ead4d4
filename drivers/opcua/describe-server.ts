import type { DataValue, EndpointDescription, NodeId } from 'node-opcua';
import type { FoundVariable } from './browse.ts';
import { hostOf } from './connection-schema.ts';
import type { OpenedSession } from './open-session.ts';
import {
  certificateFacts,
  certificateFault,
  describeCertificate,
  expiryWarning,
  firstCertificate,
} from './server-certificate.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Numbers of what a server says of its build (OPC 10000-5, clause 12.4). */
const BUILD = { product: 2261, manufacturer: 2263, version: 2264, build: 2265 } as const;

/** What the server calls itself, and who made it. */
export async function identityOf(
  { server }: EndpointDescription,
  opened: OpenedSession | undefined,
  step: (work: Promise<DataValue[]>) => Promise<DataValue[]>,
): Promise<Fact[]> {
  const facts: Fact[] = [
    { name: 'name', value: server.applicationName.text ?? '' },
    { name: 'application', value: server.applicationUri ?? '' },
    { name: 'product uri', value: server.productUri ?? '' },
  ];
  if (opened !== undefined) {
    const { library, client, namespaces } = opened;
    const nodes = Object.values(BUILD).map((id) => new library.NodeId(library.NodeIdType.NUMERIC, id, 0));
    const values = await step(client.read(nodes));
    for (const [index, name] of Object.keys(BUILD).entries()) {
      facts.push({ name, value: String(values[index]?.value?.value ?? '') });
    }
    for (const [index, uri] of namespaces.entries())
      if (index > 0) facts.push({ name: `namespace ${index}`, value: uri });
    const { latest } = opened.clock;
    if (latest !== undefined) facts.push({ name: 'clock ahead of ours', value: `${latest.offsetMs} ms` });
  }
  return facts.filter(({ value }) => value !== '');
}

/** What to compare before the server is trusted, and what is wrong with its certificate. */
export function sayCertificate(endpoint: EndpointDescription | undefined, address: string, nowMs: number): string[] {
  const certificate = firstCertificate(endpoint?.serverCertificate);
  const facts = certificate === undefined ? undefined : certificateFacts(certificate);
  if (certificate === undefined || facts === undefined)
    return ['The server shows no certificate: nobody can tell whether it is the right one.'];
  const misfit = certificateFault(certificate, {
    endpoint: address,
    host: hostOf(address),
    applicationUri: endpoint?.server.applicationUri ?? '',
    nowMs,
    tolerate: [],
  });
  const warning = misfit === undefined ? expiryWarning(facts, address, nowMs) : undefined;
  return [
    `Its certificate, to be compared with the one that the server itself shows: ${describeCertificate(facts)}.`,
    ...(misfit === undefined ? [] : [`${misfit.message} ${misfit.hint}.`]),
    ...(warning === undefined ? [] : [warning]),
  ];
}

/** The unit of each variable that tells one, by its node. */
export async function unitsOf(
  variables: readonly FoundVariable[],
  read: (nodes: readonly NodeId[]) => Promise<(DataValue | undefined)[]>,
): Promise<ReadonlyMap<string, string>> {
  const nodes = variables.flatMap(({ units }) => (units === undefined ? [] : [units]));
  const values = await read(nodes);
  const units = new Map<string, string>();
  for (const [index, variable] of variables.entries()) {
    const information: unknown = values[index]?.value?.value;
    const text = (information as { displayName?: { text?: unknown } } | null | undefined)?.displayName?.text;
    if (typeof text === 'string' && text !== '') units.set(variable.nodeId.toString(), text);
  }
  return units;
}
