import { BrowserWindow, type Session } from 'electron';
import { PRELOAD_FILE } from './own-files.ts';

/** The program's one window, locked down: its pages see no Node and share nothing with the preload script. */
export function createWindow(session: Session, version: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 800,
    minHeight: 560,
    title: 'Forebay',
    backgroundColor: '#d5d8da',
    autoHideMenuBar: true,
    webPreferences: {
      session,
      preload: PRELOAD_FILE,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      additionalArguments: [`--forebay-version=${version}`],
    },
  });
  window.on('page-title-updated', (event) => event.preventDefault());
  return window;
}
