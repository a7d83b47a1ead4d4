import { NANOS_PER_MS, timestampText } from './entity-id.ts';
import { CENTS_PER_HBAR } from './fees.ts';
import { BadRequest, page, readQuery } from './mirror-query.ts';
import {
  accountRow,
  balanceRow,
  blockRow,
  messageRow,
  nftRow,
  nodeRow,
  type Row,
  relationRow,
  strangerRow,
  tokenRow,
  topicRow,
  transactionRow,
} from './mirror-rows.ts';
import type { NetworkState, TransactionRecord } from './network-state.ts';

/** What a mirror that has imported everything up to `seenNs`, and nothing later, answers. */
export interface MirrorView {
  readonly state: NetworkState;
  readonly seenNs: bigint;
  readonly blockMs: number;
}

/** What is not there, in the mirror's words. */
export class NotFound extends Error {}

type Answer = (view: MirrorView, url: URL, ...parts: string[]) => Row;

const ROUTES: readonly (readonly [RegExp, Answer])[] = [
  [/^\/api\/v1\/topics\/([\d.]+)$/, topic],
  [/^\/api\/v1\/topics\/([\d.]+)\/messages$/, messages],
  [/^\/api\/v1\/topics\/([\d.]+)\/messages\/(\d+)$/, message],
  [/^\/api\/v1\/topics\/messages\/(\d+\.\d{1,9})$/, messageAt],
  [/^\/api\/v1\/transactions$/, transactions],
  [/^\/api\/v1\/transactions\/([^/]+)$/, transaction],
  [/^\/api\/v1\/blocks$/, blocks],
  [/^\/api\/v1\/accounts\/([\d.]+)$/, account],
  [/^\/api\/v1\/accounts\/([\d.]+)\/tokens$/, relations],
  [/^\/api\/v1\/balances$/, balances],
  [/^\/api\/v1\/tokens\/([\d.]+)$/, token],
  [/^\/api\/v1\/tokens\/([\d.]+)\/nfts$/, nfts],
  [/^\/api\/v1\/tokens\/([\d.]+)\/nfts\/(\d+)$/, nft],
  [/^\/api\/v1\/network\/nodes$/, networkNodes],
  [/^\/api\/v1\/network\/fees$/, fees],
  [/^\/api\/v1\/network\/exchangerate$/, exchangeRate],
];

/** The answer to a path of the REST API. Throws NotFound or BadRequest. */
export function answerMirror(view: MirrorView, url: URL): Row {
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(url.pathname);
    if (match !== null) return answer(view, url, ...match.slice(1));
  }
  throw new NotFound('Not found');
}

function fullId(id: string): string {
  return id.includes('.') ? id : `0.0.${id}`;
}

function topic(view: MirrorView, _url: URL, id = ''): Row {
  const found = view.state.topics.get(fullId(id));
  if (found === undefined || found.createdNs > view.seenNs) throw new NotFound(`No such topic id - ${id}`);
  return topicRow(found);
}

function messages(view: MirrorView, url: URL, id = ''): Row {
  const found = view.state.topics.get(fullId(id));
  const query = readQuery(url.searchParams, ['sequencenumber', 'timestamp'], 'asc');
  if (found === undefined) return { messages: [], links: { next: null } };
  const seen = found.messages.filter(
    ({ consensusNs, sequenceNumber }) =>
      consensusNs <= view.seenNs &&
      query.allows('timestamp', consensusNs) &&
      query.allows('sequencenumber', BigInt(sequenceNumber)),
  );
  const { rows, links } = page(url.pathname, query, seen, (each) => messageRow(found, each), {
    name: 'timestamp',
    valueOf: ({ consensusNs }) => timestampText(consensusNs),
  });
  return { messages: rows, links };
}

function message(view: MirrorView, _url: URL, id = '', sequenceNumber = ''): Row {
  const found = view.state.topics.get(fullId(id));
  const one = found?.messages[Number(sequenceNumber) - 1];
  if (found === undefined || one === undefined || one.consensusNs > view.seenNs) throw new NotFound('Not found');
  return messageRow(found, one);
}

function messageAt(view: MirrorView, _url: URL, time = ''): Row {
  for (const found of view.state.topics.values()) {
    const one = found.messages.find(({ consensusNs }) => timestampText(consensusNs) === time);
    if (one !== undefined && one.consensusNs <= view.seenNs) return messageRow(found, one);
  }
  throw new NotFound('Not found');
}

function transaction(view: MirrorView, _url: URL, id = ''): Row {
  if (!/^\d+\.\d+\.\d+-\d{1,19}-\d{1,9}$/.test(id)) {
    throw new BadRequest(
      'Invalid Transaction id. Please use "shard.realm.num-sss-nnn" format where sss are seconds and nnn are nanoseconds',
    );
  }
  const [payer = '', seconds = '', nanos = ''] = id.split('-');
  const found = view.state
    .recordsOf(`${payer}-${seconds}-${nanos.padStart(9, '0')}`)
    .filter(({ consensusNs }) => consensusNs <= view.seenNs);
  if (found.length === 0) throw new NotFound('Transaction not found');
  return { transactions: found.map((record) => ({ ...transactionRow(record), assessed_custom_fees: [] })) };
}

function transactions(view: MirrorView, url: URL): Row {
  const query = readQuery(url.searchParams, ['timestamp'], 'desc');
  const payer = url.searchParams.get('account.id');
  const result = url.searchParams.get('result');
  const kind = url.searchParams.get('transactiontype');
  const isAsked = (record: TransactionRecord): boolean =>
    record.consensusNs <= view.seenNs &&
    query.allows('timestamp', record.consensusNs) &&
    (payer === null || record.transfers.some((transfer) => transfer.account === fullId(payer))) &&
    (kind === null || record.name === kind.toUpperCase()) &&
    (result === null || (result === 'success') === (record.effect.status === 'SUCCESS'));
  const found = view.state.records.filter(isAsked);
  const { rows, links } = page(url.pathname, query, found, transactionRow, {
    name: 'timestamp',
    valueOf: ({ consensusNs }) => timestampText(consensusNs),
  });
  const isNewest = payer === null && kind === null && query.order === 'desc' && query.allows('timestamp', view.seenNs);
  const strangers = isNewest && !url.searchParams.has('timestamp') ? [strangerRow(view.seenNs)] : [];
  return { transactions: [...strangers, ...rows].slice(0, query.limit), links };
}

function blocks(view: MirrorView, url: URL): Row {
  const query = readQuery(url.searchParams, ['block.number', 'timestamp'], 'desc');
  const newest = (view.seenNs + 1n) / (BigInt(view.blockMs) * NANOS_PER_MS) - 1n;
  const numbers = Array.from({ length: query.limit }, (_, at) => newest - BigInt(at)).filter((number) =>
    query.allows('block.number', number),
  );
  if (query.order === 'asc') numbers.reverse();
  const last = numbers.at(-1);
  const next = last === undefined ? null : `${url.pathname}?limit=${query.limit}&order=desc&block.number=lt:${last}`;
  return { blocks: numbers.map((number) => blockRow(view.state, number, view.blockMs)), links: { next } };
}

function account(view: MirrorView, url: URL, id = ''): Row {
  const found = view.state.accounts.get(fullId(id));
  if (found === undefined) throw new NotFound('Not found');
  if (url.searchParams.get('transactions') === 'false') {
    return { ...accountRow(view.state, found, view.seenNs), transactions: [], links: { next: null } };
  }
  const own = view.state.records.filter(({ payer, consensusNs }) => payer === found.id && consensusNs <= view.seenNs);
  return {
    ...accountRow(view.state, found, view.seenNs),
    transactions: own.slice(-25).toReversed().map(transactionRow),
    links: { next: null },
  };
}

function balances(view: MirrorView, url: URL): Row {
  const query = readQuery(url.searchParams, [], 'desc');
  const id = url.searchParams.get('account.id');
  const found = [...view.state.accounts.values()].filter((each) => id === null || each.id === fullId(id));
  return {
    timestamp: timestampText(view.seenNs),
    balances: found.slice(0, query.limit).map((each) => balanceRow(view.state, each, view.seenNs)),
    links: { next: null },
  };
}

function token(view: MirrorView, _url: URL, id = ''): Row {
  const found = view.state.tokens.get(fullId(id));
  if (found === undefined || found.createdNs > view.seenNs) throw new NotFound('Not found');
  return tokenRow(found, view.seenNs);
}

/** The tokens that an account is associated with. */
function relations(view: MirrorView, url: URL, id = ''): Row {
  const found = view.state.accounts.get(fullId(id));
  if (found === undefined) throw new NotFound('Not found');
  const asked = url.searchParams.get('token.id');
  const rows = [...found.tokens].flatMap(([tokenId, balance]) => {
    const known = view.state.tokens.get(tokenId);
    if (known === undefined || known.createdNs > view.seenNs) return [];
    return asked === null || fullId(asked) === tokenId ? [relationRow(known, found.id, balance)] : [];
  });
  return { tokens: rows, links: { next: null } };
}

function nfts(view: MirrorView, url: URL, id = ''): Row {
  const found = view.state.tokens.get(fullId(id));
  const query = readQuery(url.searchParams, ['serialnumber'], 'desc');
  const seen = (found?.nfts ?? []).filter(
    ({ createdNs, serialNumber }) => createdNs <= view.seenNs && query.allows('serialnumber', BigInt(serialNumber)),
  );
  if (found === undefined) return { nfts: [], links: { next: null } };
  const { rows, links } = page(url.pathname, query, seen, (each) => nftRow(found, each), {
    name: 'serialnumber',
    valueOf: ({ serialNumber }) => String(serialNumber),
  });
  return { nfts: rows, links };
}

function nft(view: MirrorView, _url: URL, id = '', serialNumber = ''): Row {
  const found = view.state.tokens.get(fullId(id));
  const one = found?.nfts[Number(serialNumber) - 1];
  if (found === undefined || one === undefined || one.createdNs > view.seenNs) throw new NotFound('Not found');
  return nftRow(found, one);
}

function networkNodes({ state }: MirrorView): Row {
  return { nodes: state.addressBook.map(nodeRow), links: { next: null } };
}

function fees(view: MirrorView): Row {
  return {
    fees: [
      { gas: 853_000, transaction_type: 'ContractCall' },
      { gas: 990_000, transaction_type: 'ContractCreate' },
      { gas: 782_000, transaction_type: 'EthereumTransaction' },
    ],
    timestamp: timestampText(view.seenNs),
  };
}

function exchangeRate(view: MirrorView): Row {
  const rate = { cent_equivalent: CENTS_PER_HBAR * 30_000, hbar_equivalent: 30_000 };
  return {
    current_rate: { ...rate, expiration_time: 4_102_444_800 },
    next_rate: { ...rate, expiration_time: 4_102_448_400 },
    timestamp: timestampText(view.seenNs),
  };
}
