/** The window and its appliance: started, attached to, lost, brought back, and left in peace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../fixtures/free-port.ts';
import { type DesktopProgram, PROGRAM, startDesktop } from './electron-stand-in/desktop-program.ts';

const WAIT = { timeout: 120_000, interval: 100 };
const APPLIANCE = join(import.meta.dirname, '..', '..', 'appliance', 'forebay.mjs');
const PLANT = `version: 1
plant: { id: HP-077, name: Desktop Test HPP, timezone: Asia/Kolkata, latitude: 30.28, longitude: 79.31, ratedPowerKw: 2000 }
interval: 1m
units:
  - { id: unit1, name: Unit 1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { power: plc1/power } }
devices:
  - id: plc1
    driver: modbus-tcp
    connection: { host: 127.0.0.1, port: 9, unitId: 1, timeout: 2s }
    period: 1s
    points:
      - { id: power, register: holding, address: 3004, type: float32, order: ABCD, unit: kW }
`;

let folder: string;
let port: number;
let desktop: DesktopProgram | undefined;
let service: ChildProcess | undefined;

beforeAll(() => {
  process.stdout.write(`desktop window: ${PROGRAM}\n`);
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-desktop-'));
  port = await freePort();
});

afterEach(async () => {
  await desktop?.close();
  desktop = undefined;
  if (service !== undefined) await endService('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  return join(folder, 'data');
}

function openWindow(...options: string[]): Promise<DesktopProgram> {
  return startDesktop(join(folder, 'window'), [...options, '--data', dataFolder(), '--port', String(port)]);
}

async function startService(): Promise<void> {
  const options = ['demo', '--data', dataFolder(), '--port', String(port)];
  const started = spawn(process.execPath, [APPLIANCE, ...options], { stdio: 'ignore' });
  service = started;
  await vi.waitFor(async () => expect((await fetch(`${consoleUrl()}/health`)).ok).toBe(true), WAIT);
}

async function endService(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const ending = service;
  service = undefined;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
  const ended = once(ending, 'exit');
  ending.kill(signal);
  await ended;
}

function consoleUrl(): string {
  return `http://127.0.0.1:${port}`;
}

function appliancePid(): number {
  return (JSON.parse(readFileSync(join(dataFolder(), 'run', 'appliance.json'), 'utf8')) as { pid: number }).pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until the window stands on the console, signed in. */
async function waitForConsole(window: DesktopProgram): Promise<void> {
  await vi.waitFor(async () => {
    expect(new URL(await window.url()).origin).toBe(consoleUrl());
    expect(await window.evaluate(`fetch('/api/v1/status').then((answer) => answer.status)`)).toBe(200);
  }, WAIT);
}

async function waitForStatus(window: DesktopProgram, title: RegExp): Promise<void> {
  await vi.waitFor(async () => {
    expect(await window.url()).toContain('/electron/status.html');
    expect(await window.evaluate('document.getElementById("title").textContent')).toMatch(title);
  }, WAIT);
}

describe('with an appliance of its own', () => {
  it('starts the simulated plant, shows its console signed in, and stops it with the window', async () => {
    const startedMs = performance.now();
    desktop = await openWindow('--demo');
    await waitForConsole(desktop);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    process.stdout.write(`desktop window: console shown ${seconds} s after the start of the program\n`);
    expect(await desktop.evaluate('Object.isFrozen(window.forebayDesktop)')).toBe(true);
    expect(await desktop.evaluate('typeof require + typeof process')).toBe('undefinedundefined');
    const pid = appliancePid();
    expect(isAlive(pid)).toBe(true);
    await desktop.close();
    expect(isAlive(pid)).toBe(false);
    // Only an appliance that ended in order takes its announcement away.
    expect(existsSync(join(dataFolder(), 'run', 'appliance.json'))).toBe(false);
    await expect(fetch(`${consoleUrl()}/health`)).rejects.toThrow();
  });

  it('says that it ended when it is killed, and brings it back', async () => {
    desktop = await openWindow('--demo');
    await waitForConsole(desktop);
    const killed = appliancePid();
    process.kill(killed, 'SIGKILL');
    await waitForStatus(desktop, /^Starting again in \d+ s$/);
    expect(await desktop.evaluate('document.getElementById("code").textContent')).toBe('APP_DESKTOP_ENDED');
    await waitForConsole(desktop);
    expect(appliancePid()).not.toBe(killed);
  });

  it("shows the appliance's own words when it cannot start, and Retry starts it once that is mended", async () => {
    const plant = join(folder, 'plant.yaml');
    writeFileSync(plant, PLANT.replace('turbine: francis', 'turbine: francais'));
    desktop = await openWindow('--config', plant);
    await waitForStatus(desktop, /^Cannot start$/);
    expect(await desktop.evaluate('document.getElementById("code").textContent')).toMatch(/^CFG_[A-Z_]+$/);
    expect(await desktop.evaluate('document.getElementById("sentence").textContent')).toContain('turbine');
    expect(await desktop.evaluate('getComputedStyle(document.querySelector("main")).borderLeftWidth')).toBe('6px');
    if (process.env.SCREENSHOT_FOLDER)
      await desktop.screenshot(join(process.env.SCREENSHOT_FOLDER, 'cannot-start.png'));
    writeFileSync(plant, PLANT);
    await desktop.evaluate('document.getElementById("retry").click()');
    await waitForConsole(desktop);
  });
});

describe('with an appliance that runs already', () => {
  it('attaches to it, waits while it is gone, comes back with it, and leaves it running', async () => {
    await startService();
    const pid = appliancePid();
    desktop = await openWindow('--demo');
    await waitForConsole(desktop);
    expect(appliancePid()).toBe(pid);
    await endService('SIGKILL');
    await waitForStatus(desktop, /^Waiting for the appliance$/);
    expect(await desktop.evaluate('document.getElementById("code").textContent')).toBe('APP_DESKTOP_LOST');
    await startService();
    await waitForConsole(desktop);
    await desktop.close();
    expect((await fetch(`${consoleUrl()}/health`)).ok).toBe(true);
  });
});
