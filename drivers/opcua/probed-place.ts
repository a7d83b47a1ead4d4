import type { DataValue, NodeId } from 'node-opcua';
import type { Decoding, ProbedPlace } from '../../core/acquisition/probe.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { encodeDataValue, type PlainDataValue } from './data-value.ts';
import { decoderOf } from './decode.ts';
import { namespaceMissingFault } from './link-fault.ts';
import { type NodeAddress, parseNodeAddress, writeNodeAddress } from './node-address.ts';
import type { OpenedSession } from './open-session.ts';
import { plainDataValue } from './plain-data-value.ts';
import type { OpcUaPointSettings } from './point-schema.ts';
import { recipeOf } from './recipe.ts';

/** A node to look at. */
export interface Spot {
  readonly address: NodeAddress;
  /** As the server knows it, when it was found by browsing. */
  readonly nodeId?: NodeId;
  readonly name?: string;
  readonly unit?: string;
  /** The point whose description says what the value means. */
  readonly point?: PointConfig;
}

/** The nodes that the texts name; undefined when one of them is no node id. */
export function spotsAt(places: readonly string[]): Spot[] | undefined {
  const addresses = places.map((place) => parseNodeAddress(place.trim()));
  return addresses.includes(undefined)
    ? undefined
    : addresses.map((address) => ({ address: present(address, 'a node id') }));
}

export function spotOfPoint(point: PointConfig): Spot {
  const { nodeId } = point.settings as OpcUaPointSettings;
  return { address: present(parseNodeAddress(nodeId), 'a node id'), name: point.id, unit: point.unit, point };
}

/** What several rounds of reading gave, place by place. */
export function placesOf(
  opened: OpenedSession,
  spots: readonly Spot[],
  rounds: readonly (readonly (DataValue | undefined)[])[],
): ProbedPlace[] {
  return spots.map((spot, index) =>
    placeOf(
      opened,
      spot,
      rounds.map((round) => round[index]),
    ),
  );
}

function placeOf(opened: OpenedSession, spot: Spot, dataValues: readonly (DataValue | undefined)[]): ProbedPlace {
  const { library, namespaces } = opened;
  const address = byUri(spot.address, namespaces);
  const place = writeNodeAddress(address);
  const about = {
    place,
    ...(spot.name === undefined ? {} : { name: spot.name }),
    ...(spot.unit === undefined || spot.unit === '' ? {} : { unit: spot.unit }),
  };
  const found = dataValues.map((one) => {
    if (one !== undefined) return plainDataValue(library, one, place);
    const { namespace } = spot.address;
    return namespaceMissingFault(namespace.by === 'uri' ? namespace.uri : String(namespace.index), 'this server');
  });
  const plains = found.map((one) => ('policy' in one ? undefined : one));
  const fault = found.find((one) => 'policy' in one);
  return {
    ...about,
    rawHex: plains.map((plain) => (plain === undefined ? '' : Buffer.from(encodeDataValue(plain)).toString('hex'))),
    decodings: decodingsOf(spot, place, plains),
    ...(fault !== undefined && 'policy' in fault ? { fault } : {}),
  };
}

/** OPC UA says itself what a value is, so that there is one way to understand it. */
function decodingsOf(spot: Spot, nodeId: string, plains: readonly (PlainDataValue | undefined)[]): Decoding[] {
  const type = plains.find((plain) => plain !== undefined)?.type;
  if (type === undefined) return [];
  const { point } = spot;
  if (point !== undefined) {
    const decode = decoderOf(recipeOf(point));
    const values = plains.map((plain) => {
      const decoded = plain === undefined ? undefined : decode(encodeDataValue(plain));
      return decoded === undefined || 'policy' in decoded ? null : decoded.value;
    });
    return [
      {
        label: `${type.name} as described`,
        settings: JSON.parse(JSON.stringify(point.settings)) as JsonObject,
        values,
      },
    ];
  }
  const values = plains.map((plain) =>
    plain === undefined || !Number.isFinite(Number(plain.value)) ? null : Number(plain.value),
  );
  return [{ label: type.name, settings: { nodeId, type: type.name }, values }];
}

/** With the namespace's URI in place of a number that a restart may change. */
function byUri(address: NodeAddress, namespaces: readonly string[]): NodeAddress {
  const { namespace } = address;
  const uri = namespace.by === 'index' && namespace.index > 0 ? namespaces[namespace.index] : undefined;
  return uri === undefined ? address : { ...address, namespace: { by: 'uri', uri } };
}
