/**
 * The address of one node, as plant.yaml writes it (OPC 10000-6, clause 5.1.12): `nsu=URI;s=Name` names its namespace
 * by URI; `ns=2;s=Name` by an index that a server may shift at any restart; neither means namespace 0.
 */
export interface NodeAddress {
  readonly namespace: { readonly by: 'uri'; readonly uri: string } | { readonly by: 'index'; readonly index: number };
  readonly identifier: NodeIdentifier;
}

export type NodeIdentifier =
  | { readonly type: 'i'; readonly number: number }
  | { readonly type: 's' | 'g' | 'b'; readonly text: string };

const PARTS = /^(?:nsu=([^;]+);|ns=(\d{1,5});)?([isgb])=([\s\S]+)$/;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;
const TEXT_LENGTH_MAX = 4096;

/** The address that `text` writes, or undefined. */
export function parseNodeAddress(text: string): NodeAddress | undefined {
  const match = PARTS.exec(text);
  if (match === null || text.length > TEXT_LENGTH_MAX) return undefined;
  const [, uri, index = '0', type = '', written = ''] = match;
  if (Number(index) > UINT16_MAX) return undefined;
  const identifier = parseIdentifier(type, written);
  if (identifier === undefined) return undefined;
  if (uri !== undefined) return { namespace: { by: 'uri', uri: unescapeUri(uri) }, identifier };
  return { namespace: { by: 'index', index: Number(index) }, identifier };
}

function parseIdentifier(type: string, written: string): NodeIdentifier | undefined {
  if (type === 's') return { type, text: written };
  if (type === 'i') {
    const number = /^\d{1,10}$/.test(written) ? Number(written) : Number.NaN;
    return number <= UINT32_MAX ? { type, number } : undefined;
  }
  if (type === 'g') return GUID.test(written) ? { type, text: written.toUpperCase() } : undefined;
  return type === 'b' && BASE64.test(written) ? { type, text: written } : undefined;
}

/** The standard has `;` and `%` escaped within a URI, and nothing else. */
function unescapeUri(uri: string): string {
  return uri.replace(/%3B/gi, ';').replace(/%25/g, '%');
}

/** As plant.yaml writes it. */
export function writeNodeAddress({ namespace, identifier }: NodeAddress): string {
  const written = identifier.type === 'i' ? `i=${identifier.number}` : `${identifier.type}=${identifier.text}`;
  if (namespace.by === 'uri') return `nsu=${namespace.uri.replace(/%/g, '%25').replace(/;/g, '%3B')};${written}`;
  return namespace.index === 0 ? written : `ns=${namespace.index};${written}`;
}

/**
 * The namespace's index in a server whose namespaces are `uris`; undefined when it has none of that URI, or the URI
 * twice, so that nobody can say which one is meant.
 */
export function namespaceIndex({ namespace }: NodeAddress, uris: readonly string[]): number | undefined {
  if (namespace.by === 'index') return namespace.index < Math.max(1, uris.length) ? namespace.index : undefined;
  const index = uris.indexOf(namespace.uri);
  return index === -1 || uris.lastIndexOf(namespace.uri) !== index ? undefined : index;
}
