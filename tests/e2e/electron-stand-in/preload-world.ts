/** The two worlds of a page, and the way between them: events whose content is text. */

export const PRELOAD_WORLD = 'stand-in-preload';
export const SEND_BINDING = 'standInSend';

/** Builds in the page's own world what the preload script exposes: a frozen copy, as Electron does. */
export function mainWorldScript(): string {
  return `(() => {
    const waiting = new Map();
    const text = (type, value) => window.dispatchEvent(new CustomEvent(type, { detail: JSON.stringify(value) }));
    const call = (key, name) => (...args) => new Promise((resolve, reject) => {
      const id = waiting.size + 1;
      waiting.set(id, { resolve, reject });
      text('stand-in-call', { id, key, name, args });
    });
    window.addEventListener('stand-in-result', (event) => {
      const { id, isDone, value } = JSON.parse(event.detail);
      const { resolve, reject } = waiting.get(id);
      isDone ? resolve(value) : reject(new Error(value));
    });
    window.addEventListener('stand-in-expose', (event) => {
      const { key, members } = JSON.parse(event.detail);
      const build = ([name, member]) => [name, member.kind === 'function' ? call(key, name) : member.value];
      const value = Object.freeze(Object.fromEntries(Object.entries(members).map(build)));
      Object.defineProperty(window, key, { value, enumerable: true, writable: false, configurable: false });
    });
  })()`;
}

/** Runs the preload script with what a sandboxed one sees, and no more. */
export function preloadScript(source: string, additionalArguments: readonly string[]): string {
  const process = { platform: 'linux', argv: ['electron', ...additionalArguments], sandboxed: true };
  return `(() => {
    const waiting = new Map();
    const exposed = new Map();
    const text = (type, value) => window.dispatchEvent(new CustomEvent(type, { detail: JSON.stringify(value) }));
    globalThis.standInReply = ({ id, isDone, value }) => {
      const { resolve, reject } = waiting.get(id);
      isDone ? resolve(value) : reject(new Error(value));
    };
    window.addEventListener('stand-in-call', async (event) => {
      const { id, key, name, args } = JSON.parse(event.detail);
      try {
        text('stand-in-result', { id, isDone: true, value: await exposed.get(key)[name](...args) });
      } catch (error) {
        text('stand-in-result', { id, isDone: false, value: String(error) });
      }
    });
    const electron = {
      contextBridge: {
        exposeInMainWorld: (key, api) => {
          exposed.set(key, api);
          const describe = ([name, member]) =>
            [name, typeof member === 'function' ? { kind: 'function' } : { kind: 'value', value: member }];
          text('stand-in-expose', { key, members: Object.fromEntries(Object.entries(api).map(describe)) });
        },
      },
      ipcRenderer: {
        invoke: (channel, ...args) => new Promise((resolve, reject) => {
          const id = waiting.size + 1;
          waiting.set(id, { resolve, reject });
          ${SEND_BINDING}(JSON.stringify({ id, channel, args }));
        }),
      },
    };
    const require = (name) => {
      if (name === 'electron') return electron;
      throw new Error('module not found: ' + name);
    };
    ((require, module, exports, process) => {${source}\n})(require, { exports: {} }, {}, ${JSON.stringify(process)});
  })()`;
}
