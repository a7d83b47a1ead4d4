import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { PlantConfig } from '../../core/config/plant.ts';
import { keptLinkBudget, type LinkBudget } from '../../core/sync/link-budget.ts';
import { publicMirror } from '../../core/sync/targets/hedera/public-mirrors.ts';
import type { WebMeter } from '../web/metered-client.ts';
import { findProxy } from '../web/proxy-settings.ts';
import type { LinkWatchParts } from './link-watch.ts';
import type { OpenSyncParts } from './open-plant-sync.ts';

/** What a metered link allows, where plant.yaml says that it is one. */
export function budgetOf({
  config,
  store,
  clock,
}: Pick<OpenSyncParts, 'config' | 'store' | 'clock'>): LinkBudget | undefined {
  const { link } = config.sync ?? {};
  if (link === undefined || link.metered === false) return undefined;
  return keptLinkBudget({ store, clock, timezone: config.plant.timezone, bytesPerDay: link.bytesPerDay });
}

/** Counts what the web client sends for a target. Answers of a public target's mirror belong to what was sent already. */
export function meterOf(budget: LinkBudget | undefined, target: string, isPublic: boolean): WebMeter | undefined {
  if (budget === undefined) return undefined;
  return {
    hold: () => (isPublic ? undefined : budget.hold({ isPublic })?.fault),
    spend: (bytes) => budget.spend(target, bytes),
  };
}

/** This computer, as the watch on the link sees it. */
export function systemWay(parts: OpenSyncParts): Pick<LinkWatchParts, 'addresses' | 'names' | 'resolves'> {
  const isAllHere = isOnThisComputer(parts.config);
  return {
    addresses: () => addressesOf(isAllHere),
    names: namesBeyond(parts),
    resolves: async (name) => (await lookup(name)).address !== '',
  };
}

/** Targets that run on this very computer, as a test network does, need no address in a network. */
function isOnThisComputer(config: PlantConfig): boolean {
  const { sync } = config;
  const nodes = Object.keys(sync?.hedera?.nodes ?? {});
  const isPublicNetwork = sync?.hedera !== undefined && sync.hedera.network !== undefined;
  return !isPublicNetwork && [...targetUrls(config), ...nodes].every((url) => LOOPBACK.test(url));
}

const LOOPBACK = /^(?:https?:\/\/)?(?:127\.|localhost\b|\[::1\])/;

function addressesOf(withLoopback: boolean): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  // What a computer gives itself on a cable that leads nowhere is no address in a network.
  return all
    .filter(({ internal, address }) => (withLoopback || !internal) && !SELF_GIVEN.test(address))
    .map(({ address }) => address);
}

const SELF_GIVEN = /^(?:169\.254\.|fe80:)/i;

/** Names of the targets' hosts, or of the proxy that stands before them. */
export function namesBeyond({
  config,
  environment,
  secrets,
}: Pick<OpenSyncParts, 'config' | 'environment' | 'secrets'>): readonly string[] {
  const found = findProxy(config.sync?.proxy, environment, secrets);
  const proxy = found.kind === 'failed' ? config.sync?.proxy?.url : found.proxy.shown;
  const urls = proxy === undefined ? targetUrls(config) : [proxy];
  const names = urls.flatMap((url) => {
    const host = URL.canParse(url) ? new URL(url).hostname : url.replace(/:\d+$/, '');
    return host === '' || isIP(host.replace(/^\[|\]$/g, '')) !== 0 ? [] : [host];
  });
  return [...new Set(names)];
}

function targetUrls({ sync }: PlantConfig): readonly string[] {
  const { hub, hedera } = sync ?? {};
  const mirror = hedera === undefined ? undefined : (hedera.mirror ?? publicMirror(hedera.network ?? 'private'));
  return [hub?.url, mirror].filter((url) => url !== undefined);
}
