import type { DataValue, NodeId } from 'node-opcua';
import type { Clock } from '../../core/model/clock.ts';
import type { OpcUaConnectionSettings } from './connection-schema.ts';
import { type Deadline, ExchangeFailure } from './deadline.ts';
import type { SharedSession } from './endpoint-session.ts';
import { namespacesMovedFault, TOO_MUCH } from './link-fault.ts';
import { namespacesOf, serverNode, step } from './open-session.ts';
import { timeOf } from './plain-data-value.ts';

export interface ReadParts {
  readonly session: SharedSession;
  readonly settings: OpcUaConnectionSettings;
  readonly deadline: Deadline;
  readonly clock: Clock;
  /** Told of each request before it is sent. */
  readonly onRequest: () => void;
}

export interface ReadValue {
  readonly dataValue: DataValue;
  readonly readAtMs: number;
  /** The same moment on the clock that nobody sets. */
  readonly readAtMonotonicMs: number;
}

/** Asked along with every request: the server's clock, and the list of namespaces that gives node ids their meaning. */
const OWN_NODES = 2;

/**
 * The values of the nodes, in as few requests as the server takes. Each request asks for the list of namespaces, too:
 * a server that has changed it without ending the session gets no value believed.
 *
 * @throws ExchangeFailure
 */
export async function readValues(nodes: readonly NodeId[], parts: ReadParts): Promise<ReadValue[]> {
  const { session } = parts;
  const values: ReadValue[] = [];
  let share = Math.max(1, session.nodesPerRead - OWN_NODES);
  while (values.length < nodes.length) {
    const chunk = nodes.slice(values.length, values.length + share);
    try {
      values.push(...(await readChunk(chunk, parts)));
    } catch (error) {
      // A server may find out only now that it was asked for too much at once.
      const isTooMuch = error instanceof ExchangeFailure && error.fault.code === TOO_MUCH;
      if (!isTooMuch || share === 1) throw error;
      share = Math.ceil(Math.min(share, chunk.length) / 2);
      session.nodesPerRead = share + OWN_NODES;
    }
  }
  return values;
}

async function readChunk(chunk: readonly NodeId[], parts: ReadParts): Promise<ReadValue[]> {
  const { session, settings, deadline, clock } = parts;
  const { library, client } = session;
  const asked = [serverNode(library, 'currentTime'), serverNode(library, 'namespaces'), ...chunk];
  parts.onRequest();
  const askedMs = clock.wallMs();
  const [time, names, ...values] = await step(client.read(asked), deadline, settings);
  const readAtMs = clock.wallMs();
  const readAtMonotonicMs = clock.monotonicMs();
  if (!isSame(namespacesOf(names?.value?.value), session.namespaces)) {
    throw new ExchangeFailure(namespacesMovedFault(settings));
  }
  const serverMs = timeOf(time?.value?.value as Date | undefined);
  if (serverMs !== undefined) session.clock.note(serverMs, askedMs, readAtMs);
  return values.map((dataValue) => ({ dataValue, readAtMs, readAtMonotonicMs }));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((uri, index) => uri === b[index]);
}
