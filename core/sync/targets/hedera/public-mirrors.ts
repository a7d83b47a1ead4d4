import type { ReceiptNetwork } from './receipt.ts';

/** The mirrors that Hedera runs for everybody (docs.hedera.com, mirror node REST API); about 50 questions a second each. */
const PUBLIC_MIRRORS = {
  mainnet: 'https://mainnet.mirrornode.hedera.com',
  testnet: 'https://testnet.mirrornode.hedera.com',
  previewnet: 'https://previewnet.mirrornode.hedera.com',
} as const;

/** Where the network's messages can be looked at; undefined for nodes of one's own, whose mirror plant.yaml names. */
export function publicMirror(network: ReceiptNetwork): string | undefined {
  return network === 'private' ? undefined : PUBLIC_MIRRORS[network];
}

/** Which network a public mirror shows; undefined for any other, which may show any. */
export function networkShown(url: string): keyof typeof PUBLIC_MIRRORS | undefined {
  return (['mainnet', 'testnet', 'previewnet'] as const).find((network) => url === PUBLIC_MIRRORS[network]);
}
