import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';

/** A host on a slow link answers within this. */
const WAIT_MS = 4000;
const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/**
 * Whether anything accepts a connection where the URL points: opened and closed again, with not a byte sent. It says
 * nothing of who answers. A name is waited for however long it takes, for each that is asked holds a thread meanwhile.
 */
export async function reachHost(url: string, signal: AbortSignal): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(host, { all: true }).catch(() => []);
  for (const { address } of found) {
    if (await accepts(address, port === '' ? (PORTS[protocol] ?? 443) : Number(port), signal)) return true;
  }
  return false;
}

function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isThere: boolean): void => {
      signal.removeEventListener('abort', give);
      socket.destroy();
      resolve(isThere);
    };
    const give = (): void => end(false);
    socket.setTimeout(WAIT_MS, give);
    socket.once('connect', () => end(true));
    socket.once('error', give);
    signal.addEventListener('abort', give, { once: true });
  });
}
