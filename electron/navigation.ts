/** Where the window may go. Pure decisions; guard-contents.ts and guard-session.ts carry them out. */

/** `inside`: the console or the status page; `browser`: a known public page, for the system's browser. */
export type Destination = 'inside' | 'browser' | 'nowhere';

/** Public pages that the console links to: the explorer that shows an anchored message to anybody. */
const PUBLIC_HOSTS: ReadonlySet<string> = new Set(['hashscan.io']);

/** Where a link, a redirect or a new window may lead while the console of `consoleOrigin` is shown. */
export function decideDestination(url: string, consoleOrigin: string | undefined): Destination {
  if (!URL.canParse(url)) return 'nowhere';
  const parsed = new URL(url);
  if (isConsole(parsed, consoleOrigin)) return 'inside';
  const isPublic = parsed.protocol === 'https:' && PUBLIC_HOSTS.has(parsed.hostname) && parsed.port === '';
  return isPublic && parsed.username === '' && parsed.password === '' ? 'browser' : 'nowhere';
}

/** Whether the page may load something: from its appliance and from our own files, from nobody else. */
export function mayRequest(url: string, consoleOrigin: string | undefined, ownFiles: ReadonlySet<string>): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  if (parsed.protocol === 'data:' || parsed.protocol === 'devtools:') return true;
  if (parsed.protocol === 'blob:') return consoleOrigin !== undefined && parsed.origin === consoleOrigin;
  if (parsed.protocol === 'file:') return ownFiles.has(`file://${parsed.pathname}`);
  return isConsole(parsed, consoleOrigin);
}

/** Whether a page may call the main process: the status page and the console, nothing else. */
export function mayCall(url: string, consoleOrigin: string | undefined, ownFiles: ReadonlySet<string>): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  return parsed.protocol === 'file:' ? ownFiles.has(`file://${parsed.pathname}`) : isConsole(parsed, consoleOrigin);
}

function isConsole(url: URL, consoleOrigin: string | undefined): boolean {
  return consoleOrigin !== undefined && url.protocol === 'http:' && url.origin === consoleOrigin;
}
