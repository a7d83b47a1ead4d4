/** What of `sync.hedera` says which network it leads to. */
export interface NetworkNames {
  readonly network?: string | undefined;
  readonly nodes?: Readonly<Record<string, unknown>> | undefined;
  readonly mirror?: string | undefined;
  readonly secondMirror?: string | undefined;
}

/** That it is the mainnet, or may be. */
export interface MainnetHint {
  /** As the beginning of a sentence. */
  readonly why: string;
  /** Whether it says that it is: else it could be, and nothing tells. */
  readonly isCertain: boolean;
}

/**
 * Whether it is, or may be, the mainnet of Hedera; undefined where it is not. It is by its name, and
 * by a mirror or a node that has the mainnet in its name. A network that is named otherwise is not: its nodes come from its own
 * address book. Nodes of one's own may be anybody's, and accounts of nodes have the same ids in every network, so they are
 * taken for the mainnet's unless they and their mirrors lie in a network of one's own, or in Hedera's test networks by name.
 */
export function mainnetHint({ network, nodes = {}, mirror, secondMirror }: NetworkNames): MainnetHint | undefined {
  if (network === 'mainnet') return { why: 'plant.yaml names the mainnet of Hedera', isCertain: true };
  const mirrors = [mirror, secondMirror].flatMap((url) => url ?? []);
  const mirrorOfMainnet = mirrors.find((url) => /mainnet/i.test(url));
  if (mirrorOfMainnet !== undefined) {
    return { why: `plant.yaml names a mirror of the mainnet of Hedera, ${mirrorOfMainnet}`, isCertain: true };
  }
  if (network !== undefined) return undefined;
  const places = [...Object.keys(nodes), ...mirrors.map(placeOf)];
  const stranger = places.find((place) => /mainnet/i.test(place) || !isOwn(hostOf(place)));
  if (stranger === undefined) return undefined;
  const why = `plant.yaml names ${stranger}, which lies in no network of one's own, so it may be of the mainnet of Hedera`;
  return { why, isCertain: false };
}

/** Host and port of an address. */
function placeOf(url: string): string {
  return url.replace(/^https?:\/\//i, '').replace(/\/.*$/, '');
}

function hostOf(place: string): string {
  return place
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function isOwn(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return OWN_IPV4.test(host);
  // An address in hexadecimal digits looks like a name without a dot.
  if (/^0x[\da-f]+$/.test(host)) return false;
  if (host.includes(':')) return OWN_IPV6.test(host);
  return !host.includes('.') || OWN_NAME.test(host) || TEST_NETWORK.test(host);
}

/** RFC 1122 (127/8), 1918, 3927, 6598 (100.64/10), 2544 (198.18/15) and 5737: nobody on the internet has these addresses. */
const OWN_IPV4 =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|198\.1[89]\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/;
/** The same of IPv6: this computer, RFC 4193, RFC 4291 (link-local), RFC 3849. */
const OWN_IPV6 = /^(?:::1$|f[cd][\da-f]{2}:|fe[89ab][\da-f]:|2001:db8:)/;
/** Names that the internet has none of: RFC 2606, 6761, 6762 and 8375, and those that offices use and nobody may register. */
const OWN_NAME = /\.(?:test|example|invalid|localhost|local|home\.arpa|internal|lan|home|corp)$/;
/** Mirrors and nodes of Hedera's own test networks. */
const TEST_NETWORK = /^(?:[a-z0-9-]+\.)*(?:testnet|previewnet)(?:-[a-z0-9-]+)?(?:\.mirrornode)?\.hedera\.com$/;
