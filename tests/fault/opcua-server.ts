import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataType, DataValueOptions, Namespace, OPCUAServer, UAVariable } from 'node-opcua';
import { present } from '../../core/model/assert.ts';
import { type KeyedCertificate, makeCertificate, makeKey } from '../../drivers/opcua/make-certificate.ts';

const library = await import('node-opcua');
const quiet = (): void => {};
library.setWarningLogger(quiet);
library.setErrorLogger(quiet);

/** What one node answers: anything that OPC UA can carry, right or wrong. */
export interface NodeAnswer {
  readonly type: keyof typeof DataType;
  readonly value: unknown;
  readonly isList?: boolean;
  /** Name of a status code; Good when left out. */
  readonly status?: string;
  readonly sourceAt?: Date | null;
  /** Told in a property of the node, as analog items do. */
  readonly unit?: string;
}

export interface OpcUaServerOptions {
  readonly port?: number;
  readonly certificate?: KeyedCertificate;
  readonly applicationUri?: string;
  /** Namespaces from index 2 on, in order; the last one holds the nodes. */
  readonly namespaces?: readonly string[];
  readonly nodes: Readonly<Record<string, NodeAnswer>>;
  readonly users?: Readonly<Record<string, string>>;
  readonly maxSessions?: number;
  readonly modes?: readonly ('None' | 'Sign' | 'SignAndEncrypt')[];
  readonly nodesPerRead?: number;
}

export const PLANT_NAMESPACE = 'urn:test:plant';
/** What a node answers that nobody asked for. */
export const DECOY = -77_777;
export const SERVER_URI = 'urn:test:server';
const DAY_MS = 86_400_000;

const oneKey = makeKey();

/** A server's certificate; the key is made once for each run of the tests. */
export async function serverCertificate(
  change: Partial<Parameters<typeof makeCertificate>[0]> = {},
): Promise<KeyedCertificate> {
  const subject = {
    commonName: 'Test server',
    organization: 'Plant',
    applicationUri: SERVER_URI,
    hosts: ['127.0.0.1'],
    validFromMs: Date.now() - DAY_MS,
    validToMs: Date.now() + 500 * DAY_MS,
  };
  return makeCertificate({ ...subject, ...change }, await oneKey);
}

/** node-opcua's own server, made to misbehave on request. Listens on 127.0.0.1. */
export class FaultyOpcUaServer {
  readonly #server: OPCUAServer;
  readonly #answers: Map<string, NodeAnswer>;
  readonly #variables = new Map<string, UAVariable>();
  readonly #requests = new Map<string, number>();
  #port = 0;
  readonly #folder: string;
  #isStopped = false;
  /** The most sessions there ever were at a request. */
  sessionsMax = 0;
  answerAfterMs = 0;
  clockOffsetMs = 0;

  private constructor(server: OPCUAServer, folder: string, answers: Map<string, NodeAnswer>) {
    this.#server = server;
    this.#folder = folder;
    this.#answers = answers;
  }

  static async start(options: OpcUaServerOptions): Promise<FaultyOpcUaServer> {
    const { certificate, privateKey } = options.certificate ?? (await serverCertificate());
    const folder = mkdtempSync(join(tmpdir(), 'forebay-opcua-'));
    const certificateFile = join(folder, 'server.pem');
    const privateKeyFile = join(folder, 'server.key');
    writeFileSync(certificateFile, new X509Certificate(certificate).toString());
    writeFileSync(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { MessageSecurityMode, SecurityPolicy } = library;
    const { users } = options;
    const server = new library.OPCUAServer({
      port: options.port ?? 0,
      host: '127.0.0.1',
      certificateFile,
      privateKeyFile,
      serverInfo: { applicationUri: options.applicationUri ?? SERVER_URI, productUri: 'urn:test:product' },
      serverCertificateManager: new library.InMemoryCertificateStore() as never,
      userCertificateManager: new library.InMemoryCertificateStore() as never,
      securityModes: (options.modes ?? ['None', 'Sign', 'SignAndEncrypt']).map((mode) => MessageSecurityMode[mode]),
      securityPolicies: [
        SecurityPolicy.None,
        SecurityPolicy.Basic256Sha256,
        SecurityPolicy.Aes128_Sha256_RsaOaep,
        SecurityPolicy.Aes256_Sha256_RsaPss,
      ],
      allowAnonymous: users === undefined,
      userManager: { isValidUser: (name: string, password: string) => users?.[name] === password },
      serverCapabilities: {
        maxSessions: options.maxSessions ?? 10,
        operationLimits: { maxNodesPerRead: options.nodesPerRead ?? 0 },
      },
      maxConnectionsPerEndpoint: 40,
    });
    await server.initialize();
    const faulty = new FaultyOpcUaServer(server, folder, new Map(Object.entries(options.nodes)));
    faulty.#buildNodes(options.namespaces ?? [PLANT_NAMESPACE]);
    faulty.#spyOnRequests();
    await server.start();
    faulty.#port = present(server.endpoints[0], 'an endpoint').port;
    server.engine.on('session_closed', quiet);
    return faulty;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  get sessions(): number {
    return this.#server.currentSessionCount;
  }

  /** How often each service was asked for. */
  get requests(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#requests);
  }

  set(name: string, answer: NodeAnswer): void {
    this.#answers.set(name, answer);
  }

  removeNode(name: string): void {
    const variable = present(this.#variables.get(name), `the node ${name}`);
    this.#variables.delete(name);
    present(this.#server.engine.addressSpace, 'the address space').deleteNode(variable);
  }

  /** Ends every session as a server does that has run out of patience or memory. */
  dropSessions(): void {
    const { engine } = this.#server;
    for (const session of Object.values(
      (engine as unknown as { _sessions: Record<string, { authenticationToken: never }> })._sessions,
    )) {
      engine.closeSession(session.authenticationToken, true, 'Terminated');
    }
  }

  /** Subscriptions say nothing any more. `muted` ones still send keep-alives, `dead` ones not even those. */
  silenceSubscriptions(how: 'muted' | 'dead'): number {
    const { engine } = this.#server;
    const sessions = Object.values(
      (engine as unknown as { _sessions: Record<string, { publishEngine: { subscriptions: SilencedSubscription[] } }> })
        ._sessions,
    );
    const subscriptions = sessions.flatMap(({ publishEngine }) => publishEngine.subscriptions);
    for (const subscription of subscriptions) {
      if (how === 'muted') subscription.setPublishingMode(false);
      else subscription._stop_timer();
    }
    return subscriptions.length;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#server.shutdown(0);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #buildNodes(namespaces: readonly string[]): void {
    const space = present(this.#server.engine.addressSpace, 'the address space');
    const registered = namespaces.map((uri) => space.registerNamespace(uri));
    const own = registered.at(-1);
    for (const other of registered.slice(0, -1)) this.#buildDecoys(other);
    const folder = present(own, 'a namespace').addFolder(space.rootFolder.objects, {
      browseName: 'Plant',
      nodeId: 's=Plant',
    });
    for (const name of this.#answers.keys()) {
      const variable = present(own, 'a namespace').addVariable({
        nodeId: `s=${name}`,
        browseName: name,
        dataType: 'BaseDataType',
        valueRank: -2,
        // Sampled by a timer, as a value that comes from a PLC is.
        minimumSamplingInterval: 20,
        organizedBy: folder,
      });
      answerWith(variable, () => this.#dataValueOf(name));
      this.#variables.set(name, variable);
      const unit = this.#answers.get(name)?.unit;
      if (unit === undefined) continue;
      present(own, 'a namespace').addVariable({
        propertyOf: variable,
        browseName: { name: 'EngineeringUnits', namespaceIndex: 0 },
        dataType: 'EUInformation',
        value: { dataType: library.DataType.ExtensionObject, value: library.makeEUInformation('', unit, unit) },
      });
    }
    answerWith(space.findNode('i=2258') as UAVariable, () => {
      const now = new Date(Date.now() + this.clockOffsetMs);
      return { value: { dataType: library.DataType.DateTime, value: now }, sourceTimestamp: now };
    });
  }

  /** Nodes of the same names in the other namespaces: whoever reads by a stale index gets `DECOY`. */
  #buildDecoys(namespace: Namespace): void {
    const space = present(this.#server.engine.addressSpace, 'the address space');
    for (const name of this.#answers.keys()) {
      const decoy = namespace.addVariable({
        nodeId: `s=${name}`,
        browseName: name,
        dataType: 'BaseDataType',
        valueRank: -2,
        organizedBy: space.rootFolder.objects,
      });
      answerWith(decoy, () => ({ value: { dataType: library.DataType.Double, value: DECOY } }));
    }
  }

  #dataValueOf(name: string): DataValueOptions {
    const {
      type,
      value,
      isList,
      status = 'Good',
      sourceAt,
    } = present(this.#answers.get(name), `the answer of ${name}`);
    const arrayType = isList ? library.VariantArrayType.Array : library.VariantArrayType.Scalar;
    return {
      ...(type === 'Null' ? {} : { value: { dataType: library.DataType[type], arrayType, value } }),
      statusCode: present(library.StatusCodes[status as 'Good'], `the status ${status}`),
      ...(sourceAt === null ? {} : { sourceTimestamp: sourceAt ?? new Date(Date.now() + this.clockOffsetMs) }),
    };
  }

  #spyOnRequests(): void {
    this.#server.on('request', (request: { schema: { name: string } }) => {
      const service = request.schema.name.replace(/Request$/, '');
      this.#requests.set(service, (this.#requests.get(service) ?? 0) + 1);
      this.sessionsMax = Math.max(this.sessionsMax, this.sessions);
    });
    const server = this.#server as unknown as { _on_ReadRequest(message: unknown, channel: unknown): void };
    const answer = server._on_ReadRequest.bind(this.#server);
    server._on_ReadRequest = (message, channel) => {
      if (this.answerAfterMs === 0) answer(message, channel);
      else setTimeout(() => answer(message, channel), this.answerAfterMs).unref();
    };
  }
}

/** Whatever asks the variable for its value, a request or the sampling of a subscription, is answered with this. */
function answerWith(variable: UAVariable, answer: () => DataValueOptions): void {
  const dataValue = () => new library.DataValue({ serverTimestamp: new Date(), ...answer() });
  const readAttribute = variable.readAttribute.bind(variable);
  Object.assign(variable, {
    readValue: dataValue,
    readValueAsync: async (
      _context: unknown,
      callback?: (error: null, value: ReturnType<typeof dataValue>) => void,
    ) => {
      callback?.(null, dataValue());
      return dataValue();
    },
    readAttribute: (...parts: Parameters<typeof readAttribute>) =>
      parts[1] === library.AttributeIds.Value ? dataValue() : readAttribute(...parts),
  });
}

interface SilencedSubscription {
  setPublishingMode(enabled: boolean): void;
  _stop_timer(): void;
}
