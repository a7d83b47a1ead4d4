/** The networks that HashScan shows; a link to a network of one's own leads nowhere. */
const SHOWN: readonly string[] = ['mainnet', 'testnet', 'previewnet'];

/** Whether anybody can look at this network; one of one's own, or none that is named, is nothing that anybody else sees. */
export function isPublicNetwork(network: unknown): boolean {
  return typeof network === 'string' && SHOWN.includes(network);
}

/** The page of a transaction on HashScan, or null for a network that it does not show. */
export function hashscanTransaction(network: string | null, transactionId: string | null): string | null {
  if (transactionId === null || !isPublicNetwork(network)) return null;
  return `https://hashscan.io/${network}/transaction/${transactionId}`;
}

/**
 * The one form of a transaction id that is kept, `0.0.1001@1764067200.123456789`, of any that people copy: mirrors write
 * `0.0.1001-1764067200-123456789`. Undefined for a text that is no transaction id.
 */
export function transactionIdOf(text: string): string | undefined {
  const parts = /^(\d{1,10}\.\d{1,10}\.\d{1,19})[@-](\d{1,12})[.-](\d{1,9})$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, account = '', seconds = '', nanos = ''] = parts;
  return `${account}@${seconds}.${nanos}`;
}
