/** The names that electron/main.ts imports, as far as it uses them. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { answerInspection } from './inspection.ts';
import { ipcMain } from './ipc-main.ts';
import { session } from './session.ts';
import { shell } from './shell.ts';
import { utilityProcess } from './utility-process.ts';

const Menu = {
  buildFromTemplate: (template: unknown[]) => ({ items: template }),
  setApplicationMenu: (_menu: unknown) => {},
};

answerInspection(app);
app.onQuit(() => utilityProcess.killAll());

export { app, BrowserWindow, ipcMain, Menu, session, shell, utilityProcess };
