import { join } from 'node:path';
import type { Failure } from './failure.ts';

/** An appliance that answers its API. */
export interface RunningAppliance {
  /** Origin of its API on this machine, without a trailing slash. */
  url: string;
  /** Proves that we are the user it runs as; absent when it runs as another user, for example as the service. */
  localToken: string | undefined;
}

/** What looking for an appliance touches outside the program. */
export interface AttachHost {
  readText(path: string): Promise<string>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  isAlive(pid: number): boolean;
}

export type SignIn = { kind: 'link'; url: string } | { kind: 'failure'; failure: Failure };

const ANSWER_TIMEOUT_MS = 2_000;
/** Where the service listens unless it was told otherwise: the default of `forebay start`. */
const SERVICE_URL = 'http://127.0.0.1:8740';
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The first appliance that runs on one of the data folders and answers, or `undefined`. */
export async function findAppliance(
  dataFolders: readonly string[],
  host: AttachHost,
): Promise<RunningAppliance | undefined> {
  for (const folder of dataFolders) {
    const announced = await readAnnouncement(join(folder, 'run', 'appliance.json'), host);
    if (announced !== undefined && (await isAnswering(announced.url, host))) return announced;
  }
  return undefined;
}

/**
 * A one-time link that signs this window in. Without a local token it is the console itself, which then asks the
 * operator to sign in.
 */
export async function requestSignIn(appliance: RunningAppliance, host: AttachHost): Promise<SignIn> {
  if (appliance.localToken === undefined) return { kind: 'link', url: `${appliance.url}/` };
  const authorization = `Bearer ${appliance.localToken}`;
  try {
    const response = await host.fetch(`${appliance.url}/api/v1/sign-in-links`, {
      method: 'POST',
      headers: { authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (!response.ok) return noLink(`it answered ${response.status}`);
    const link = readUrl((await response.json()) as unknown);
    if (link === undefined || new URL(link).origin !== new URL(appliance.url).origin) {
      return noLink('its answer was no link to itself');
    }
    return { kind: 'link', url: link };
  } catch {
    return noLink('it did not answer in time');
  }
}

async function readAnnouncement(path: string, host: AttachHost): Promise<RunningAppliance | undefined> {
  let text: string;
  try {
    text = await host.readText(path);
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
    return isForbidden ? { url: SERVICE_URL, localToken: undefined } : undefined;
  }
  return parseAnnouncement(text, host);
}

function parseAnnouncement(text: string, host: AttachHost): RunningAppliance | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, url, localToken } = value as Record<string, unknown>;
  const isWhole = typeof pid === 'number' && typeof url === 'string' && typeof localToken === 'string';
  if (!isWhole || !isLoopback(url) || !host.isAlive(pid)) return undefined;
  return { url: new URL(url).origin, localToken };
}

/** The token goes only to this machine, whatever the file says. */
function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  return parsed.protocol === 'http:' && LOOPBACK_HOSTS.has(parsed.hostname);
}

async function isAnswering(url: string, host: AttachHost): Promise<boolean> {
  try {
    const response = await host.fetch(`${url}/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function readUrl(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('url' in answer)) return undefined;
  return typeof answer.url === 'string' && URL.canParse(answer.url) ? answer.url : undefined;
}

function noLink(reason: string): SignIn {
  const sentence = `The appliance runs but gave this window no sign-in link: ${reason}`;
  const hint = 'press Retry; if it stays so, restart the appliance';
  return { kind: 'failure', failure: { code: 'APP_DESKTOP_NO_LINK', sentence, hint } };
}
