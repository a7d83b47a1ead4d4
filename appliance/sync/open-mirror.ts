import type { Secrets } from '../../core/acquisition/driver.ts';
import type { PlantConfig, ProxyConfig } from '../../core/config/plant.ts';
import type { Clock } from '../../core/model/clock.ts';
import { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import { publicMirror } from '../../core/sync/targets/hedera/public-mirrors.ts';
import type { ReceiptNetwork } from '../../core/sync/targets/hedera/receipt.ts';
import { findProxy } from '../web/proxy-settings.ts';
import { openWebClient } from '../web/web-client.ts';
import { mirrorFetch } from './mirror-fetch.ts';

export interface MirrorWay {
  readonly proxy?: ProxyConfig | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly secrets: Pick<Secrets, 'read'>;
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs' | 'after'>;
}

export interface OpenedMirror {
  readonly mirror: MirrorClient;
  close(): void;
}

/** A mirror at this address, by way of the plant's proxy where there is one; or a sentence that says why not. */
export function openMirror(url: string, { proxy, environment, secrets, clock }: MirrorWay): OpenedMirror | string {
  const found = findProxy(proxy, environment, secrets);
  if (found.kind === 'failed') return found.fault.message;
  const opened = openWebClient({ proxy: found.proxy });
  if (opened.kind === 'failed') return opened.fault.message;
  const { client } = opened;
  return { mirror: new MirrorClient({ url, fetch: mirrorFetch(client), clock }), close: () => client.close() };
}

/** Which mirror shows the network: the one that plant.yaml names, else the public one; undefined where there is none. */
export function mirrorUrlOf(sync: PlantConfig['sync'], network: ReceiptNetwork): string | undefined {
  const { hedera } = sync ?? {};
  const isSameNetwork = (hedera?.network ?? 'private') === network;
  return (isSameNetwork ? hedera?.mirror : undefined) ?? publicMirror(network);
}
