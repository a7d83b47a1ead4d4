import type { Clock } from '../../../core/model/clock.ts';
import { seededRandom } from '../../../core/model/random.ts';
import { Consensus } from './consensus.ts';
import { ConsensusNode } from './consensus-node.ts';
import { NANOS_PER_MS } from './entity-id.ts';
import { type Fault, type FaultRates, FaultScript } from './fault-script.ts';
import type { GrpcServer, ServerCertificate } from './grpc-server.ts';
import { MirrorServer } from './mirror-server.ts';
import { NetworkState, type Token, type Topic, type TransactionRecord } from './network-state.ts';
import { NetworkWeather } from './network-weather.ts';
import { type KeyProto, proto } from './protobufs.ts';

const FIRST_NODE = 3;
const FIRST_ENTITY = 5005;
/** A thousand hbar. */
const BALANCE_TINYBARS = 100_000_000_000n;

export interface HederaNetworkOptions {
  /** Everything that is drawn comes from it. */
  readonly seed: number;
  /** How many consensus nodes; 4 unless said. */
  readonly nodes?: number;
  /** The account that exists from the start. Its key as a raw Ed25519 public key, or as an encoded `Key`. */
  readonly operator: { readonly id: string; readonly publicKey: Uint8Array; readonly balanceTinybars?: bigint };
  /** Probability of each fault, or one for all. None unless said. */
  readonly faults?: FaultRates | number;
  /** From a node's yes to consensus; 50 ms unless said. */
  readonly consensusDelayMs?: number;
  /** How far the mirror is behind the network; 100 ms unless said. */
  readonly mirrorDelayMs?: number;
  /** Length of a block, before whose end the mirror shows nothing of it; 100 ms unless said (on the real network 2 s). */
  readonly blockMs?: number;
  /** How much further behind a stale replica of the mirror is; 2 s unless said. */
  readonly staleMs?: number;
  /** How long a receipt can be had; 180 s unless said, as on the real network. */
  readonly receiptLifetimeMs?: number;
  /** How far the clock of the network is ahead of this computer's; may be negative. */
  readonly clockAheadMs?: number;
  /** How the addresses are written. With `127.0.0.1` the SDK takes its paths for local networks, with `127.1` the others. */
  readonly host?: '127.1' | '127.0.0.1';
  /** Nodes speak TLS with this certificate; plain text unless said. */
  readonly tls?: ServerCertificate;
  /** Ports of the nodes in their order, and of the mirror; the system picks them unless said. */
  readonly ports?: { readonly nodes: readonly number[]; readonly mirror: number };
}

export interface HederaNetwork {
  /** Account by address, as the SDK and plant.yaml take it. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly mirrorUrl: string;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly tokens: ReadonlyMap<string, Token>;
  /** Everything that came to consensus, in its order. */
  readonly transactions: readonly TransactionRecord[];
  readonly state: NetworkState;
  readonly faults: FaultScript;
  readonly mirror: MirrorServer;
  /** Tears down all connections of a node, or of all of them, and turns new ones away. */
  cut(nodeId?: string): void;
  /** Lets nothing through to a node and back, without a word. */
  blackHole(nodeId?: string): void;
  restore(nodeId?: string): void;
  /** Nodes go on taking transactions, and none comes to consensus until `resume`. */
  stall(): void;
  resume(): void;
  /** The node is neither cut nor black-holed. */
  isUp(nodeId: string): boolean;
  /** Ends every fault: all nodes are there, and nothing goes wrong from now on. */
  calm(): void;
  stop(): Promise<void>;
}

/** Makes a thing go wrong the next time, or the next times. */
export function askFor(network: HederaNetwork, fault: Fault, times = 1): void {
  network.faults.next(fault, times);
}

/**
 * Starts consensus nodes (gRPC) and a mirror (REST) on 127.0.0.1 for the real SDK. Written from the network's protobufs and
 * the mirror's OpenAPI, and sharing no code with what it tests.
 */
export async function startHederaNetwork(options: HederaNetworkOptions): Promise<HederaNetwork> {
  const clock = systemClock(options.clockAheadMs ?? 0);
  const faults = new FaultScript(options.seed, options.faults ?? {});
  const random = seededRandom(options.seed);
  const state = new NetworkState(FIRST_ENTITY);
  addAccounts(state, options, BigInt(clock.wallMs()) * NANOS_PER_MS);
  const consensus = new Consensus({
    state,
    faults,
    clock,
    random,
    consensusDelayMs: options.consensusDelayMs ?? 50,
    receiptLifetimeMs: options.receiptLifetimeMs ?? 180_000,
  });
  const mirrorDelayMs = options.mirrorDelayMs ?? 100;
  const mirror = new MirrorServer({
    state,
    faults,
    clock,
    delayMs: mirrorDelayMs,
    blockMs: options.blockMs ?? 100,
    staleMs: options.staleMs ?? 2000,
  });
  const nodes = Array.from({ length: options.nodes ?? 4 }, (_, at) => {
    const id = `0.0.${FIRST_NODE + at}`;
    return new ConsensusNode({
      id,
      state,
      consensus,
      faults,
      tls: options.tls,
      onDeath: (node) => weather.strikeSoon(node),
    });
  });
  const weather = new NetworkWeather({ nodes, mirror, mirrorDelayMs, faults, clock, random });
  const addresses: [string, string][] = [];
  for (const [at, node] of nodes.entries()) {
    const port = await node.server.listen(options.ports?.nodes[at] ?? 0);
    addresses.push([`${options.host ?? '127.1'}:${port}`, node.id]);
  }
  const mirrorPort = await mirror.listen(options.ports?.mirror ?? 0);
  weather.begin();
  const each = (nodeId: string | undefined, act: (server: GrpcServer) => void): void => {
    for (const node of nodes.filter(({ id }) => nodeId === undefined || id === nodeId)) {
      weather.leave(node);
      act(node.server);
    }
  };
  return {
    nodes: Object.fromEntries(addresses),
    mirrorUrl: `http://127.0.0.1:${mirrorPort}`,
    topics: state.topics,
    tokens: state.tokens,
    transactions: state.records,
    state,
    faults,
    mirror,
    cut: (nodeId) => each(nodeId, (server) => server.cut()),
    blackHole: (nodeId) => each(nodeId, (server) => server.blackHole()),
    restore: (nodeId) => each(nodeId, (server) => server.restore()),
    stall: () => consensus.stall(),
    resume: () => consensus.resume(),
    isUp: (nodeId) => nodes.some(({ id, server }) => id === nodeId && server.isOpen),
    calm: () => {
      faults.quieten();
      weather.clear();
    },
    stop: async () => {
      weather.end();
      consensus.stop();
      await Promise.all([mirror.close(), ...nodes.map(({ server }) => server.close())]);
    },
  };
}

function addAccounts(state: NetworkState, options: HederaNetworkOptions, nowNs: bigint): void {
  const { id, publicKey, balanceTinybars } = options.operator;
  state.addAccount(id, readKey(publicKey), balanceTinybars ?? BALANCE_TINYBARS, nowNs);
  for (let at = 0; at < (options.nodes ?? 4); at += 1) state.addAccount(`0.0.${FIRST_NODE + at}`, null, 0n, nowNs);
  for (const collector of ['0.0.98', '0.0.801']) state.addAccount(collector, null, 0n, nowNs);
}

function readKey(publicKey: Uint8Array): KeyProto {
  return publicKey.length === 32 ? { ed25519: publicKey } : proto.Key.decode(publicKey);
}

function systemClock(aheadMs: number): Clock {
  return {
    wallMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now(),
    after: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
