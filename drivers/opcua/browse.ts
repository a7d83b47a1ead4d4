import type { BrowseResult, NodeId, ReferenceDescription } from 'node-opcua';
import type { OpenedSession } from './open-session.ts';

/** A variable that was found, and what stands beside it. */
export interface FoundVariable {
  readonly nodeId: NodeId;
  /** Names from the folder of objects down to it. */
  readonly path: readonly string[];
  /** The property that holds its unit, where there is one. */
  units?: NodeId;
}

export interface Found {
  readonly variables: readonly FoundVariable[];
  /** Why there may be more than what was found. */
  readonly cut?: string;
}

export interface BrowseLimits {
  readonly depth: number;
  readonly nodes: number;
  readonly untilMs: number;
  readonly nowMs: () => number;
}

/** Numbers of the standard's own nodes (OPC 10000-6, annex A.3). */
const OBJECTS = 85;
const SERVER = 2253;
const HIERARCHICAL_REFERENCES = 33;
const UNITS_PROPERTY = 'EngineeringUnits';
const OBJECTS_AND_VARIABLES = 1 | 2;
const VARIABLE = 2;
const ALL_FIELDS = 63;
const NODES_PER_BROWSE = 20;
const REFERENCES_PER_NODE = 500;

interface Place {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
  readonly variable?: FoundVariable;
}

/**
 * The variables below the folder of objects, level by level, the server's own aside. Ends by itself: at a depth, at a
 * number of nodes and at a time, whichever comes first, and says so.
 */
export async function findVariables(session: OpenedSession, limits: BrowseLimits): Promise<Found> {
  const { library } = session;
  const variables: FoundVariable[] = [];
  const seen = new Set<string>();
  let level: Place[] = [{ nodeId: new library.NodeId(library.NodeIdType.NUMERIC, OBJECTS, 0), path: [] }];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === limits.depth) return { variables, cut: `only ${limits.depth} levels were looked through` };
    const next: Place[] = [];
    for (let from = 0; from < level.length; from += NODES_PER_BROWSE) {
      if (limits.nowMs() > limits.untilMs) return { variables, cut: 'looking took too long' };
      const some = level.slice(from, from + NODES_PER_BROWSE);
      for (const [index, references] of (await referencesOf(session, some)).entries()) {
        for (const reference of references) {
          const place = placeOf(reference, some[index] as Place, seen, variables);
          if (place !== undefined) next.push(place);
        }
      }
      if (seen.size > limits.nodes) return { variables, cut: `only ${limits.nodes} nodes were looked at` };
    }
    level = next;
  }
  return { variables };
}

function placeOf(
  { nodeId: target, browseName, nodeClass, displayName }: ReferenceDescription,
  parent: Place,
  seen: Set<string>,
  variables: FoundVariable[],
): Place | undefined {
  const nodeId = target as NodeId;
  const name = browseName.name ?? '';
  if (name === UNITS_PROPERTY && parent.variable !== undefined) parent.variable.units = nodeId;
  const isOwn = nodeId.namespace === 0;
  if (seen.has(nodeId.toString()) || (isOwn && (nodeId.value === SERVER || parent.path.length > 0))) return undefined;
  seen.add(nodeId.toString());
  if (isOwn && nodeClass === VARIABLE) return undefined;
  const path = [...parent.path, displayName.text ?? name];
  if (nodeClass !== VARIABLE) return { nodeId, path };
  const variable: FoundVariable = { nodeId, path };
  variables.push(variable);
  return { nodeId, path, variable };
}

async function referencesOf(
  { library, client }: OpenedSession,
  places: readonly Place[],
): Promise<ReferenceDescription[][]> {
  const referenceTypeId = new library.NodeId(library.NodeIdType.NUMERIC, HIERARCHICAL_REFERENCES, 0);
  const nodes = places.map(({ nodeId }) => ({
    nodeId,
    browseDirection: library.BrowseDirection.Forward,
    referenceTypeId,
    includeSubtypes: true,
    nodeClassMask: OBJECTS_AND_VARIABLES,
    resultMask: ALL_FIELDS,
  }));
  const results = await client.browse(nodes, REFERENCES_PER_NODE);
  const lists: ReferenceDescription[][] = [];
  for (const result of results) lists.push(await wholeOf(client, result));
  return lists;
}

async function wholeOf(client: OpenedSession['client'], first: BrowseResult): Promise<ReferenceDescription[]> {
  const references = [...(first.references ?? [])];
  let { continuationPoint } = first;
  while (continuationPoint?.length > 0) {
    const isEnough = references.length >= REFERENCES_PER_NODE;
    const [more] = await client.browseNext(continuationPoint, isEnough ? 'release' : 'more');
    if (isEnough || more === undefined) break;
    references.push(...(more.references ?? []));
    ({ continuationPoint } = more);
  }
  return references;
}
