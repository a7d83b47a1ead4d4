import type { SyncFault } from '../../core/sync/target.ts';

/** Faults of replies, and of those that did not come whole. */

export function timedOut(host: string): SyncFault {
  const message = `The server ${host} did not answer in time.`;
  return { code: 'SYN_WEB_TIMEOUT', message, hint: 'it is tried again; look at the link if it stays' };
}

export function brokenOff(host: string): SyncFault {
  const message = `The connection to ${host} broke off.`;
  return { code: 'SYN_WEB_BROKEN', message, hint: 'it is tried again; look at the link if it stays' };
}

export function tooLarge(host: string, bytesMax: number): SyncFault {
  const message = `The server ${host} answered with more than ${bytesMax} bytes.`;
  return { code: 'SYN_WEB_REPLY_TOO_LARGE', message, hint: 'another service than the expected one answers there' };
}

/** Plain HTTP is what captive portals redirect; over HTTPS the server itself names another place. */
export function redirected(url: URL, location: string | undefined): SyncFault {
  if (url.protocol === 'http:') return portal(url.host);
  const to = hostOf(location);
  return {
    code: 'SYN_WEB_REDIRECTED',
    message: `The server ${url.host} sends us on${to === undefined ? '' : ` to ${to}`}, which is not followed.`,
    hint: 'write the new address into plant.yaml if those who run it confirm it',
  };
}

export function pageInstead(host: string, status: number): SyncFault {
  return portal(`${host} (status ${status})`);
}

function portal(host: string): SyncFault {
  return {
    code: 'SYN_WEB_PORTAL',
    message: `A page for people answers in place of ${host}: the log-in page of a network, or a proxy.`,
    hint: 'sign in to the network with a browser on this computer, or have the network let it through',
  };
}

function hostOf(location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location)) return undefined;
  return new URL(location).host;
}
