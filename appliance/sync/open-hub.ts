import type { Secrets } from '../../core/acquisition/driver.ts';
import type { HubConfig, ProxyConfig } from '../../core/config/plant.ts';
import { parseNoteKey } from '../../core/ledger/cosignature.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { SyncFault, SyncTarget } from '../../core/sync/target.ts';
import type { HubLedger } from '../../core/sync/targets/hub/hub-ledger.ts';
import { hubTarget, type OpenedLink } from '../../core/sync/targets/hub/hub-target.ts';
import { meteredClient, type WebMeter } from '../web/metered-client.ts';
import { findProxy, isProxied } from '../web/proxy-settings.ts';
import { reachHost } from '../web/reach-host.ts';
import { openWebClient, type WebTls } from '../web/web-client.ts';

export interface OpenHubParts {
  readonly hub: HubConfig;
  readonly proxy: ProxyConfig | undefined;
  readonly ledger: HubLedger;
  readonly secrets: Pick<Secrets, 'read'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Counts what goes over a metered link. */
  readonly meter?: WebMeter | undefined;
}

/** The hub of plant.yaml as a target. Its files are read at each connection, so that a new token needs no restart. */
export function openHub({ hub, proxy, ledger, secrets, environment, clock, meter }: OpenHubParts): SyncTarget {
  const { url, publicKey } = hub;
  const found = findProxy(proxy, environment, secrets);
  const isDirect = found.kind === 'found' && !isProxied(new URL(url), found.proxy);
  return hubTarget({
    url,
    publicKey,
    key: present(parseNoteKey(publicKey), 'the public key that was validated'),
    ledger: () => ledger,
    monotonicMs: () => clock.monotonicMs(),
    ...(isDirect ? { isReachable: (signal) => reachHost(url, signal) } : {}),
    open: (): OpenedLink => {
      const files = readFiles(hub, secrets);
      if (files.kind === 'failed') return files;
      const found = findProxy(proxy, environment, secrets);
      if (found.kind === 'failed') return found;
      const opened = openWebClient({ tls: files.tls, proxy: found.proxy });
      if (opened.kind === 'failed') return opened;
      const headers = files.token === undefined ? {} : { authorization: `Bearer ${files.token}` };
      const client = meter === undefined ? opened.client : meteredClient(opened.client, meter);
      const link = { client, host: new URL(url).host, headers, wallMs: () => clock.wallMs() };
      return { kind: 'opened', link };
    },
  });
}

type Files =
  | { readonly kind: 'read'; readonly token?: string; readonly tls: WebTls }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

function readFiles(hub: HubConfig, secrets: Pick<Secrets, 'read'>): Files {
  const texts: Record<string, string> = {};
  for (const { name, file, kind } of [
    { name: 'token', file: hub.tokenFile, kind: 'secret' },
    { name: 'key', file: hub.keyFile, kind: 'secret' },
    { name: 'certificate', file: hub.certificateFile, kind: 'public' },
    { name: 'ca', file: hub.caFile, kind: 'public' },
  ] as const) {
    if (file === undefined) continue;
    const outcome = secrets.read(file, kind);
    if (outcome.kind === 'fault') {
      const { code, message, hint } = outcome.fault;
      return { kind: 'failed', fault: { code, message, ...(hint === undefined ? {} : { hint }) } };
    }
    texts[name] = outcome.text;
  }
  const { token, ...tls } = texts;
  if (token !== undefined && !TOKEN.test(token)) return { kind: 'failed', fault: malformedToken(hub.tokenFile ?? '') };
  return { kind: 'read', tls, ...(token === undefined ? {} : { token }) };
}

/** RFC 6750 section 2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

function malformedToken(file: string): SyncFault {
  return {
    code: 'SYN_HUB_TOKEN',
    message: `The file ${file} holds no token: it may have one line alone, of letters, digits and - . _ ~ + /.`,
    hint: 'put the token of the hub into the file, and nothing else',
  };
}
