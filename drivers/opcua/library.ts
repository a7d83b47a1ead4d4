import type { Log } from '../../core/model/log.ts';

export type Library = typeof import('node-opcua');

let loading: Promise<Library> | undefined;

/**
 * node-opcua, loaded at the first connection or probe and never before: it is large, and most plants do without it.
 * What it would print goes to the log, at the level where nobody is disturbed: whatever matters is a fault as well.
 */
export function loadLibrary(log: Log): Promise<Library> {
  loading ??= import('node-opcua').then((library) => {
    const say = (...parts: unknown[]): void => log.debug({ library: 'node-opcua' }, parts.map(String).join(' '));
    library.setWarningLogger(say);
    library.setErrorLogger(say);
    library.setDebugLogger(say);
    return library;
  });
  return loading;
}
