import type { DataValue, NodeId } from 'node-opcua';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { coarseRegisterFault } from '../../core/model/coarse-register.ts';
import type { Fault } from '../../core/model/fault.ts';
import { encodeDataValue } from './data-value.ts';
import { type Decoder, decoderOf } from './decode.ts';
import type { SharedSession } from './endpoint-session.ts';
import type { Library } from './library.ts';
import { namespaceMissingFault } from './link-fault.ts';
import { type NodeAddress, namespaceIndex, parseNodeAddress } from './node-address.ts';
import { plainDataValue } from './plain-data-value.ts';
import type { OpcUaPointSettings } from './point-schema.ts';
import { type OpcUaRecipe, recipeOf } from './recipe.ts';

/** What one point is in one session: the node that it means there, or why it means none. */
export interface PlannedPoint {
  readonly point: PointConfig;
  readonly recipe: OpcUaRecipe;
  readonly decode: Decoder;
  readonly node: NodeId | Fault;
}

export function isFault(value: NodeId | Fault): value is Fault {
  return 'policy' in value;
}

/** Recipes and decoders for as long as the connection lives, so that every sample of a point shares its recipe. */
export class PointBook {
  readonly #known = new Map<PointConfig, { readonly recipe: OpcUaRecipe; readonly decode: Decoder }>();

  /** The points as they are in this session; node ids are made anew from the namespaces that it has. */
  plan(points: readonly PointConfig[], session: SharedSession, endpoint: string): PlannedPoint[] {
    return points.map((point) => ({ point, ...this.#entry(point), node: nodeOf(point, session, endpoint) }));
  }

  #entry(point: PointConfig): { readonly recipe: OpcUaRecipe; readonly decode: Decoder } {
    const known = this.#known.get(point);
    if (known !== undefined) return known;
    const recipe = recipeOf(point);
    const entry = { recipe, decode: decoderOf(recipe) };
    this.#known.set(point, entry);
    return entry;
  }
}

function nodeOf(point: PointConfig, { library, namespaces }: SharedSession, endpoint: string): NodeId | Fault {
  const { nodeId } = point.settings as OpcUaPointSettings;
  const address = present(parseNodeAddress(nodeId), `the address ${nodeId}`);
  const index = namespaceIndex(address, namespaces);
  if (index !== undefined) return libraryNodeId(library, address, index);
  const { namespace } = address;
  return namespaceMissingFault(namespace.by === 'uri' ? namespace.uri : `number ${namespace.index}`, endpoint);
}

export function libraryNodeId(library: Library, { identifier }: NodeAddress, index: number): NodeId {
  const { NodeId, NodeIdType } = library;
  switch (identifier.type) {
    case 'i':
      return new NodeId(NodeIdType.NUMERIC, identifier.number, index);
    case 's':
      return new NodeId(NodeIdType.STRING, identifier.text, index);
    case 'g':
      return new NodeId(NodeIdType.GUID, identifier.text, index);
    default:
      return new NodeId(NodeIdType.BYTESTRING, Buffer.from(identifier.text, 'base64'), index);
  }
}

/** The outcome of one point whose server sent `dataValue`; `readAtMs` is when it came, or was last confirmed. */
export function outcomeOf(planned: PlannedPoint, dataValue: DataValue, library: Library, readAtMs: number): Outcome {
  const { point, recipe, decode } = planned;
  const plain = plainDataValue(library, dataValue, recipe.nodeId);
  if ('policy' in plain) return { kind: 'miss', point: point.ref, fault: plain, atMs: readAtMs };
  const raw = encodeDataValue(plain);
  const decoded = decode(raw);
  if ('policy' in decoded) return { kind: 'miss', point: point.ref, fault: decoded, atMs: readAtMs };
  // Where plant.yaml states the type, whoever counts with the register knows how coarse it is.
  const isCoarse = recipe.counter !== undefined && recipe.type === undefined && plain.type.name === 'Float';
  const coarse = isCoarse ? coarseRegisterFault(Number(plain.value)) : undefined;
  if (coarse !== undefined) return { kind: 'miss', point: point.ref, fault: coarse, atMs: readAtMs };
  return { kind: 'sample', point: point.ref, unit: point.unit, ...decoded, readAtMs, raw, recipe };
}
