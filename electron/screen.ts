import type { BrowserWindow } from 'electron';
import { type AttachHost, requestSignIn } from './attach.ts';
import { STATUS_FILE } from './own-files.ts';
import type { ShellState } from './shell-state.ts';
import { describeState, encodeStatus } from './status-page.ts';

/** Shows a state in the window: the console once there is one, else the status page. */
export class Screen {
  readonly #window: BrowserWindow;
  readonly #host: AttachHost;
  #state: ShellState = { kind: 'starting' };
  #consoleOrigin: string | undefined;

  constructor(window: BrowserWindow, host: AttachHost) {
    this.#window = window;
    this.#host = host;
  }

  /** The origin that pages may come from; `undefined` while the status page stands. */
  get consoleOrigin(): string | undefined {
    return this.#consoleOrigin;
  }

  show(state: ShellState): void {
    this.#state = state;
    this.#consoleOrigin = state.kind === 'ready' ? state.appliance.url : undefined;
    if (state.kind === 'ready') void this.#showConsole(state);
    else this.#showStatus(state);
  }

  /** Shows the present state afresh, with a new sign-in link: after a crash of the page, or when the user asks. */
  showAgain(): void {
    this.show(this.#state);
  }

  async #showConsole(state: Extract<ShellState, { kind: 'ready' }>): Promise<void> {
    const signIn = await requestSignIn(state.appliance, this.#host);
    if (this.#state !== state || this.#window.isDestroyed()) return;
    if (signIn.kind === 'link') this.#load(() => this.#window.loadURL(signIn.url));
    else this.#showStatus({ kind: 'failed', failure: signIn.failure });
  }

  #showStatus(state: Exclude<ShellState, { kind: 'ready' }>): void {
    this.#load(() => this.#window.loadFile(STATUS_FILE, { hash: encodeStatus(describeState(state)) }));
  }

  /** A load that fails or is overtaken by the next is not an error here: the supervisor watches the appliance. */
  #load(load: () => Promise<void>): void {
    if (!this.#window.isDestroyed()) load().catch(() => {});
  }
}
