import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';

const children = new Set<ChildProcess>();

/** Electron's utility process as a process of Node, with `process.parentPort` put into it. */
class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    children.add(child);
    child.once('exit', (code, signal) => {
      children.delete(child);
      this.emit('exit', signal === null ? code : 15);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get stdout() {
    return this.#child.stdout;
  }

  get stderr() {
    return this.#child.stderr;
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send({ data: message });
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM');
  }
}

export const utilityProcess = {
  fork(modulePath: string, args: string[], _options: { stdio: 'pipe'; serviceName: string }): UtilityProcess {
    const parentPort = new URL('parent-port.ts', import.meta.url).href;
    return new UtilityProcess(
      fork(modulePath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: ['--import', parentPort] }),
    );
  },
  /** As in Electron, no utility process outlives the program. */
  killAll(): void {
    for (const child of children) child.kill('SIGKILL');
  },
};
