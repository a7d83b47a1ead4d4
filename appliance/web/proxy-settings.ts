import type { Secrets } from '../../core/acquisition/driver.ts';
import type { ProxyConfig } from '../../core/config/plant.ts';
import type { SyncFault } from '../../core/sync/target.ts';

/** How to leave the plant, in the form that Node's agents take. */
export interface ProxySettings {
  /** The variables that Node reads of it, passwords included: never shown. */
  readonly environment: Readonly<Record<string, string>>;
  /** The proxy for `https:`, without user and password; absent where there is none. */
  readonly shown?: string;
}

export type FoundProxy =
  | { readonly kind: 'found'; readonly proxy: ProxySettings }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/**
 * The proxy of plant.yaml, else that of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY, or the same in small
 * letters, which come first, as with other programs), else none.
 */
export function findProxy(
  config: ProxyConfig | undefined,
  environment: NodeJS.ProcessEnv,
  secrets: Pick<Secrets, 'read'>,
): FoundProxy {
  if (config === undefined) return fromEnvironment(environment);
  const url = new URL(config.url);
  if (config.username !== undefined) url.username = encodeURIComponent(config.username);
  if (config.passwordFile !== undefined) {
    const outcome = secrets.read(config.passwordFile);
    if (outcome.kind === 'fault') {
      const { code, message, hint } = outcome.fault;
      return { kind: 'failed', fault: { code, message, ...(hint === undefined ? {} : { hint }) } };
    }
    url.password = encodeURIComponent(outcome.text);
  }
  const except = (config.except ?? []).join(',');
  return { kind: 'found', proxy: settings({ HTTPS_PROXY: url.href, HTTP_PROXY: url.href, NO_PROXY: except }) };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): FoundProxy {
  const found = VARIABLES.flatMap((name) => {
    const value = environment[name.toLowerCase()] ?? environment[name];
    if (value === undefined || value === '') return [];
    return [[name, name === 'NO_PROXY' || value.includes('://') ? value : `http://${value}`]];
  });
  const variables: Readonly<Record<string, string>> = Object.fromEntries(found);
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY'] as const) {
    const value = variables[name];
    // What is no address would be passed over by Node, and the way around the proxy taken without a word.
    if (value === undefined || isProxy(value)) continue;
    const hint = 'write http://host:port where the service is started, or sync.proxy into plant.yaml';
    const message = `The variable ${name} of the environment holds no address of a proxy.`;
    return { kind: 'failed', fault: { code: 'SYN_WEB_PROXY_SETTING', message, hint } };
  }
  return { kind: 'found', proxy: settings(variables) };
}

function isProxy(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return hostname !== '' && (protocol === 'http:' || protocol === 'https:');
}

function settings(environment: Readonly<Record<string, string>>): ProxySettings {
  const { HTTPS_PROXY: url } = environment;
  return url === undefined ? { environment } : { environment, shown: new URL(url).host };
}

/** Whether the way to the URL leads through the proxy, as far as words and first questions go: what really does is Node's to say. */
export function isProxied({ hostname, protocol }: URL, { environment }: ProxySettings): boolean {
  const url = protocol === 'http:' ? environment.HTTP_PROXY : environment.HTTPS_PROXY;
  if (url === undefined) return false;
  const except = (environment.NO_PROXY ?? '').split(',').map((rule) => rule.trim().replace(/:\d+$/, ''));
  return !except.some(
    (rule) => rule !== '' && (rule === '*' || rule === hostname || hostname.endsWith(rule.replace(/^\*?\.?/, '.'))),
  );
}
