import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../fixtures/free-port.ts';

/** A running server whose register map was drawn from a seed. */
export interface MysteryPlc {
  readonly port: number;
  readonly order: string;
  readonly map: Readonly<Record<string, { readonly address: number; readonly kind: string }>>;
  stop(): Promise<void>;
}

const PYTHON = '/usr/bin/python3';
const SERVER = join(import.meta.dirname, 'pymodbus', 'mystery_server.py');
const START_MS_MAX = 60_000;

export async function startMysteryPlc(seed: number): Promise<MysteryPlc> {
  const port = await freePort();
  const child = spawn(PYTHON, [SERVER, String(port), String(seed)], { stdio: 'pipe' });
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints = (complaints + bytes.toString()).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const facts = await new Promise<Pick<MysteryPlc, 'order' | 'map'>>((resolve, reject) => {
    const fail = (): void => reject(new Error(`the mystery PLC does not listen (python3-pymodbus?): ${complaints}`));
    const timer = setTimeout(fail, START_MS_MAX);
    void ended.then(fail);
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as Pick<MysteryPlc, 'order' | 'map'>);
    });
  });
  return {
    port,
    ...facts,
    stop: async () => {
      child.stdin.end();
      const force = setTimeout(() => child.kill('SIGKILL'), 1000);
      await ended;
      clearTimeout(force);
    },
  };
}
