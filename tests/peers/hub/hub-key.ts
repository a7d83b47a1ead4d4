import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Type of a cosignature key and of its signatures, C2SP tlog-cosignature. */
const COSIGNATURE_V1 = Buffer.of(0x04);

/** The key with which the hub signs what it holds. */
export class HubKey {
  readonly name: string;
  /** As plant.yaml has it under `sync.hub.publicKey`. */
  readonly publicText: string;
  readonly #private: KeyObject;
  readonly #hash: Buffer;

  constructor(name: string, privateKey: KeyObject) {
    this.name = name;
    this.#private = privateKey;
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    const bytes = Buffer.concat([COSIGNATURE_V1, Buffer.from(x, 'base64url')]);
    this.#hash = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
    this.publicText = `${name}+${this.#hash.toString('hex')}+${bytes.toString('base64')}`;
  }

  static create(name: string): HubKey {
    return new HubKey(name, generateKeyPairSync('ed25519').privateKey);
  }

  /** The key in the file, made with the first call. */
  static kept(name: string, path: string): HubKey {
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true });
    }
    return new HubKey(name, createPrivateKey(readFileSync(path)));
  }

  /** The checkpoint of a ledger with the hub's cosignature at `timeS`, seconds since 1970. */
  acknowledge(origin: string, size: number, root: Uint8Array, timeS: number): string {
    const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(timeS));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`), this.#private);
    return `${text}\n— ${this.name} ${Buffer.concat([this.#hash, time, signature]).toString('base64')}\n`;
  }
}
