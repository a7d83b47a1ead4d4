import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { checkpointText, formatCheckpoint } from '../../core/ledger/checkpoint.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import { inclusionProof, leafHash, nodeHash } from '../../core/ledger/merkle.ts';
import type { Json } from '../../core/model/json.ts';
import type {
  Checkpoint,
  DeviceStatus,
  Entry,
  ExpectedList,
  Point,
  Reading,
  Session,
  Status,
  UnitStatus,
} from '../../renderer/api/types.ts';
import { serveConsole } from './staged-console.ts';
import {
  expectedPointOf,
  HISTORY,
  INTERVAL_MS,
  judged,
  PLANT_ID,
  readingBody,
  signalsOf,
  verdictBody,
} from './staged-readings.ts';

/**
 * A stand-in of the appliance for states that a healthy simulated plant does not show: a device down, a rejected
 * reading, a full disk, a lost connection. It answers by the API's schemas, signs and hashes honestly, and its values
 * move. For tests of the console only.
 */
export class StagedAppliance {
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly #entries: { bytes: string; leaf: Uint8Array }[] = [];
  readonly #readings: Reading[] = [];
  readonly #keys = generateKeyPairSync('ed25519');
  readonly #startedAtMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  /** What tests turn: the state of the second device, of unit 2, of the disk, of the session. */
  stage: Stage = { meter: 'up', unit2: 'generating', disk: 'ok', signedIn: true, frozen: false, freshness: 'current' };

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(port = 0): Promise<StagedAppliance> {
    const staged = new StagedAppliance();
    staged.#record('genesis', { plantId: PLANT_ID });
    staged.#record('configuration', { plantId: PLANT_ID });
    staged.#record('start', { version: '0.1.0' });
    const firstMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - HISTORY * INTERVAL_MS;
    for (let i = 0; i < HISTORY; i++) staged.#close(firstMs + i * INTERVAL_MS, i);
    await new Promise<void>((resolve) => staged.#server.listen(port, '127.0.0.1', resolve));
    staged.#timer = setInterval(() => staged.#beat(), 1000);
    return staged;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.dropConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends what is open, as a crash of the appliance would. */
  dropConnections(): void {
    this.#server.closeAllConnections();
    this.#streams.clear();
  }

  #beat(): void {
    this.#tick += 1;
    if (this.stage.frozen) return;
    for (const stream of this.#streams) {
      stream.write(`event: sample\ndata: ${JSON.stringify({ items: this.#points() })}\n\n`);
    }
  }

  #record(kind: string, body: { [key: string]: Json }, atMs = Date.now()): number {
    const index = this.#entries.length;
    const at = new Date(atMs).toISOString();
    const bytes = canonicalize({ v: 1, index, kind, at, body });
    this.#entries.push({ bytes, leaf: leafHash(Buffer.from(bytes)) });
    return index;
  }

  #close(fromMs: number, i: number): void {
    for (const [unitNumber, rated] of [2000, 2000].entries()) {
      const reading = readingBody(fromMs, unitNumber, rated, i);
      const verdict = verdictBody(i, unitNumber);
      const signature = sign(null, Buffer.from(canonicalize(reading as Json)), this.#keys.privateKey).toString(
        'base64',
      );
      const recordedAtMs = fromMs + INTERVAL_MS + 1200;
      const index = this.#record(
        'reading',
        { reading, signature, verdict } as unknown as { [key: string]: Json },
        recordedAtMs,
      );
      const recordedAt = new Date(recordedAtMs).toISOString();
      const rest = { index, recordedAt, signature, verdict, ...judged(reading as Reading, verdict) };
      this.#readings.push({ ...reading, ...rest } as Reading);
    }
  }

  #publicKey(): Uint8Array {
    return this.#keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  }

  #checkpoint(): Checkpoint {
    const frontier = Frontier.empty();
    for (const { leaf } of this.#entries) frontier.append(leaf);
    const checkpoint = { origin: KEY_NAME, size: this.#entries.length, root: frontier.root() };
    const signature = sign(null, Buffer.from(checkpointText(checkpoint)), this.#keys.privateKey);
    const note = formatCheckpoint(checkpoint, { name: KEY_NAME, publicKey: this.#publicKey() }, signature);
    const at = new Date().toISOString();
    return { size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('base64'), note, at };
  }

  #node(level: number, index: number): Uint8Array {
    if (level === 0) return this.#entries[index]?.leaf ?? new Uint8Array();
    return nodeHash(this.#node(level - 1, 2 * index), this.#node(level - 1, 2 * index + 1));
  }

  #entry(index: number): Entry | undefined {
    const stored = this.#entries[index];
    if (stored === undefined) return undefined;
    const entry = JSON.parse(stored.bytes) as Entry['entry'];
    const leaf = Buffer.from(stored.leaf).toString('base64');
    return { index, kind: String(entry.kind), leafHash: leaf, canonical: stored.bytes, entry };
  }

  #points(): Point[] {
    const now = new Date().toISOString();
    const wave = Math.sin(this.#tick / 9);
    const good = (point: string, value: number | string, unit: string): Point => ({
      point,
      value,
      unit,
      quality: 'good',
      readAt: now,
      ageMs: 120,
      staleAfterMs: 3000,
    });
    const unit = (device: string, offset: number): Point[] => [
      good(`${device}/flow`, 2.21 + 0.05 * wave + offset, 'm3/s'),
      good(`${device}/head`, 93.4 + 0.3 * wave, 'm'),
      good(`${device}/power`, 1790 + 31 * wave + 100 * offset, 'kW'),
      good(`${device}/energy_export`, 4_812_345 + this.#tick, 'kWh'),
      good(`${device}/gate`, 81.4 + wave, '%'),
      good(`${device}/status`, 'generating', ''),
    ];
    const { ageMs: _, readAt: __, value: ___, ...valueless } = good('meter1/turbidity', 0, 'NTU');
    const fault = { code: 'DRV_MODBUS_SENTINEL', message: 'The sensor reports no value', hint: 'Look at the probe' };
    const meter: Point[] = [
      good('meter1/water_temp', 12.4 + 0.2 * wave, 'Cel'),
      good('meter1/ph', 7.42, 'pH'),
      { ...valueless, quality: 'missing', fault },
    ];
    const down = { code: 'DRV_MODBUS_TIMEOUT', message: 'The device did not answer in time' };
    const second = unit('plc2', 0.1).map((point): Point => {
      if (this.stage.meter === 'up') return point;
      const { value: _value, ...unread } = point;
      return { ...unread, quality: 'missing', ageMs: 94_000, fault: down };
    });
    return [...unit('plc1', 0), ...second, ...meter];
  }

  #status(): Status {
    const { stage } = this;
    const last = (unitId: string): UnitStatus['lastVerdict'] => {
      const reading = this.#readings.findLast((item) => item.unitId === unitId);
      if (reading === undefined) return null;
      const { status, trustScore, findings } = reading.verdict;
      return { index: reading.index, to: reading.to, status, trustScore, headline: findings[0]?.message ?? null };
    };
    const unit = (number: number, state: UnitStatus['state']): UnitStatus => ({
      id: `unit${number}`,
      name: `Unit ${number}`,
      turbine: 'francis',
      ratedPowerKw: 2000,
      ratedFlowM3s: 2.5,
      ratedHeadM: 95,
      state,
      signals: signalsOf(number),
      energyTodayWh: 14_213_456 + number,
      energyTodayApprovedWh: 13_913_456,
      coverageToday: 0.998,
      witnesses:
        number === 1
          ? []
          : [{ kind: 'check-meter', sees: 'energy', points: ['meter1/check'], isIndependent: true, outcome: 'agrees' }],
      withoutWitness:
        number === 1 ? 'No independent witness: a consistent forgery of power, flow and gate would not be seen.' : null,
      freshness: { state: this.stage.freshness, lastTo: last(`unit${number}`)?.to ?? null },
      lastVerdict: last(`unit${number}`),
    });
    const { root, size } = this.#checkpoint();
    const now = new Date().toISOString();
    return {
      plant: {
        id: PLANT_ID,
        name: 'Demo River HPP',
        timezone: 'Asia/Kolkata',
        ratedPowerKw: 4000,
        intervalMs: INTERVAL_MS,
        origin: 'demo',
        units: [unit(1, 'generating'), unit(2, stage.unit2)],
      },
      appliance: {
        version: '0.1.0',
        running: true,
        mode: 'normal',
        startedAt: new Date(this.#startedAtMs).toISOString(),
        url: this.url,
        deviceKey: this.#verifierKey(),
        did: didKey(this.#publicKey()),
        keys: [{ verifierKey: this.#verifierKey(), how: 'genesis', entryIndex: 0 }],
      },
      devices: [this.#device('plc1', 'up', 6), this.#device('plc2', stage.meter, 6), this.#device('meter1', 'up', 3)],
      ledger: {
        size,
        root,
        readings: this.#readings.length,
        flagged: 1,
        rejected: 1,
        lastRecordedAt: now,
        checkpointAt: now,
        storeKey: null,
        check: {
          state: 'ok',
          checkedEntries: null,
          lastAt: now,
          lastEntries: 41,
          reason: 'The whole ledger held when it was checked 3 hours ago: 41 entries',
          problem: null,
        },
      },
      reviews: { open: 2, oldestFrom: this.#waiting()[0]?.from ?? null, fourEyes: false },
      targets: [],
      link: null,
      clock: { now, trust: 'disciplined', reason: 'NTP, offset 3 ms', lastStepMs: null, offsetMs: 3, servers: [] },
      disk: {
        freeBytes: stage.disk === 'ok' ? 212_000_000_000 : 900_000_000,
        totalBytes: 480_000_000_000,
        storeBytes: 48_000_000,
        level: stage.disk,
        growthBytesPerDay: 510_000_000,
        daysLeft: stage.disk === 'ok' ? 415 : 1,
        keepsDerived: stage.disk !== 'critical',
        keepsSamples: true,
        samples: { bytes: 20_002, oldestFrom: '2026-01-01T00:00:00.000Z', keepDays: 400, maxBytes: null },
        reason: stage.disk === 'ok' ? 'The disk is 55 % full' : 'The disk is 99 % full',
      },
      backup: {
        state: 'off',
        isRunning: false,
        folder: null,
        everyMs: null,
        keep: null,
        lastGoodAt: null,
        lastGoodSize: null,
        lastGoodPath: null,
        failures: 0,
        reason: 'There is no backup yet; plant.yaml asks for none',
        problem: null,
        otherHistory: null,
      },
    };
  }

  #verifierKey(): string {
    const key = Buffer.concat([Buffer.of(1), this.#publicKey()]);
    const hash = createHash('sha256').update(`${KEY_NAME}\n`).update(key).digest().subarray(0, 4).toString('hex');
    return `${KEY_NAME}+${hash}+${key.toString('base64')}`;
  }

  #device(id: string, state: DeviceStatus['state'], points: number): DeviceStatus {
    const isDown = state === 'down';
    return {
      id,
      driver: 'modbus-tcp',
      where: '192.0.2.10:502, unit id 1',
      state,
      activity: isDown ? 'waiting' : 'connected',
      since: new Date(this.#startedAtMs).toISOString(),
      ...(isDown && {
        fault: {
          code: 'DRV_MODBUS_TIMEOUT',
          message: 'The device did not answer in time',
          hint: 'Check the power of the PLC and the network cable.',
        },
      }),
      lastGoodAt: new Date(Date.now() - (isDown ? 94_000 : 300)).toISOString(),
      periodMs: 1000,
      points,
      pointsGood: isDown ? 0 : points,
      attempts: isDown ? 7 : 1,
      skipped: 0,
      requests: 4210 + this.#tick,
      timeouts: isDown ? 12 : 0,
      strangers: 0,
      writes: 0,
      nextAttemptAt: isDown ? new Date(Date.now() + 8000).toISOString() : null,
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const session: Session = { name: 'staged', role: 'operator', expiresAt: '2030-01-01T00:00:00.000Z' };
    if (!url.pathname.startsWith('/api/')) return serveConsole(url.pathname, response);
    const path = url.pathname.replace('/api/v1', '');
    if (path === '/session' && request.method === 'POST') this.stage.signedIn = true;
    if (path === '/session' && request.method === 'DELETE') this.stage.signedIn = false;
    if (!this.stage.signedIn) return sendProblem(response, 401, 'Nobody is signed in.');
    if (path === '/session') return sendJson(response, session);
    if (path === '/stream') return this.#stream(response);
    if (path === '/status') return sendJson(response, this.#status());
    if (path === '/points') return sendJson(response, { items: this.#points() });
    if (path === '/readings') return sendJson(response, this.#page(url.searchParams));
    if (path === '/reviews') return sendJson(response, { items: this.#waiting(), nextCursor: null });
    if (path.endsWith('/expected')) return sendJson(response, this.#expected(Number(path.split('/')[2])));
    if (path === '/ledger/checkpoint') return sendJson(response, this.#checkpoint());
    if (path === '/ledger/proof') return sendJson(response, this.#proof(url.searchParams));
    const entry = this.#entry(Number(path.replace('/ledger/entries/', '')));
    return entry === undefined ? sendProblem(response, 404, 'There is no such entry.') : sendJson(response, entry);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #page(query: URLSearchParams): { items: Reading[]; nextCursor: string | null } {
    const from = query.get('from') ?? '';
    const to = query.get('to') ?? '9';
    const matching = this.#readings.filter(
      (item) =>
        [item.unitId, null].includes(query.get('unit')) &&
        [item.verdict.status, null].includes(query.get('status') as Reading['verdict']['status'] | null) &&
        item.to > from &&
        item.from < to,
    );
    if (query.get('order') === 'desc') matching.reverse();
    const start = Number(query.get('cursor') ?? 0);
    const end = start + Number(query.get('limit') ?? 100);
    return { items: matching.slice(start, end), nextCursor: end < matching.length ? String(end) : null };
  }

  #waiting(): Reading[] {
    return this.#readings.filter(({ verdict }) => verdict.status !== 'APPROVED');
  }

  #expected(index: number): ExpectedList {
    const end = this.#readings.findIndex((reading) => reading.index === index) + 1;
    const unitId = this.#readings[end - 1]?.unitId;
    return {
      items: this.#readings
        .slice(0, end)
        .filter((reading) => reading.unitId === unitId)
        .map(expectedPointOf),
    };
  }

  #proof(query: URLSearchParams): object {
    const index = Number(query.get('index'));
    const { size, root } = this.#checkpoint();
    const hashes = inclusionProof(index, size, (level, at) => this.#node(level, at));
    const leaf = Buffer.from(this.#entries[index]?.leaf ?? []).toString('base64');
    return { index, size, leafHash: leaf, root, hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')) };
  }
}

interface Stage {
  meter: DeviceStatus['state'];
  unit2: UnitStatus['state'];
  disk: Status['disk']['level'];
  signedIn: boolean;
  /** No further samples arrive. */
  frozen: boolean;
  /** Whether the newest reading of either unit speaks for the present. */
  freshness: UnitStatus['freshness']['state'];
}

const KEY_NAME = `forebay/${PLANT_ID}`;

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, status: number, detail: string): void {
  const problem = { type: 'about:blank', title: detail, status, detail, code: 'API_STAGED', requestId: 'staged' };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}
