import { withoutChecksum } from '../../core/config/hedera-id.ts';
import type { HederaConfig } from '../../core/config/plant.ts';
import { sleep } from '../../core/model/clock.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import type { HederaSession } from '../../core/sync/targets/hedera/hedera-session.ts';
import { VALID_FOR_SECONDS } from '../../core/sync/targets/hedera/hedera-target.ts';
import { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import { publicMirror } from '../../core/sync/targets/hedera/public-mirrors.ts';
import { validStarts } from '../../core/sync/targets/hedera/valid-start.ts';
import { mainnetTrouble } from './mainnet-confirmation.ts';
import { MirrorWay, type OpenHederaParts, openConsensus } from './open-hedera.ts';

/**
 * A session with the network of plant.yaml for what is no message on a topic. Whoever opens it closes its port, and keeps
 * `succeeded` for as long as it opens sessions.
 */
export async function openHederaSession(
  parts: OpenHederaParts,
  hedera: HederaConfig,
  succeeded: Set<string>,
): Promise<HederaSession | SyncFault> {
  const { clock, random, config, store } = parts;
  const unconfirmed = mainnetTrouble(config, store);
  if (unconfirmed !== undefined) return unconfirmed;
  const network = hedera.network ?? 'private';
  const way = new MirrorWay(parts);
  const opened = await openConsensus(parts, hedera, way);
  if (opened.kind === 'failed') return opened.fault;
  const { secondMirror: second } = hedera;
  const url = hedera.mirror ?? publicMirror(network) ?? '';
  return {
    network,
    operatorId: withoutChecksum(hedera.operatorId),
    publicKey: opened.publicKey,
    mirror: new MirrorClient({ url, fetch: way.fetch, clock }),
    ...(second === undefined ? {} : { second: new MirrorClient({ url: second, fetch: way.fetch, clock }) }),
    succeeded,
    port: opened.port,
    clock,
    validForSeconds: VALID_FOR_SECONDS,
    nextStart: validStarts(clock, random),
    pause: (ms, signal) => sleep(clock, ms, signal),
  };
}
