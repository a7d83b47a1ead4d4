import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { until } from '../until.ts';
import { FAULTS, type Fault, FaultScript } from './fault-script.ts';
import { type HederaNetwork, startHederaNetwork } from './hedera-network.ts';
import { newOperatorKey } from './operator-key.ts';
import { createTopic, messageFor, OPERATOR_ID, sdkClient } from './sdk-client.ts';

const seed = announceSeed('hedera mirror');
const key = newOperatorKey();
const TEXTS = ['first', 'second', 'third', 'fourth', 'fifth'];
let network: HederaNetwork;
let topicId: string;

beforeAll(async () => {
  network = await startHederaNetwork({
    seed,
    operator: { id: OPERATOR_ID, publicKey: key.publicKey },
    consensusDelayMs: 0,
    mirrorDelayMs: 0,
    blockMs: 10,
    staleMs: 3_600_000,
  });
  const client = sdkClient(network, key);
  topicId = await createTopic(client);
  for (const text of TEXTS) await messageFor(topicId, text).execute(client);
  client.close();
  await until(
    async () => (await messages('')).length,
    (count) => count === TEXTS.length,
  );
});

afterAll(async () => {
  await network.stop();
});

interface Page {
  messages: { message: string; sequence_number: number; consensus_timestamp: string; running_hash: string }[];
  links: { next: string | null };
}

async function get(path: string): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await fetch(`${network.mirrorUrl}${path}`, { signal: AbortSignal.timeout(10_000) });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}

async function page(path: string): Promise<Page> {
  return JSON.parse((await get(path)).text) as Page;
}

async function messages(query: string): Promise<string[]> {
  const { messages: rows } = await page(`/api/v1/topics/${topicId}/messages?${query}`);
  return rows.map(({ message }) => Buffer.from(message, 'base64').toString());
}

describe('lists', () => {
  it.each([
    ['', TEXTS],
    ['order=desc', TEXTS.toReversed()],
    ['limit=2', ['first', 'second']],
    ['limit=2&order=desc', ['fifth', 'fourth']],
    ['sequencenumber=3', ['third']],
    ['sequencenumber=gt:3', ['fourth', 'fifth']],
    ['sequencenumber=gte:2&sequencenumber=lt:4', ['second', 'third']],
    ['sequencenumber=ne:1&sequencenumber=lte:2', ['second']],
    ['timestamp=lt:1', []],
  ])('%s', async (query, expected) => {
    expect(await messages(query)).toEqual(expected);
  });

  it('link to the next page until there is none', async () => {
    const seen: number[] = [];
    let next: string | null = `/api/v1/topics/${topicId}/messages?limit=2`;
    while (next !== null) {
      const each: Page = await page(next);
      seen.push(...each.messages.map((row) => row.sequence_number));
      next = each.links.next;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('show nothing of a block before it is over, and nothing before the delay is', async () => {
    network.mirror.setDelay(3_600_000);
    expect(await messages('')).toEqual([]);
    expect((await get(`/api/v1/topics/${topicId}`)).status).toBe(404);
    expect((await get(`/api/v1/transactions/${network.transactions[0]?.id}`)).status).toBe(404);
    const { blocks } = JSON.parse((await get('/api/v1/blocks?limit=1&order=desc')).text) as {
      blocks: { timestamp: { to: string } }[];
    };
    expect(Date.now() / 1000 - Number(blocks[0]?.timestamp.to)).toBeGreaterThan(3599);
    network.mirror.setDelay(0);
    expect(await messages('')).toEqual(TEXTS);
  });
});

describe('rows', () => {
  it('of a message have what the real mirror has', async () => {
    const { messages: rows } = await page(`/api/v1/topics/${topicId}/messages?limit=1`);
    expect(rows[0]).toEqual({
      chunk_info: {
        initial_transaction_id: {
          account_id: OPERATOR_ID,
          nonce: 0,
          scheduled: false,
          transaction_valid_start: expect.stringMatching(/^\d{10}\.\d{9}$/) as string,
        },
        number: 1,
        total: 1,
      },
      consensus_timestamp: expect.stringMatching(/^\d{10}\.\d{9}$/) as string,
      message: 'Zmlyc3Q=',
      payer_account_id: OPERATOR_ID,
      running_hash: network.topics.get(topicId)?.messages[0]?.runningHash.toString('base64'),
      running_hash_version: 3,
      sequence_number: 1,
      topic_id: topicId,
    });
  });

  it('of one message, by its number and by its time', async () => {
    const [row] = (await page(`/api/v1/topics/${topicId}/messages?limit=1&order=desc`)).messages;
    for (const path of [`${topicId}/messages/5`, `messages/${row?.consensus_timestamp}`]) {
      expect(JSON.parse((await get(`/api/v1/topics/${path}`)).text)).toEqual(row);
    }
  });

  it('of a transaction say what became of it and what it cost', async () => {
    const record = network.transactions[1];
    const { text } = await get(`/api/v1/transactions/${record?.id}`);
    expect(JSON.parse(text)).toMatchObject({
      transactions: [
        {
          name: 'CONSENSUSSUBMITMESSAGE',
          result: 'SUCCESS',
          charged_tx_fee: 666_667,
          entity_id: topicId,
          node: '0.0.3',
          nonce: 0,
          scheduled: false,
          transaction_id: record?.id,
          valid_duration_seconds: '120',
        },
      ],
    });
    expect(Buffer.from(record?.hash ?? []).length).toBe(createHash('sha384').digest().length);
  });

  it('of accounts, balances and blocks', async () => {
    const balance = Number(network.state.accounts.get(OPERATOR_ID)?.balance);
    const account = JSON.parse((await get(`/api/v1/accounts/${OPERATOR_ID}`)).text) as Record<string, unknown>;
    expect(account).toMatchObject({
      account: OPERATOR_ID,
      balance: { balance },
      key: { _type: 'ED25519', key: key.publicKey.toString('hex') },
    });
    const balances = JSON.parse((await get(`/api/v1/balances?account.id=${OPERATOR_ID}`)).text) as unknown;
    expect(balances).toMatchObject({ balances: [{ account: OPERATOR_ID, balance, tokens: [] }] });
    const newest = JSON.parse((await get('/api/v1/transactions?limit=1&order=desc')).text) as Record<string, unknown>;
    expect(newest).toMatchObject({ transactions: [{ name: 'CRYPTOTRANSFER', result: 'SUCCESS' }] });
  });

  it.each([
    ['/api/v1/topics/0.0.7', 404, 'No such topic id - 0.0.7'],
    ['/api/v1/transactions/0.0.7-1700000000-000000001', 404, 'Transaction not found'],
    ['/api/v1/accounts/0.0.7', 404, 'Not found'],
    ['/api/v1/topics/messages/1700000000.000000001', 404, 'Not found'],
    ['/api/v1/nothing', 404, 'Not found'],
    ['/api/v1/blocks?limit=0', 400, 'Invalid parameter: limit'],
    ['/api/v1/topics/0.0.5005/messages?sequencenumber=x', 400, 'Invalid parameter: sequencenumber'],
  ])('%s is refused with %i', async (path, status, message) => {
    const answer = await get(path);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { _status: { messages: [{ message }] } }]);
  });
});

describe('faults', () => {
  it.each<[Fault, number, string]>([
    ['mirror-429', 429, 'application/json; charset=utf-8'],
    ['mirror-500', 500, 'application/json; charset=utf-8'],
    ['mirror-404', 404, 'application/json; charset=utf-8'],
    ['mirror-html', 200, 'text/html'],
  ])('%s once, then the truth', async (fault, status, type) => {
    const count = network.faults.count(fault);
    network.faults.next(fault);
    const path = `/api/v1/topics/${topicId}`;
    expect(await get(path)).toMatchObject({ status, type });
    expect(network.faults.count(fault)).toBe(count + 1);
    expect(JSON.parse((await get(path)).text)).toMatchObject({ topic_id: topicId });
  });

  it('a stale replica has not what another one has', async () => {
    network.faults.next('mirror-stale-replica');
    expect(await messages('')).toEqual([]);
    expect(await messages('')).toEqual(TEXTS);
  });

  it('happen by chance as often as asked for, each by numbers of its own, and again from the same seed', () => {
    const draw = (from: number): string[] => {
      const script = new FaultScript(from, 0.1);
      return Array.from({ length: 2000 }, () => FAULTS.filter((fault) => script.happens(fault)).join());
    };
    const script = new FaultScript(seed, 0.1);
    for (let n = 0; n < 2000; n += 1) for (const fault of FAULTS) script.happens(fault);
    for (const count of Object.values(script.counts())) {
      expect(count).toBeGreaterThan(100);
      expect(count).toBeLessThan(300);
    }
    expect(draw(seed)).toEqual(draw(seed));
    expect(draw(seed)).not.toEqual(draw(seed + 1));
    script.quieten();
    expect(FAULTS.filter((fault) => script.happens(fault))).toEqual([]);
  });
});
