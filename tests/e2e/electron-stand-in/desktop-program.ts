/** The desktop program as a test sees it: the real Electron where it is installed, else the stand-in. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';
import type { Question } from './inspection.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN_FILE = join(ROOT, 'electron', 'main.ts');
const ELECTRON = join(
  ROOT,
  'node_modules',
  'electron',
  'dist',
  process.platform === 'win32' ? 'electron.exe' : 'electron',
);
const END_TIMEOUT_MS = 60_000;

export interface DesktopProgram {
  /** Runs an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  url(): Promise<string>;
  preferences(): Promise<Record<string, unknown>>;
  /** What the system's browser was asked to open. */
  openedLinks(): Promise<string[]>;
  secondStarts(): Promise<number>;
  windowCount(): Promise<number>;
  screenshot(path: string): Promise<void>;
  /** Closes the window as a person does, and waits for the program's end. */
  close(): Promise<void>;
}

export const PROGRAM = existsSync(ELECTRON) ? 'the real Electron' : 'the stand-in in front of Chromium';

export function startDesktop(userDataFolder: string, options: readonly string[]): Promise<DesktopProgram> {
  const all = [`--user-data-dir=${userDataFolder}`, ...options];
  return existsSync(ELECTRON) ? startElectron(all) : startStandIn(all);
}

/** Starts the program once more and answers how it ended. */
export async function startSecondDesktop(userDataFolder: string, options: readonly string[]): Promise<number | null> {
  const all = [`--user-data-dir=${userDataFolder}`, ...options];
  const second = existsSync(ELECTRON)
    ? spawn(ELECTRON, ['--no-sandbox', ROOT, ...all], { stdio: 'inherit' })
    : forkStandIn(all);
  const [code] = (await once(second, 'exit')) as [number | null];
  return code;
}

function forkStandIn(options: readonly string[]): ChildProcess {
  const register = new URL('register.ts', import.meta.url).href;
  return fork(MAIN_FILE, options, { execArgv: ['--import', register], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function startStandIn(options: readonly string[]): Promise<DesktopProgram> {
  const program = forkStandIn(options);
  const ended = once(program, 'exit');
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  program.on('message', ({ id, value, error }: { id: number; value: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(value);
    else waiting.get(id)?.reject(new Error(error));
  });
  ended.then(() => {
    for (const question of waiting.values()) question.reject(new Error('The program has ended'));
  });
  let asked = 0;
  const ask = <T>(question: Question): Promise<T> => {
    asked += 1;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(asked, answer);
    program.send({ id: asked, question });
    return answer.promise as Promise<T>;
  };
  return {
    evaluate: (expression) => ask({ kind: 'evaluate', expression }),
    url: () => ask({ kind: 'url' }),
    preferences: () => ask({ kind: 'preferences' }),
    openedLinks: () => ask({ kind: 'openedLinks' }),
    secondStarts: () => ask({ kind: 'secondStarts' }),
    windowCount: () => ask({ kind: 'windowCount' }),
    screenshot: (path) => ask({ kind: 'screenshot', path }),
    close: async () => {
      if (program.exitCode !== null || program.signalCode !== null) return;
      ask({ kind: 'closeWindow' }).catch(() => {});
      const timer = setTimeout(() => program.kill('SIGKILL'), END_TIMEOUT_MS);
      const [code] = (await ended) as [number | null];
      clearTimeout(timer);
      if (code !== 0) throw new Error(`The program ended with ${code ?? program.signalCode}`);
    },
  };
}

async function startElectron(options: readonly string[]): Promise<DesktopProgram> {
  const program = await _electron.launch({ executablePath: ELECTRON, args: ['--no-sandbox', ROOT, ...options] });
  await program.evaluate(({ app, shell }) => {
    const noted = { openedLinks: [] as string[], secondStarts: 0 };
    Object.assign(globalThis, { noted });
    shell.openExternal = async (url: string) => void noted.openedLinks.push(url);
    app.on('second-instance', () => {
      noted.secondStarts += 1;
    });
  });
  const window = await program.firstWindow();
  return {
    evaluate: (expression) => window.evaluate(expression),
    url: async () => window.url(),
    preferences: () => readPreferences(program),
    openedLinks: async () => (await readNotes(program)).openedLinks,
    secondStarts: async () => (await readNotes(program)).secondStarts,
    windowCount: () => program.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length),
    screenshot: async (path) => void (await window.screenshot({ path })),
    close: async () => {
      const ended = program.waitForEvent('close', { timeout: END_TIMEOUT_MS });
      await program.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      await ended;
    },
  };
}

function readPreferences(program: ElectronApplication): Promise<Record<string, unknown>> {
  return program.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    return JSON.parse(JSON.stringify(contents.getLastWebPreferences())) as Record<string, unknown>;
  });
}

function readNotes(program: ElectronApplication): Promise<{ openedLinks: string[]; secondStarts: number }> {
  return program.evaluate(
    () => (globalThis as unknown as { noted: { openedLinks: string[]; secondStarts: number } }).noted,
  );
}
