import { withoutChecksum } from '../../core/config/hedera-id.ts';
import { HEDERA_NETWORKS } from '../../core/ledger/did-hedera.ts';
import { DidPublisher } from './did-publisher.ts';
import { madeTopic } from './kept-topic.ts';
import { type OpenHederaParts, openHedera } from './open-hedera.ts';

/** What publishes the device's DID, where plant.yaml wants that. */
export function openDid(parts: OpenHederaParts): DidPublisher | undefined {
  const { hedera } = parts.config.sync ?? {};
  const network = HEDERA_NETWORKS.find((name) => name === hedera?.network);
  if (hedera?.did === undefined || network === undefined) return undefined;
  const { topicId } = hedera.did;
  return new DidPublisher({
    ...parts,
    network,
    target: openHedera(parts, hedera, { use: 'did', topicId }),
    topicOf: () => (topicId === undefined ? madeTopic(parts.store, network, 'did') : withoutChecksum(topicId)),
  });
}
