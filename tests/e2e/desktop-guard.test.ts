/**
 * The window in front of a console that cannot be trusted: it must not be led away, load from elsewhere, open windows,
 * gain permissions or reach Node, with nothing but its own means.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type DesktopProgram, PROGRAM, startDesktop, startSecondDesktop } from './electron-stand-in/desktop-program.ts';

const WAIT = { timeout: 60_000, interval: 100 };

let folder: string;
let elsewhere: Server;
let elsewhereUrl: string;
const requestsElsewhere: string[] = [];
let careless: ChildProcess;
let consoleUrl: string;
let desktop: DesktopProgram;

beforeAll(async () => {
  process.stdout.write(`desktop window: ${PROGRAM}\n`);
  folder = mkdtempSync(join(tmpdir(), 'forebay-desktop-'));
  elsewhere = createServer((request, response) => {
    requestsElsewhere.push(request.url ?? '');
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('elsewhere');
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const script = fileURLToPath(new URL('./electron-stand-in/careless-console.ts', import.meta.url));
  careless = spawn(process.execPath, [script, dataFolder(), elsewhereUrl], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (careless.stdout === null) throw new Error('No output to read from');
  const [line] = (await once(careless.stdout, 'data')) as [Buffer];
  consoleUrl = (JSON.parse(line.toString()) as { url: string }).url;
  desktop = await startDesktop(join(folder, 'window'), ['--data', dataFolder()]);
  await vi.waitFor(async () => expect(await desktop.url()).toBe(`${consoleUrl}/`), WAIT);
});

afterAll(async () => {
  await desktop?.close();
  careless?.kill('SIGKILL');
  elsewhere?.close();
  rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  return join(folder, 'data');
}

it('signs in by the one-time link and shows the console in one locked-down window', async () => {
  expect(await desktop.evaluate('document.querySelector("h1").textContent')).toBe('Careless console');
  expect(await desktop.windowCount()).toBe(1);
  expect(await desktop.preferences()).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
  });
});

it('shows the page no Node, and the bridge only as a small frozen thing', async () => {
  const names = ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron', 'ipcRenderer'];
  const seen = await desktop.evaluate(
    `${JSON.stringify(names)}.filter((name) => typeof globalThis[name] !== 'undefined')`,
  );
  expect(seen).toEqual([]);
  expect(await desktop.evaluate('Object.keys(window.forebayDesktop).sort()')).toEqual(['platform', 'retry', 'version']);
  expect(await desktop.evaluate('Object.isFrozen(window.forebayDesktop)')).toBe(true);
  expect(await desktop.evaluate('window.forebayDesktop.version')).toMatch(/^\d+\.\d+\.\d+$/);
  expect(await desktop.evaluate('window.forebayDesktop.platform')).toBe(process.platform);
  const changed =
    'try { window.forebayDesktop = 1; window.forebayDesktop.version = "9" } catch {} ; window.forebayDesktop.version';
  expect(await desktop.evaluate(changed)).toMatch(/^\d+\.\d+\.\d+$/);
});

it('puts a content policy on answers that have none', async () => {
  expect(await desktop.evaluate('document.title')).toBe('Careless console');
  expect(
    await desktop.evaluate(`fetch('/inside').then((answer) => answer.headers.get('content-security-policy'))`),
  ).toContain("default-src 'self'");
});

it('follows links on the console', async () => {
  await desktop.evaluate('document.getElementById("inside").click()');
  await vi.waitFor(async () => expect(await desktop.url()).toBe(`${consoleUrl}/inside`), WAIT);
});

it('is led nowhere else by links, redirects, scripts or new windows', async () => {
  const attempts = [
    'document.getElementById("away").click()',
    'document.getElementById("redirected").click()',
    `location.href = ${JSON.stringify(`${elsewhereUrl}/script`)}`,
    'location.href = "file:///etc/passwd"',
  ];
  for (const attempt of attempts) {
    const before = await desktop.url();
    await desktop.evaluate(`${attempt}; undefined`);
    // The refusal leaves no trace in the page, so a later answer of the same page shows that it stands.
    await desktop.evaluate(`fetch('/inside').then(() => new Promise((done) => setTimeout(done, 300)))`);
    expect(await desktop.url()).toBe(before);
    expect(await desktop.evaluate('document.querySelector("h1").textContent')).toBe('Careless console');
  }
  expect(requestsElsewhere).toEqual([]);
  expect(await desktop.openedLinks()).toEqual([]);
});

it('opens known public pages in the system browser, and no second window for anything', async () => {
  await desktop.evaluate('document.getElementById("public").click()');
  const expected = ['https://hashscan.io/testnet/topic/0.0.5005'];
  await vi.waitFor(async () => expect(await desktop.openedLinks()).toEqual(expected), WAIT);
  await desktop.evaluate(`void window.open('https://evil.example/')`);
  await desktop.evaluate(`void window.open('https://hashscan.io/mainnet', '_blank', 'noopener')`);
  expected.push('https://hashscan.io/mainnet');
  await vi.waitFor(async () => expect(await desktop.openedLinks()).toEqual(expected), WAIT);
  expect(await desktop.windowCount()).toBe(1);
  expect(await desktop.url()).toBe(`${consoleUrl}/inside`);
});

it('loads nothing from elsewhere, even where the page would be allowed to', async () => {
  const load = `fetch(${JSON.stringify(`${elsewhereUrl}/data`)}).then(() => 'loaded', () => 'refused')`;
  expect(await desktop.evaluate(load)).toBe('refused');
  const image = `new Promise((done) => {
    const image = new Image();
    image.onload = () => done('loaded');
    image.onerror = () => done('refused');
    image.src = ${JSON.stringify(`${elsewhereUrl}/pixel.png`)};
  })`;
  expect(await desktop.evaluate(image)).toBe('refused');
  expect(requestsElsewhere).toEqual([]);
});

it('grants no permission', async () => {
  for (const name of ['geolocation', 'notifications']) {
    const query = `navigator.permissions.query({ name: '${name}' }).then((status) => status.state)`;
    expect(await desktop.evaluate(query)).toBe('denied');
  }
});

it('is one program: a second start ends at once and the first hears of it', async () => {
  expect(await startSecondDesktop(join(folder, 'window'), ['--data', dataFolder()])).toBe(0);
  await vi.waitFor(async () => expect(await desktop.secondStarts()).toBe(1), WAIT);
  expect(await desktop.windowCount()).toBe(1);
});

it('leaves an appliance that it did not start running when the window is closed', async () => {
  await desktop.close();
  expect(careless.exitCode).toBeNull();
  expect((await fetch(`${consoleUrl}/health`)).status).toBe(200);
});
