/** Entry of the desktop window: puts the parts together. The window holds no data; see README.md. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { app, BrowserWindow, ipcMain, Menu, session, shell, utilityProcess } from 'electron';
import { followProcess } from './appliance-process.ts';
import { type AttachHost, findAppliance } from './attach.ts';
import { guardContents } from './guard-contents.ts';
import { guardSession } from './guard-session.ts';
import { describeMenu } from './menu.ts';
import { mayCall } from './navigation.ts';
import { APPLIANCE_ENTRY_FILE, STATUS_FILE_URLS } from './own-files.ts';
import { Screen } from './screen.ts';
import { Supervisor } from './supervisor.ts';
import { chooseTarget, type Target } from './target.ts';
import { createWindow } from './window.ts';

/** In memory only: a session of the console does not outlive the window. */
const PARTITION = 'forebay-console';
const APPLICATION_ID = 'com.forebay.desktop';

const ATTACH_HOST: AttachHost = {
  readText: (path) => readFile(path, 'utf8'),
  fetch: (url, init) => fetch(url, init),
  isAlive,
};

if (app.requestSingleInstanceLock()) run();
else app.quit();

function run(): void {
  app.enableSandbox();
  app.setAppUserModelId(APPLICATION_ID);
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  app.whenReady().then(open);
}

function open(): void {
  const target = describeTarget();
  const consoleSession = session.fromPartition(PARTITION);
  const origin = () => screen.consoleOrigin;
  guardSession(consoleSession, origin, STATUS_FILE_URLS);
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, { consoleOrigin: origin, openInBrowser: (url) => void shell.openExternal(url) });
  });
  const window = createWindow(consoleSession, app.getVersion());
  const screen = new Screen(window, ATTACH_HOST);
  const supervisor = new Supervisor({
    find: () => findAppliance(target.attachFolders, ATTACH_HOST),
    launch: () => launchAppliance(target),
    schedule,
    show: (state) => screen.show(state),
    nowMs: () => performance.now(),
  });
  window.webContents.on('render-process-gone', () => screen.showAgain());
  Menu.setApplicationMenu(Menu.buildFromTemplate(describeMenu(() => screen.showAgain())));
  ipcMain.handle('forebay:retry', async (event) => {
    if (mayCall(event.senderFrame?.url ?? '', origin(), STATUS_FILE_URLS)) await supervisor.start();
  });
  stopBeforeQuit(supervisor);
  void supervisor.start();
}

function describeTarget(): Target {
  return chooseTarget(process.argv.slice(1), {
    kind: app.isPackaged ? 'installed' : 'source',
    applicationFolder: app.getAppPath(),
    userDataFolder: app.getPath('userData'),
    workingFolder: process.cwd(),
    serviceFolder:
      process.platform === 'win32' ? join(process.env.ProgramData ?? 'C:\\ProgramData', 'Forebay') : '/var/lib/forebay',
  });
}

function launchAppliance(target: Target) {
  const child = utilityProcess.fork(APPLIANCE_ENTRY_FILE, [...target.command], {
    serviceName: 'Forebay appliance',
    stdio: 'pipe',
  });
  return followProcess(child, schedule);
}

/** Holds the quit until our own appliance has recorded everything and ended. */
function stopBeforeQuit(supervisor: Supervisor): void {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    supervisor.stop().finally(() => {
      phase = 'stopped';
      app.quit();
    });
  });
}

function schedule(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}

/** Whether a process with this number runs; one of another user counts. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
