import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, DriverHost, TakenTrust } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Log } from '../../core/model/log.ts';
import { opcua } from '../../drivers/opcua/opcua.ts';
import { driverHost, machineClock } from '../contract/driver-host.ts';
import { type OpcUaPointText, opcuaDevice } from '../contract/opcua-device.ts';
import { FaultyOpcUaServer, type OpcUaServerOptions, PLANT_NAMESPACE } from './opcua-server.ts';

export const NEVER = new AbortController().signal;

/** A plant with one folder, one set of shared things and a clock that can be pushed on, beside servers that come and go. */
export class OpcUaRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'forebay-opcua-rig-'));
  readonly said: string[] = [];
  /** Secrets by file name; tests change them. */
  readonly secrets: Record<string, string> = {};
  /** What becomes of trust that no person gave; tests change it. */
  recordTrust: NonNullable<DriverHost['recordTrust']> = () => undefined;
  readonly #shared = new Shared();
  readonly #servers: FaultyOpcUaServer[] = [];
  readonly #connections: Connection[] = [];
  #skewMs = 0;
  #wallSkewMs = 0;

  get host(): DriverHost {
    const say = (_details: object, message: string): void => {
      this.said.push(message);
    };
    const log: Log = { debug() {}, info: say, warn: say, error: say };
    const clock = {
      ...machineClock,
      wallMs: () => machineClock.wallMs() + this.#wallSkewMs,
      monotonicMs: () => machineClock.monotonicMs() + this.#skewMs,
    };
    const { folder, secrets } = this;
    const recordTrust = (trust: TakenTrust): void => this.recordTrust(trust);
    return driverHost(7, { folder, shared: this.#shared, secrets, log, clock, recordTrust });
  }

  /** Lets time pass for waits and watches, without waiting. */
  pass(ms: number): void {
    this.#skewMs += ms;
  }

  setWall(skewMs: number): void {
    this.#wallSkewMs = skewMs;
  }

  async serve(options: OpcUaServerOptions): Promise<FaultyOpcUaServer> {
    const server = await FaultyOpcUaServer.start(options);
    this.#servers.push(server);
    return server;
  }

  async connect(device: DeviceConfig): Promise<Connection | Fault> {
    const outcome = await opcua.connect(device, this.host, NEVER);
    if (outcome.kind === 'fault') return outcome.fault;
    this.#connections.push(outcome.connection);
    return outcome.connection;
  }

  /** A connection that must come to be. */
  async connected(device: DeviceConfig): Promise<Connection> {
    this.pass(60_000);
    const outcome = await this.connect(device);
    if ('code' in outcome) throw new Error(`${outcome.code}: ${outcome.message}`);
    return outcome;
  }

  /** The code of the fault by which connecting must fail. */
  async refused(device: DeviceConfig): Promise<Fault> {
    this.pass(60_000);
    const outcome = await this.connect(device);
    if ('code' in outcome) return outcome;
    throw new Error('the connection was made, and should not have been');
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.splice(0)) await connection.close();
    for (const server of this.#servers.splice(0)) await server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A device with one point for each name; `connection` changes the usual one. */
export function deviceOf(
  endpoint: string,
  points: readonly (string | OpcUaPointText)[],
  connection: Record<string, unknown> = {},
  id = 'plc1',
): DeviceConfig {
  const texts = points.map((point) =>
    typeof point === 'string' ? { id: point, nodeId: `nsu=${PLANT_NAMESPACE};s=${point}`, unit: 'm' } : point,
  );
  return opcuaDevice({ endpoint, trust: 'accept-first', ...connection }, texts, id);
}

/** Outcomes as `point: value` or `point: code`. */
export function summaryOf(outcomes: readonly Outcome[]): Record<string, number | string> {
  return Object.fromEntries(
    outcomes.map((outcome) => [
      outcome.point.split('/')[1],
      outcome.kind === 'sample' ? outcome.value : `${outcome.fault.code} ${outcome.fault.policy}`,
    ]),
  );
}

/** Reads again and again until `isDone`, or gives up after a generous while. */
export async function readUntil(
  connection: Connection,
  device: DeviceConfig,
  isDone: (outcomes: readonly Outcome[]) => boolean,
): Promise<readonly Outcome[]> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const outcomes = await connection.read(device.points, NEVER);
    if (isDone(outcomes) || performance.now() > endMs) return outcomes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
