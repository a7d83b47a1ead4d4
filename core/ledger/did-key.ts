/** Multicodec `ed25519-pub`, as an unsigned varint. */
const ED25519_PUB = Buffer.from('ed01', 'hex');
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The bytes in base58 with Bitcoin's alphabet (multibase `z`, without that letter). */
export function base58(bytes: Uint8Array): string {
  let digits = '';
  let rest = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  for (; rest > 0n; rest /= 58n) digits = ALPHABET.charAt(Number(rest % 58n)) + digits;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return ALPHABET.charAt(0).repeat(zeros === -1 ? bytes.length : zeros) + digits;
}

/** The Ed25519 public key as a DID: `did:key:z` and base58btc of the multicodec prefix and the key (did:key v0.9). */
export function didKey(publicKey: Uint8Array): string {
  return `did:key:${multikey(publicKey)}`;
}

/** The same without `did:key:`: a Multikey of W3C Controlled Identifiers. */
export function multikey(publicKey: Uint8Array): string {
  return `z${base58(Buffer.concat([ED25519_PUB, publicKey]))}`;
}
