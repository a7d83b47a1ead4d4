import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { checkUpload } from './check-upload.ts';
import type { HubKey } from './hub-key.ts';
import { type BeforeStep, HeldLedger } from './hub-store.ts';
import { readKey } from './plant-key.ts';
import { UploadRefused } from './upload-refused.ts';

export interface HubServerParts {
  readonly folder: string;
  readonly key: HubKey;
  /**
   * Verifier keys of the plants that it takes from: of each the one that its ledger begins with, and one for each loss of
   * a key. Those that take over from them it follows by itself.
   */
  readonly plants: readonly string[];
  /** For HTTPS; with `ca` and `requestCert` it wants a certificate of the plant. */
  readonly tls?: ServerOptions;
  readonly token?: string;
  /** An upload, coded, may be so long. */
  readonly uploadBytesMax?: number;
  /** The codings that it takes. */
  readonly codings?: readonly string[];
  readonly port?: number;
  readonly nowS?: () => number;
  /** A test may throw here: the ledger is then read from the disk again, as after a crash. */
  readonly beforeStep?: BeforeStep;
}

const UPLOAD_BYTES_MAX = 8_388_608;
const DECODED_BYTES_MAX = 67_108_864;
const PATH = /^\/ledgers\/([0-9a-f]{64})\/(?:(checkpoint)|uploads\/([0-9a-f]{64}))$/;

/** The reference receiver of docs/hub-api.yaml: a hub that keeps ledgers in a folder and signs how much it holds. */
export class HubServer {
  readonly #parts: HubServerParts;
  readonly #server: Server;
  readonly #ledgers = new Map<string, HeldLedger>();
  /** Of each ledger the request that is being taken, which a newer one puts an end to. */
  readonly #underWay = new Map<string, { readonly request: IncomingMessage; readonly ended: Promise<void> }>();

  private constructor(parts: HubServerParts) {
    this.#parts = parts;
    const listener: RequestListener = (request, reply) => {
      this.#answer(request, reply).catch((error: unknown) => {
        if (!(error instanceof Refusal) && this.#parts.beforeStep === undefined) {
          process.stderr.write(`hub: ${String(error)}\n`);
        }
        problem(reply, error instanceof Refusal ? error : new Refusal(500, 'FAULT', 'The hub has a fault.'));
      });
    };
    this.#server = parts.tls === undefined ? createPlain(listener) : createSecure(parts.tls, listener);
  }

  static async start(parts: HubServerParts): Promise<HubServer> {
    const hub = new HubServer(parts);
    await new Promise<void>((resolve) => hub.#server.listen(parts.port ?? 0, '127.0.0.1', resolve));
    return hub;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#parts.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** What it holds of the ledger. */
  ledger(origin: string): HeldLedger {
    const { folder, key, nowS = systemS, beforeStep } = this.#parts;
    const acknowledge = (size: number, root: Uint8Array) => key.acknowledge(origin, size, root, nowS());
    const held = this.#ledgers.get(origin) ?? new HeldLedger(folder, origin, acknowledge, beforeStep);
    this.#ledgers.set(origin, held);
    return held;
  }

  /** Lets go of everything at once, as a crash does. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    (this.#server as Server & { closeAllConnections(): void }).closeAllConnections();
    await closed;
    await Promise.all([...this.#underWay.values()].map(({ ended }) => ended));
  }

  async #answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    reply.setHeader('accept-encoding', this.#codings.join(', '));
    reply.setHeader('upload-limit', `max-size=${this.#uploadBytesMax}`);
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    const [, originHash, isCheckpoint, digest = ''] = PATH.exec(pathname) ?? [];
    if (originHash === undefined) throw new Refusal(404, 'NOTHING_HERE', 'There is nothing at this address.');
    this.#authorize(request);
    const names = this.#parts.plants.flatMap((plant) => readKey(plant)?.name ?? []);
    const origin = names.find((name) => createHash('sha256').update(name).digest('hex') === originHash);
    if (origin === undefined) {
      throw new Refusal(403, 'LEDGER_UNKNOWN', 'This hub takes nothing of this ledger.');
    }
    const ledger = this.ledger(origin);
    const wanted = `${request.method} ${isCheckpoint ?? 'upload'}`;
    if (wanted === 'GET checkpoint') note(reply, 200, ledger.note);
    else if (wanted === 'HEAD upload') offset(reply, ledger.offsetOf(digest));
    else if (wanted === 'PATCH upload')
      await this.#alone(request, origin, () => this.#patch(request, reply, ledger, digest));
    else throw new Refusal(405, 'METHOD', 'This cannot be done here.');
  }

  get #uploadBytesMax(): number {
    return this.#parts.uploadBytesMax ?? UPLOAD_BYTES_MAX;
  }

  get #codings(): readonly string[] {
    return this.#parts.codings ?? ['zstd', 'gzip'];
  }

  #authorize({ headers }: IncomingMessage): void {
    const { token } = this.#parts;
    if (token === undefined) return;
    const [given, wanted] = [headers.authorization ?? '', `Bearer ${token}`].map((text) =>
      createHash('sha256').update(text).digest(),
    ) as [Buffer, Buffer];
    if (!timingSafeEqual(given, wanted)) throw new Refusal(401, 'TOKEN', 'The token is not known.');
  }

  /** One request at a time writes to a ledger. What still runs is of a connection that the plant has given up. */
  async #alone(request: IncomingMessage, origin: string, work: () => Promise<void>): Promise<void> {
    const before = this.#underWay.get(origin);
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#underWay.set(origin, { request, ended });
    before?.request.destroy();
    await before?.ended;
    try {
      await work();
    } finally {
      if (this.#underWay.get(origin)?.request === request) this.#underWay.delete(origin);
      end();
    }
  }

  async #patch(request: IncomingMessage, reply: ServerResponse, ledger: HeldLedger, digest: string): Promise<void> {
    const { at, length, isLast, coding } = this.#described(request);
    const have = ledger.offsetOf(digest) ?? 0;
    if (at !== have) {
      reply.setHeader('upload-offset', have);
      throw new Refusal(409, 'OFFSET', `The upload goes on at byte ${have}.`);
    }
    if (!(await this.#append(request, ledger.uploadPath(digest), length - at))) return;
    const now = ledger.offsetOf(digest) ?? 0;
    if (!isLast || now < length) return offset(reply, now);
    const coded = readFileSync(ledger.uploadPath(digest));
    if (createHash('sha256').update(coded).digest('hex') !== digest) {
      ledger.forget(digest);
      reply.setHeader('upload-offset', 0);
      throw new Refusal(409, 'DIGEST', 'What arrived is not what the address names; it begins anew.');
    }
    this.#conclude(reply, ledger, digest, decode(coded, coding));
  }

  #conclude(reply: ServerResponse, ledger: HeldLedger, digest: string, bytes: Buffer | undefined): void {
    try {
      if (bytes === undefined) throw new UploadRefused('invalid', 'The upload cannot be decoded.');
      ledger.take(checkUpload(bytes, ledger, this.#parts.plants));
      note(reply, 200, ledger.note);
    } catch (error) {
      if (!(error instanceof UploadRefused)) {
        this.#ledgers.delete(ledger.origin);
        throw error;
      }
      if (error.reason === 'elsewhere') note(reply, 409, ledger.note);
      else problem(reply, new Refusal(422, 'UPLOAD_REFUSED', error.message));
    } finally {
      ledger.forget(digest);
    }
  }

  #described({ headers }: IncomingMessage) {
    const [at, length] = ['upload-offset', 'upload-length'].map((name) => Number(headers[name] ?? 'none')) as [
      number,
      number,
    ];
    const isForm = Number.isSafeInteger(at) && Number.isSafeInteger(length) && at >= 0 && at <= length;
    const complete = headers['upload-complete'];
    if (!isForm || (complete !== '?0' && complete !== '?1')) {
      throw new Refusal(400, 'FORM', 'Upload-Offset, Upload-Length and Upload-Complete do not fit together.');
    }
    if (length > this.#uploadBytesMax) {
      throw new Refusal(413, 'TOO_LONG', 'The upload is longer than this hub takes.');
    }
    const coding = headers['content-encoding'] ?? 'identity';
    const isKnown = coding === 'identity' || this.#codings.includes(coding);
    if (headers['content-type'] !== 'application/partial-upload' || !isKnown) {
      throw new Refusal(415, 'CODING', 'The hub takes application/partial-upload, in the codings that it names.');
    }
    return { at, length, isLast: complete === '?1', coding };
  }

  /** Keeps what comes, whole or cut short. @returns whether the request came to its end */
  async #append(request: IncomingMessage, path: string, bytesMax: number): Promise<boolean> {
    const file = openSync(path, 'a');
    let rest = bytesMax;
    try {
      for await (const part of request as AsyncIterable<Buffer>) {
        const taken = part.subarray(0, rest);
        writeFileSync(file, taken);
        rest -= taken.length;
      }
      return request.complete;
    } catch {
      return false;
    } finally {
      fsyncSync(file);
      closeSync(file);
    }
  }
}

/** An answer that says why not, as a problem document (RFC 9457). */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

function problem(reply: ServerResponse, { status, code, message }: Refusal): void {
  if (reply.headersSent) return;
  reply.writeHead(status, { 'content-type': 'application/problem+json' });
  reply.end(JSON.stringify({ title: code, status, detail: message, code }));
}

function note(reply: ServerResponse, status: number, text: string): void {
  reply.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function offset(reply: ServerResponse, bytes: number | undefined): void {
  if (bytes === undefined) reply.writeHead(404).end();
  else reply.writeHead(204, { 'upload-offset': bytes, 'upload-complete': '?0' }).end();
}

function decode(coded: Buffer, coding: string): Buffer | undefined {
  if (coding === 'identity') return coded;
  const decompress = coding === 'zstd' ? zstdDecompressSync : gunzipSync;
  try {
    return decompress(coded, { maxOutputLength: DECODED_BYTES_MAX });
  } catch {
    return undefined;
  }
}

function systemS(): number {
  return Math.floor(Date.now() / 1000);
}
