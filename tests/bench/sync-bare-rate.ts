import { TransactionId } from '@hashgraph/sdk';
import type { HederaNetwork } from '../peers/hedera/hedera-network.ts';
import type { OperatorKey } from '../peers/hedera/operator-key.ts';
import { createTopic, messageFor, sdkClient } from '../peers/hedera/sdk-client.ts';

const AT_ONCE = 16;
const MESSAGE = 'x'.repeat(620);

/** How many messages a second the bare SDK gives to the network, 16 at once, with nothing kept and nothing confirmed. */
export async function bareRate(network: HederaNetwork, key: OperatorKey, messages: number): Promise<number> {
  const client = sdkClient(network, key);
  try {
    const topicId = await createTopic(client);
    let left = messages;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await messageFor(topicId, MESSAGE, TransactionId.generate(client.operatorAccountId ?? '0.0.1001')).execute(
          client,
        );
      }
    };
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    return (messages / (performance.now() - startedMs)) * 1000;
  } finally {
    client.close();
  }
}
