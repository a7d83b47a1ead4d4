import type { BookNode } from './node-book.ts';
import { Client, type NodeAddressBook } from './sdk.ts';

/** What a node shows of itself, fetched over the way that its messages take. */
export type FetchCertificate = (host: string, port: number) => Promise<Buffer>;

export interface CheckedClientParts {
  /** `host:port` to the account of the node. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly transport: 'tls' | 'plain';
  /** SHA-384 of the certificate in PEM form, hexadecimal, by account. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly fetchCertificate: FetchCertificate;
  /** Whether the certificate, in DER form, has the hash. */
  readonly hasHash: (certificate: Buffer, hash: string) => boolean;
  /** Told of a node, `host:port`, that shows a certificate of another hash. */
  readonly onIntercepted: (address: string) => void;
  readonly attemptMs: number;
  readonly requestMs: number;
}

/** The port by which the SDK tells that a channel is one of TLS, whatever its address says. */
const TLS_PORT = '50212';
const GRPC_UNAVAILABLE = 14;

/**
 * The SDK's client with the check that the SDK does not make: it takes any certificate that a node shows for the right one.
 * What is fetched is held against the address book here, and only then does the SDK pin it, so a connection that somebody
 * else answers is never used.
 */
export function checkedClient(parts: CheckedClientParts): Client {
  // The SDK asks for its channels while it is being constructed.
  class CheckedClient extends Client {
    override _createNetworkChannel(): ReturnType<Client['_createNetworkChannel']> {
      const open = super._createNetworkChannel();
      return (address) => {
        const channel = open(address);
        if (parts.transport === 'plain') return channel;
        const port = Number(channel.nodePort);
        channel.nodePort = TLS_PORT;
        channel._retrieveCertificate = () =>
          checkedCertificate(parts, { address, host: channel.nodeIp, port }).catch(unavailable);
        return channel;
      };
    }
  }
  return new CheckedClient({
    network: parts.nodes,
    scheduleNetworkUpdate: false,
    grpcDeadline: parts.attemptMs,
    requestTimeout: parts.requestMs,
  });
}

/** In the form of gRPC's own "unavailable", upon which the SDK goes on to another node; anything else ends its attempts. */
function unavailable(error: unknown): never {
  const details = error instanceof Error ? error.message : String(error);
  throw Object.assign(new Error(details), { code: GRPC_UNAVAILABLE, details });
}

async function checkedCertificate(
  { nodes, hashes, fetchCertificate, hasHash, onIntercepted }: CheckedClientParts,
  { address, host, port }: { readonly address: string; readonly host: string; readonly port: number },
): Promise<string> {
  const certificate = await fetchCertificate(host, port);
  const hash = hashes.get(nodes[address] ?? '');
  if (hash === undefined) throw new Error(`the address book has no certificate of ${address}`);
  if (!hasHash(certificate, hash)) {
    onIntercepted(address);
    throw new Error(`${address} shows another certificate than the address book has`);
  }
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----`;
}

/** The address book that came along with the SDK. */
export function bundledBook(network: 'mainnet' | 'testnet' | 'previewnet'): readonly BookNode[] {
  let found: NodeAddressBook | undefined;
  class Opened extends Client {
    override setNetworkFromAddressBook(book: NodeAddressBook): this {
      found = book;
      return super.setNetworkFromAddressBook(book);
    }
  }
  new Opened({ network, scheduleNetworkUpdate: false }).close();
  return (found?.nodeAddresses ?? []).flatMap(({ accountId, addresses, certHash }) => {
    const hosts = [...new Set(addresses.map(({ address }) => String(address)))];
    if (accountId === null || hosts.length === 0) return [];
    const hash = certHash === null ? '' : Buffer.from(certHash).toString('utf8');
    const certificateHash = /^[0-9a-f]{96}$/.test(hash) ? hash : undefined;
    return [{ accountId: accountId.toString(), hosts, certificateHash }];
  });
}
