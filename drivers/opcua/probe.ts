import type { DataValue, EndpointDescription, NodeId } from 'node-opcua';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { ProbedPlace, ProbeOutcome, ProbeRequest } from '../../core/acquisition/probe.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { findVariables } from './browse.ts';
import { type OpcUaConnectionSettings, opcuaConnectionSchema, SECURITY_POLICIES } from './connection-schema.ts';
import { ExchangeFailure } from './deadline.ts';
import { identityOf, sayCertificate, unitsOf } from './describe-server.ts';
import { loadLibrary } from './library.ts';
import { abortedFault, linkFault } from './link-fault.ts';
import {
  clientOptions,
  closeQuietly,
  deadlineOf,
  discover,
  learn,
  type OpenedSession,
  offeredWays,
  step,
} from './open-session.ts';
import { ownCertificate } from './own-certificate.ts';
import { libraryNodeId } from './point-plan.ts';
import { placesOf, type Spot, spotOfPoint, spotsAt } from './probed-place.ts';
import { ReadingClient, type SentCounts } from './reading-client.ts';
import { firstCertificate } from './server-certificate.ts';

const DEPTH_MAX = 8;
const NODES_MAX = 2000;
const LOOK_MS_MAX = 20_000;
const PLACES_MAX = 200;
const READS_MAX = 20;
const NODES_PER_READ = 100;

type Way = Pick<OpcUaConnectionSettings, 'securityMode' | 'securityPolicy'>;

interface Looking {
  readonly settings: OpcUaConnectionSettings;
  readonly host: DriverHost;
  readonly signal: AbortSignal;
  readonly sent: SentCounts;
  readonly notes: string[];
}

/** Looks at a server for `forebay probe opc.tcp://host:port`. Reads and browses only, and trusts nothing for later. */
export async function probe(request: ProbeRequest, host: DriverHost, signal: AbortSignal): Promise<ProbeOutcome> {
  const settings = opcuaConnectionSchema.safeParse({ endpoint: request.url.href });
  const spots = spotsAt(request.places);
  if (!settings.success || spots === undefined) return { kind: 'fault', fault: badProbe(request) };
  const looking: Looking = { settings: settings.data, host, signal, sent: new Map(), notes: [] };
  try {
    return { kind: 'answered', report: await look(looking, request, spots) };
  } catch (error) {
    if (signal.aborted) return { kind: 'fault', fault: abortedFault(settings.data) };
    return { kind: 'fault', fault: error instanceof ExchangeFailure ? error.fault : linkFault(error, settings.data) };
  }
}

async function look(looking: Looking, request: ProbeRequest, spots: readonly Spot[]) {
  const { settings, host, notes, sent } = looking;
  const library = await loadLibrary(host.log);
  const own = await ownCertificate(host.stateFolder(), host.clock.wallMs());
  const offered = await discover(library, own, looking);
  notes.push(`Ways in: ${offeredWays(library, offered).join(', ')}.`);
  const shown =
    offered.find(({ serverCertificate }) => firstCertificate(serverCertificate) !== undefined) ?? offered[0];
  notes.push(...sayCertificate(shown, settings.endpoint, host.clock.wallMs()));
  const ways = waysOf(library, offered);
  const opened = await openAny(looking, ways, offered);
  const identity =
    shown === undefined ? [] : await identityOf(shown, opened, (work) => step(work, deadlineOf(looking), settings));
  const wanted = [...spots, ...request.points.map(spotOfPoint)];
  const places =
    opened === undefined
      ? []
      : await readPlaces(looking, opened, wanted.length > 0 ? wanted : await browse(looking, opened), request);
  if (opened !== undefined) await closeQuietly(opened.client, host);
  const [best] = ways;
  const connection: JsonObject = { endpoint: settings.endpoint, ...(best === undefined ? {} : wayText(best)) };
  const requests = [...sent.values()].reduce((sum, count) => sum + count, 0);
  const counts = { requests, timeouts: 0, strangers: 0, writes: 0 } as const;
  return { driver: 'opcua', connection, identity, places, notes, counts, sent: Object.fromEntries(sent) };
}

/** What Forebay can use of what is offered, the best first. */
function waysOf(library: Awaited<ReturnType<typeof loadLibrary>>, offered: readonly EndpointDescription[]): Way[] {
  const ways: Way[] = [];
  for (const securityMode of ['SignAndEncrypt', 'Sign'] as const) {
    for (const securityPolicy of SECURITY_POLICIES) {
      const uri = library.SecurityPolicy[securityPolicy];
      const mode = library.MessageSecurityMode[securityMode];
      const isOffered = offered.some((one) => one.securityMode === mode && one.securityPolicyUri === uri);
      if (isOffered) ways.push({ securityMode, securityPolicy });
    }
  }
  const isPlain = offered.some(({ securityMode }) => securityMode === library.MessageSecurityMode.None);
  if (isPlain) ways.push({ securityMode: 'None', securityPolicy: 'Basic256Sha256' });
  return ways;
}

function wayText({ securityMode, securityPolicy }: Way): JsonObject {
  return securityMode === 'None' ? { securityMode } : { securityMode, securityPolicy };
}

/** A session over the best way that lets us in: the safest one, and the plain one where that refuses strangers. */
async function openAny(
  looking: Looking,
  ways: readonly Way[],
  offered: readonly EndpointDescription[],
): Promise<OpenedSession | undefined> {
  const { host, notes } = looking;
  const library = await loadLibrary(host.log);
  const own = await ownCertificate(host.stateFolder(), host.clock.wallMs());
  const tried = ways.filter((way, index) => index === 0 || way.securityMode === 'None');
  for (const way of tried) {
    const settings = { ...looking.settings, ...way };
    const certificate = offered
      .map(({ serverCertificate }) => firstCertificate(serverCertificate))
      .find((one) => one !== undefined);
    const isPlain = way.securityMode === 'None' || certificate === undefined;
    const client = new ReadingClient(library, {
      ...clientOptions(settings, own, looking.sent),
      ...(isPlain ? {} : { serverCertificate: certificate }),
    });
    try {
      await step(client.connect(), deadlineOf({ ...looking, settings }), settings);
      await step(client.openSession(undefined), deadlineOf({ ...looking, settings }), settings);
      const opened = await learn(library, client, { ...looking, settings });
      const plain =
        way.securityMode === 'None' ? 'without security' : `with ${way.securityMode} and ${way.securityPolicy}`;
      notes.push(`Looked at ${plain}, as nobody in particular.`);
      return opened;
    } catch (error) {
      await closeQuietly(client, host);
      if (!(error instanceof ExchangeFailure) || looking.signal.aborted) throw error;
      notes.push(`${error.fault.message} ${error.fault.hint ?? ''}.`.replace(' .', ''));
    }
  }
  notes.push(
    'No values could be read: the server lets no stranger in. Write its user into a plant.yaml and start with that.',
  );
  return undefined;
}

async function browse(looking: Looking, opened: OpenedSession): Promise<Spot[]> {
  const { settings, host, notes } = looking;
  const { clock } = host;
  const limits = {
    depth: DEPTH_MAX,
    nodes: NODES_MAX,
    untilMs: clock.monotonicMs() + LOOK_MS_MAX,
    nowMs: () => clock.monotonicMs(),
  };
  const deadline = { ...deadlineOf(looking), timeoutMs: LOOK_MS_MAX + settings.timeout };
  const { variables, cut } = await step(findVariables(opened, limits), deadline, settings);
  if (cut !== undefined) notes.push(`There may be more variables: ${cut}.`);
  const values = await readAll(
    looking,
    opened,
    variables.map(({ nodeId }) => nodeId),
  );
  const numeric = variables.flatMap((variable, index): Spot[] => {
    const value = values[index];
    return value === undefined ? [] : spotsOfValue(opened, variable.nodeId, variable.path.join(' / '), value);
  });
  if (numeric.length > PLACES_MAX)
    notes.push(`${numeric.length} numbers were found; the first ${PLACES_MAX} are shown.`);
  if (numeric.length === 0) notes.push('No numbers were found below the folder of objects.');
  const shown = numeric.slice(0, PLACES_MAX);
  const withUnits = variables.filter(({ units }) => units !== undefined);
  const units = await unitsOf(withUnits, (nodes) => readAll(looking, opened, nodes));
  return shown.map((spot) => {
    const unit = units.get(spot.nodeId?.toString() ?? '');
    return unit === undefined ? spot : { ...spot, unit };
  });
}

/** A number that was found, as a place to look at; nothing for what is no single number. */
function spotsOfValue({ library, namespaces }: OpenedSession, nodeId: NodeId, name: string, value: DataValue): Spot[] {
  const isNumber =
    value.value !== undefined && value.value !== null && value.value.dataType >= 1 && value.value.dataType <= 11;
  const uri = namespaces[nodeId.namespace];
  if (!isNumber || value.value.arrayType !== library.VariantArrayType.Scalar || uri === undefined) return [];
  const { NodeIdType } = library;
  const namespace = { by: 'uri', uri } as const;
  const { value: id } = nodeId;
  if (nodeId.identifierType === NodeIdType.NUMERIC) {
    return [{ address: { namespace, identifier: { type: 'i', number: Number(id) } }, nodeId, name }];
  }
  const type =
    nodeId.identifierType === NodeIdType.STRING ? 's' : nodeId.identifierType === NodeIdType.GUID ? 'g' : 'b';
  const text = Buffer.isBuffer(id) ? id.toString('base64') : String(id);
  return [{ address: { namespace, identifier: { type, text } }, nodeId, name }];
}

async function readPlaces(
  looking: Looking,
  opened: OpenedSession,
  spots: readonly Spot[],
  { reads, everyMs }: ProbeRequest,
): Promise<ProbedPlace[]> {
  const { host, signal } = looking;
  const rounds: (readonly (DataValue | undefined)[])[] = [];
  const nodes = spots.map((spot) => spot.nodeId ?? nodeFor(opened, spot));
  const count = Math.min(Math.max(1, reads), READS_MAX);
  for (let round = 0; round < count && !signal.aborted; round += 1) {
    if (round > 0) await sleep(host.clock, everyMs, signal);
    rounds.push(await readAll(looking, opened, nodes));
  }
  return placesOf(opened, spots, rounds);
}

function nodeFor({ library, namespaces }: OpenedSession, { address }: Spot): NodeId | undefined {
  const { namespace } = address;
  const index = namespace.by === 'index' ? namespace.index : namespaces.indexOf(namespace.uri);
  return index === -1 ? undefined : libraryNodeId(library, address, index);
}

async function readAll(
  looking: Looking,
  { client, nodesPerRead }: OpenedSession,
  nodes: readonly (NodeId | undefined)[],
): Promise<(DataValue | undefined)[]> {
  const values: (DataValue | undefined)[] = nodes.map(() => undefined);
  const known = nodes.flatMap((nodeId, index) => (nodeId === undefined ? [] : [{ nodeId, index }]));
  const share = Math.min(NODES_PER_READ, nodesPerRead);
  for (let from = 0; from < known.length; from += share) {
    const some = known.slice(from, from + share);
    const read = client.read(some.map(({ nodeId }) => nodeId));
    for (const [at, value] of (await step(read, deadlineOf(looking), looking.settings)).entries()) {
      const { index = 0 } = some[at] ?? {};
      values[index] = value;
    }
  }
  return values;
}

function badProbe({ url, places }: ProbeRequest): Fault {
  const what = places.length === 0 ? url.href : `${url.href} ${places.join(' ')}`;
  return {
    code: 'DRV_OPCUA_PROBE',
    message: `The address or node id cannot be understood: ${what}.`,
    policy: 'misconfigured',
    hint: 'Such as: forebay probe opc.tcp://192.168.1.20:4840 --point "nsu=urn:plant;s=Unit1.Flow"',
  };
}
