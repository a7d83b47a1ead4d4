import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { hubLedger } from '../../../appliance/sync/hub-ledger.ts';
import { systemClock } from '../../../appliance/system-clock.ts';
import { openWebClient } from '../../../appliance/web/web-client.ts';
import { parseNoteKey } from '../../../core/ledger/cosignature.ts';
import { present } from '../../../core/model/assert.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import { hubTarget } from '../../../core/sync/targets/hub/hub-target.ts';
import type { WebClient, WebReply, WebRequest } from '../../../core/sync/web.ts';
import { testKey } from '../../fixtures/ledger.ts';
import { HubRig } from './hub-rig.ts';

type Json = { readonly [name: string]: Json } & { readonly $ref?: string };

const API = parse(readFileSync(new URL('../../../docs/hub-api.yaml', import.meta.url), 'utf8')) as Json;
const NEVER = new AbortController().signal;
const rigs: HubRig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

interface Exchange {
  readonly request: WebRequest;
  readonly reply: WebReply;
}

/** A client that keeps what was asked and answered. */
function recorded(exchanges: Exchange[]): WebClient {
  const opened = openWebClient({ proxy: { environment: {} } });
  if (opened.kind === 'failed') throw new Error(opened.fault.message);
  return {
    ...opened.client,
    request: async (request, signal) => {
      const outcome = await opened.client.request(request, signal);
      if (outcome.kind === 'answered') exchanges.push({ request, reply: outcome.reply });
      return outcome;
    },
  };
}

async function start(...parts: Parameters<typeof HubRig.start>): Promise<HubRig> {
  const rig = await HubRig.start(...parts);
  rigs.push(rig);
  return rig;
}

async function delivering(rig: HubRig, exchanges: Exchange[], token?: string, origin = testKey.name) {
  const client = recorded(exchanges);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ledger = hubLedger(rig.store, origin);
  const connected = await hubTarget({
    url: `http://127.0.0.1:${rig.link.port}`,
    publicKey: rig.key.publicText,
    key: present(parseNoteKey(rig.key.publicText), 'the key'),
    ledger: () => ledger,
    monotonicMs: () => systemClock.monotonicMs(),
    open: () => ({ kind: 'opened', link: { client, host: 'hub', headers, wallMs: () => systemClock.wallMs() } }),
  }).connect(NEVER);
  if (connected.kind !== 'connected') throw new Error(connected.fault.message);
  const { session } = connected;
  return (batch: Batch) => session.deliver({ batch, intents: [], keepIntent: () => Promise.resolve() }, NEVER);
}

/** Follows references to their end. */
function resolved(node: Json): Json {
  if (node.$ref === undefined) return node;
  const path = node.$ref.replace('#/', '').split('/');
  return resolved(path.reduce((at, name) => present(at[name], `the part ${node.$ref}`), API));
}

/** The same schema with its references filled in. */
function whole(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(whole);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(resolved(node as Json)).map(([name, value]) => [name, whole(value)]));
}

function holds(schema: Json, value: unknown): boolean {
  const { description: _, examples: __, example: ___, contentMediaType: ____, ...rest } = whole(schema) as Json;
  return z.fromJSONSchema(rest as never).safeParse(value).success;
}

/** Numbers of headers are digits. */
function headerValue(schema: Json, text: string | undefined): unknown {
  return resolved(schema).type === ('integer' as never) && /^\d+$/.test(text ?? '') ? Number(text) : text;
}

/** The operation that a request is, its path's parameters checked. */
function operationOf({ method, url }: WebRequest): Json {
  const { pathname } = new URL(url);
  for (const [template, item] of Object.entries(present(API.paths, 'paths') as Record<string, Json>)) {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const found = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname);
    if (found === null) continue;
    for (const parameter of (item.parameters as unknown as Json[]).map(resolved)) {
      const value = decodeURIComponent(found[1 + names.indexOf(String(parameter.name))] ?? '');
      expect(holds(present(parameter.schema, 'a schema'), value)).toBe(true);
    }
    return present(item[method.toLowerCase()], `${method} ${template}`);
  }
  throw new Error(`${pathname} is not in the document`);
}

/** Whether both sides kept to the document; gives `METHOD status`. */
function check({ request, reply }: Exchange): string {
  const operation = operationOf(request);
  const parameters = ((operation.parameters ?? []) as unknown as Json[]).map(resolved);
  const sent = { ...request.headers };
  for (const { name, required, schema } of parameters) {
    const header = String(name).toLowerCase();
    const value = sent[header];
    delete sent[header];
    if (value === undefined) expect(required).toBe(false);
    else expect(holds(present(schema, 'a schema'), headerValue(present(schema, 'a schema'), value))).toBe(true);
  }
  const types = Object.keys((operation.requestBody ?? { content: {} }).content ?? {});
  expect(Object.keys(sent).filter((name) => name !== 'authorization')).toEqual(
    types.length > 0 ? ['content-type'] : [],
  );
  if (types.length > 0) expect(types).toContain(sent['content-type']);
  const name = `${request.method} ${reply.status}`;
  const response = resolved(present(present(operation.responses, 'responses')[String(reply.status)], name));
  for (const [header, described] of Object.entries((response.headers ?? {}) as Record<string, Json>)) {
    const { required, schema } = resolved(described) as unknown as { required?: boolean; schema: Json };
    const value = reply.headers[header.toLowerCase()];
    // With 409 the offset stands where the upload goes on, and not with a checkpoint.
    if (value === undefined) expect(required !== true || reply.status === 409).toBe(true);
    else expect(holds(schema, headerValue(schema, value))).toBe(true);
  }
  checkBody(response, reply);
  return name;
}

function checkBody({ content }: Json, { headers, body }: WebReply): void {
  const text = Buffer.from(body).toString('utf8');
  if (content === undefined || text === '') {
    expect([content, text]).toEqual([undefined, '']);
    return;
  }
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const { schema } = present(content[type], `the media type ${type}`);
  expect(holds(present(schema, 'a schema'), type === 'text/plain' ? text : JSON.parse(text))).toBe(true);
}

/** The lines of a whole upload, checked. */
function checkUpload({ headers = {}, body = new Uint8Array(), url }: WebRequest): void {
  expect(url.endsWith(`/uploads/${createHash('sha256').update(body).digest('hex')}`)).toBe(true);
  const coding = headers['content-encoding'];
  const bytes = coding === 'zstd' ? zstdDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : Buffer.from(body);
  const [head = '', ...lines] = bytes.toString('utf8').split('\n').slice(0, -1);
  const { UploadHead, Entry } = present(present(API.components, 'components').schemas, 'schemas');
  expect(holds(present(UploadHead, 'UploadHead'), JSON.parse(head))).toBe(true);
  for (const line of lines) expect(holds(present(Entry, 'Entry'), JSON.parse(line))).toBe(true);
  const { from, to } = JSON.parse(head) as { from: number; to: number };
  expect(lines.length).toBe(to - from);
}

test('target and receiver speak as docs/hub-api.yaml has it, in every case that it names', async () => {
  const exchanges: Exchange[] = [];
  const rig = await start({ uploadBytesMax: 1_500_000 });
  const deliver = await delivering(rig, exchanges);
  expect(await deliver(rig.seal(3))).toMatchObject({ kind: 'delivered' });
  await rig.startHub({ codings: ['gzip'] });
  expect(await deliver(rig.seal(3))).toMatchObject({ kind: 'delivered' });
  // A hub without its data, one that keeps part of an upload, and one with a low limit.
  await rig.startHub({ codings: [], folder: `${rig.folder}/empty` });
  expect(await deliver(rig.seal(400))).toMatchObject({ kind: 'delivered' });
  rig.link.setUp(false);
  const long = rig.seal(400);
  expect((await deliver(long)).kind).not.toBe('delivered');
  rig.link.setUp(true);
  rig.link.chooseCut = () => ({ direction: 'up', afterBytes: 150_000 });
  for (let attempts = 0; (await deliver(long)).kind !== 'delivered'; attempts += 1) expect(attempts).toBeLessThan(20);
  rig.link.chooseCut = () => undefined;
  rig.link.setUp(false);
  rig.link.setUp(true);
  // The session has seen no lower limit, so it is told.
  await rig.startHub({ codings: [], folder: `${rig.folder}/empty`, uploadBytesMax: 9000 });
  expect(await deliver(rig.seal(40))).toMatchObject({ kind: 'delivered' });
  await rig.startHub({ token: 'wanted' });
  expect((await deliver(rig.seal(1))).kind).toBe('later');
  expect((await (await delivering(rig, exchanges, undefined, 'HP-999'))(rig.seal(1))).kind).toBe('later');
  await rig.startHub({ plants: [] });
  expect((await deliver(rig.seal(1))).kind).toBe('later');
  const seen = new Set(exchanges.map(check));
  expect([...seen]).toEqual(expect.arrayContaining(EVERY_CASE));
  for (const { request } of exchanges) {
    const isWhole = request.headers?.['upload-offset'] === '0' && request.headers['upload-complete'] === '?1';
    if (isWhole) checkUpload(request);
  }
});

const EVERY_CASE = [
  'GET 200',
  'GET 401',
  'GET 403',
  'HEAD 204',
  'HEAD 404',
  'PATCH 200',
  'PATCH 204',
  'PATCH 409',
  'PATCH 413',
  'PATCH 415',
];

test('what the document gives as examples is of its own form', () => {
  let examples = 0;
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const {
      schema,
      example,
      examples: list,
    } = node as {
      readonly schema?: Json;
      readonly example?: unknown;
      readonly examples?: readonly unknown[];
    };
    for (const value of [...(example === undefined ? [] : [example]), ...(list ?? [])]) {
      examples += 1;
      expect([value, holds(schema ?? (node as Json), value)]).toEqual([value, true]);
    }
    Object.values(node).forEach(walk);
  };
  walk(API);
  expect(examples).toBeGreaterThan(8);
});
