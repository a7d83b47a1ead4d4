import { randomInt } from 'node:crypto';
import { withoutChecksum } from '../../core/config/hedera-id.ts';
import type { HederaConfig } from '../../core/config/plant.ts';
import type { Fault } from '../../core/model/fault.ts';
import { readEntry } from '../../core/store/entries.ts';
import { isOpenFor } from '../../core/sync/sealed-batches.ts';
import type { SyncFault, SyncTarget } from '../../core/sync/target.ts';
import { hederaTarget, type Opened } from '../../core/sync/targets/hedera/hedera-target.ts';
import { MirrorClient, type MirrorFetch } from '../../core/sync/targets/hedera/mirror.ts';
import { MirrorWayError } from '../../core/sync/targets/hedera/mirror-faults.ts';
import type { ConsensusPort } from '../../core/sync/targets/hedera/port.ts';
import { publicMirror } from '../../core/sync/targets/hedera/public-mirrors.ts';
import type { WebClient } from '../../core/sync/web.ts';
import { meteredClient, type WebMeter } from '../web/metered-client.ts';
import { findProxy, type ProxySettings } from '../web/proxy-settings.ts';
import { openWebClient } from '../web/web-client.ts';
import { HederaThread } from './hedera-thread.ts';
import { historyLostAtMs, isHistoryLost } from './history-lost.ts';
import { keptTopic, type TopicUse } from './kept-topic.ts';
import { mainnetHintOf, mainnetTrouble } from './mainnet-confirmation.ts';
import { mirrorFetch } from './mirror-fetch.ts';
import { NodeBooks } from './node-books.ts';
import type { OpenSyncParts } from './open-plant-sync.ts';
import { type OperatorKey, readOperatorKey } from './operator-key.ts';
import { lookForMainnet } from './shown-mainnet.ts';

const TINYBARS_PER_HBAR = 100_000_000;
const FEE_MAX_HBAR = 1;
const FIRST_NODE_BELOW = 100;

export interface OpenHederaParts extends OpenSyncParts {
  /** Counts what goes over a metered link. */
  readonly meter?: WebMeter | undefined;
}

/** What a topic is for, and which it is where plant.yaml names one. */
export interface OwnTopic {
  readonly use: TopicUse;
  readonly topicId?: string | undefined;
}

/** The topic of plant.yaml as a target. Key and proxy are read at each connection, so that mending them needs no restart. */
export function openHedera(
  parts: OpenHederaParts,
  hedera: HederaConfig,
  { use, topicId }: OwnTopic = { use: 'hedera', topicId: hedera.topicId },
): SyncTarget {
  const { config, store, record, clock, random, log } = parts;
  const network = hedera.network ?? 'private';
  const way = new MirrorWay(parts);
  const books = booksOf(parts, hedera, way);
  const target = hederaTarget({
    network,
    mirrorUrl: hedera.mirror ?? publicMirror(network) ?? '',
    ...(hedera.secondMirror === undefined ? {} : { secondMirrorUrl: hedera.secondMirror }),
    fetch: way.fetch,
    operatorId: withoutChecksum(hedera.operatorId),
    ...(topicId === undefined ? {} : { topicId: withoutChecksum(topicId) }),
    plantId: use === 'did' ? `DID ${config.plant.id}` : config.plant.id,
    // `forebay/<plant>/<8 hex of the first key>`: what no other ledger of the plant has.
    ledger: parts.key.name.split('/').at(-1) ?? '',
    feeMaxTinybars: Math.round((hedera.maxFeeHbar ?? FEE_MAX_HBAR) * TINYBARS_PER_HBAR),
    // What does not say that it is a plant's passes for a demonstration.
    isDemo: readEntry(store, 0)?.body.origin !== 'plant',
    isMainnet: () => mainnetHintOf(hedera, store) !== undefined,
    unconfirmed: () => mainnetTrouble(config, store),
    keeper: keptTopic({ store, record, use, log }),
    lostAtMs: () => historyLostAtMs(store),
    isHistoryLost: (batchIndex) => isHistoryLost(store, batchIndex),
    // The topic of a DID holds a handful of messages, and none of a batch.
    isOpen: (batchId) => use === 'did' || isOpenFor(store, use, batchId),
    clock,
    random,
    log,
    open: () => openConsensus(parts, hedera, way, books),
  });
  return { ...target, notice: () => target.notice?.() ?? books?.notice };
}

/** Nodes of one's own are those of plant.yaml: no mirror names others. */
function booksOf(parts: OpenSyncParts, { network, mirror }: HederaConfig, { fetch }: MirrorWay): NodeBooks | undefined {
  if (network === undefined) return undefined;
  const url = mirror ?? publicMirror(network) ?? '';
  return new NodeBooks({ ...parts, network, mirror: new MirrorClient({ url, fetch, clock: parts.clock }) });
}

/** What signs and sends, with the key as it lies there now; the way to the mirror is opened along with it. */
export async function openConsensus(
  parts: OpenSyncParts,
  hedera: HederaConfig,
  way: MirrorWay,
  books = booksOf(parts, hedera, way),
): Promise<Opened> {
  if (hedera.mirror === undefined && hedera.network === undefined) return failed(NO_MIRROR);
  const secret = parts.secrets.read(hedera.operatorKeyFile);
  if (secret.kind === 'fault') return failed(faultOf(secret.fault));
  const keys = readOperatorKey(secret.text);
  if ('code' in keys) return failed(keys);
  const proxy = way.open();
  if ('code' in proxy) return failed(proxy);
  const key = keys.length === 1 ? keys[0] : await keyOfAccount(keys, parts, hedera, way.fetch);
  const { network, nodes = {} } = hedera;
  const port = new HederaThread({
    data: () => ({
      network: network ?? nodes,
      book: books?.nodes,
      transport: network === undefined ? 'plain' : (hedera.transport ?? 'tls'),
      operatorId: withoutChecksum(hedera.operatorId),
      firstNode: randomInt(FIRST_NODE_BELOW),
      ...key,
    }),
    environment: proxyVariables(proxy),
    clock: parts.clock,
    log: parts.log,
  });
  if (books !== undefined) return { kind: 'open', port: renewing(port, books, network), publicKey: key.publicKey };
  const trouble = await ownNetworkTrouble(parts, hedera, { way, port });
  if (trouble === undefined) return { kind: 'open', port, publicKey: key.publicKey };
  await port.close();
  return failed(trouble);
}

/** Why nothing may be signed for nodes of one's own: they turn out to be the mainnet's, or that cannot be told. */
async function ownNetworkTrouble(
  { config, store, clock }: OpenSyncParts,
  hedera: HederaConfig,
  { way, port }: { readonly way: MirrorWay; readonly port: HederaThread },
): Promise<SyncFault | undefined> {
  if (mainnetHintOf(hedera, store) !== undefined) return undefined;
  const mirror = new MirrorClient({ url: hedera.mirror ?? '', fetch: way.fetch, clock });
  return (await lookForMainnet(mirror, store, () => port.bundledBook('mainnet'))) ?? mainnetTrouble(config, store);
}

/** Has the address book looked after with what is sent, which waits for none of that. */
function renewing(port: HederaThread, books: NodeBooks, network: HederaConfig['network']): ConsensusPort {
  const bundled = async () => (network === undefined ? [] : port.bundledBook(network));
  return {
    prepare: (request, signal) => port.prepare(request, signal),
    ask: (id, signal) => port.ask(id, signal),
    close: () => port.close(),
    send: async (bytes, signal) => {
      const sent = await port.send(bytes, signal);
      const why = sent.kind === 'unanswered' ? 'nodes-silent' : 'in-turn';
      void books.look(why, bundled).then((isChanged) => {
        if (isChanged) port.renew();
      });
      return sent;
    },
  };
}

/** 32 bytes may be a key of either kind: the one whose public half the account has, else Ed25519. */
async function keyOfAccount(
  keys: readonly [OperatorKey, ...OperatorKey[]],
  { clock }: OpenSyncParts,
  { mirror, network, operatorId }: HederaConfig,
  fetch: MirrorFetch,
): Promise<OperatorKey> {
  const url = mirror ?? publicMirror(network ?? 'private') ?? '';
  const account = await new MirrorClient({ url, fetch, clock }).account(withoutChecksum(operatorId));
  const held = account.kind === 'found' ? account.value.key?.hex : undefined;
  return keys.find(({ publicKey }) => publicKey.hex === held) ?? keys[0];
}

/** The names that the SDK's gRPC library reads. */
function proxyVariables({ environment }: ProxySettings): Record<string, string> {
  const { HTTPS_PROXY: proxy, NO_PROXY: except } = environment;
  return {
    ...(proxy === undefined ? {} : { grpc_proxy: proxy }),
    ...(except === undefined ? {} : { no_grpc_proxy: except }),
  };
}

/** The appliance's web client, opened anew with each connection of the target. */
export class MirrorWay {
  readonly #parts: OpenHederaParts;
  #client: WebClient | undefined;

  constructor(parts: OpenHederaParts) {
    this.#parts = parts;
  }

  open(): ProxySettings | SyncFault {
    const { config, environment, secrets, meter } = this.#parts;
    const found = findProxy(config.sync?.proxy, environment, secrets);
    if (found.kind === 'failed') return found.fault;
    const opened = openWebClient({ proxy: found.proxy });
    if (opened.kind === 'failed') return opened.fault;
    this.#client?.close();
    this.#client = meter === undefined ? opened.client : meteredClient(opened.client, meter);
    return found.proxy;
  }

  readonly fetch: MirrorFetch = (url, init) => {
    if (this.#client === undefined) return Promise.reject(new MirrorWayError(NO_MIRROR));
    return mirrorFetch(this.#client)(url, init);
  };
}

const NO_MIRROR: SyncFault = {
  code: 'SYN_HEDERA_MIRROR_UNNAMED',
  message: "plant.yaml names nodes of one's own and no mirror that shows what they hold.",
  hint: 'add mirror: http://host:port under sync.hedera',
};

function failed(fault: SyncFault): Opened {
  return { kind: 'failed', fault };
}

function faultOf({ code, message, hint }: Fault): SyncFault {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
