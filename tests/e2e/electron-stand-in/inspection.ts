import type { app as theApp } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { shell } from './shell.ts';

/** What a test can ask the program about itself, where the real Electron offers Playwright's way in. */
export type Question =
  | { kind: 'evaluate'; expression: string }
  | { kind: 'url' | 'preferences' | 'openedLinks' | 'secondStarts' | 'windowCount' | 'closeWindow' }
  | { kind: 'screenshot'; path: string };

/** Answers questions that come over the process's message channel. */
export function answerInspection(app: typeof theApp): void {
  process.on('message', async ({ id, question }: { id: number; question: Question }) => {
    try {
      process.send?.({ id, value: await answer(app, question) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
}

async function answer(app: typeof theApp, question: Question): Promise<unknown> {
  const [window] = BrowserWindow.getAllWindows();
  if (question.kind === 'windowCount') return BrowserWindow.getAllWindows().length;
  if (question.kind === 'secondStarts') return app.secondStarts;
  if (question.kind === 'openedLinks') return shell.opened;
  if (window === undefined) throw new Error('There is no window');
  if (question.kind === 'preferences') return window.webContents.getLastWebPreferences();
  if (question.kind === 'closeWindow') return window.close();
  const page = await window.webContents.ready;
  if (question.kind === 'evaluate') return page.evaluate(question.expression);
  if (question.kind === 'screenshot') return void (await page.screenshot({ path: question.path }));
  return page.url();
}
