import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { checkSignature } from './check-signature.ts';
import { type HttpConnectionSettings, httpConnectionSchema } from './connection-schema.ts';
import { fingerprintOf, parsePublicKey } from './public-key.ts';

/** RFC 8032 section 7.1, test 3: public key, message and signature. */
const RFC_KEY = 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025';
const RFC_MESSAGE = Buffer.from('af82', 'hex');
const RFC_SIGNATURE =
  '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a';

const pair = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const PEM = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const BYTES = Buffer.from('{"a":1}', 'utf8');
const SIGNATURE = sign(null, BYTES, pair.privateKey).toString('base64');

const settings = (connection: object): HttpConnectionSettings => httpConnectionSchema.parse(connection);
const check = (connection: object, signature: string | undefined, files: Record<string, string> = {}) => {
  const { secrets } = driverHost(1, { secrets: files });
  const result = checkSignature({ bytes: BYTES, signature }, settings(connection), secrets);
  return result.kind === 'refused' ? result.refusal.code : result.kind;
};

describe('parsePublicKey', () => {
  const raw = Buffer.from(RFC_KEY, 'hex');
  const prefixed = Buffer.concat([Buffer.of(0xed, 0x01), raw]);

  it('reads PEM, hexadecimal, base64 and the three multibase forms as the same key', () => {
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const forms = [
      key.export({ format: 'pem', type: 'spki' }).toString(),
      RFC_KEY,
      RFC_KEY.toUpperCase(),
      `${raw.toString('base64')}\n`,
      `f${prefixed.toString('hex')}`,
      `u${prefixed.toString('base64url')}`,
      `z${base58(prefixed)}`,
    ];
    for (const form of forms) expect(parsePublicKey(form)?.equals(key), form).toBe(true);
    expect(fingerprintOf(key)).toMatch(/^ed25519:[0-9a-f]{16}$/);
    // The did:key of the W3C's test vectors.
    expect(parsePublicKey('z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp')).toBeDefined();
  });

  it('takes nothing else for a key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const wrong = [
      '',
      'hello',
      RFC_KEY.slice(2),
      `${RFC_KEY}00`,
      `f${raw.toString('hex')}`,
      'z0OIl',
      `z${'1'.repeat(500)}`,
      pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    ];
    for (const text of wrong) expect(parsePublicKey(text), text.slice(0, 40)).toBeUndefined();
  });
});

describe('checkSignature', () => {
  const files = { 'scada.pub': PEM, 'other.pub': 'no key', 'hmac.secret': 's'.repeat(40), 'short.secret': 'abc' };

  it('holds the vector of the standard', () => {
    const connection = settings({ publicKeyFile: 'k' });
    const { secrets } = driverHost(1, { secrets: { k: RFC_KEY } });
    const signed = { bytes: RFC_MESSAGE, signature: RFC_SIGNATURE };
    expect(checkSignature(signed, connection, secrets)).toMatchObject({ kind: 'signed' });
  });

  it.each([
    ['the right key', { publicKeyFile: 'scada.pub' }, SIGNATURE, 'signed'],
    ['hexadecimal', { publicKeyFile: 'scada.pub' }, Buffer.from(SIGNATURE, 'base64').toString('hex'), 'signed'],
    [
      'the other alphabet',
      { publicKeyFile: 'scada.pub' },
      Buffer.from(SIGNATURE, 'base64').toString('base64url'),
      'signed',
    ],
    ['the key in plant.yaml', { publicKey: PEM }, SIGNATURE, 'signed'],
    [
      'another key',
      { publicKeyFile: 'scada.pub' },
      sign(null, BYTES, other.privateKey).toString('base64'),
      'DRV_HTTP_SIGNATURE_WRONG',
    ],
    [
      'another body',
      { publicKeyFile: 'scada.pub' },
      sign(null, Buffer.from('{"a":2}'), pair.privateKey).toString('base64'),
      'DRV_HTTP_SIGNATURE_WRONG',
    ],
    ['an empty signature', { publicKeyFile: 'scada.pub' }, '', 'DRV_HTTP_SIGNATURE_WRONG'],
    ['a cut signature', { publicKeyFile: 'scada.pub' }, SIGNATURE.slice(0, 60), 'DRV_HTTP_SIGNATURE_WRONG'],
    ['words', { publicKeyFile: 'scada.pub' }, 'let me in', 'DRV_HTTP_SIGNATURE_WRONG'],
    ['none where one is required', { publicKeyFile: 'scada.pub' }, undefined, 'DRV_HTTP_SIGNATURE_MISSING'],
    ['none where one is optional', { publicKeyFile: 'scada.pub', signature: 'optional' }, undefined, 'unsigned'],
    [
      'a wrong one where one is optional',
      { publicKeyFile: 'scada.pub', signature: 'optional' },
      'x'.repeat(86),
      'DRV_HTTP_SIGNATURE_WRONG',
    ],
    ['none without a key', {}, undefined, 'unsigned'],
    ['one without a key', {}, SIGNATURE, 'DRV_HTTP_KEY_UNKNOWN'],
    ['a key file that is not there', { publicKeyFile: 'away.pub' }, SIGNATURE, 'DRV_HTTP_KEY_UNREADABLE'],
    ['a key file that is no key', { publicKeyFile: 'other.pub' }, SIGNATURE, 'DRV_HTTP_KEY_UNREADABLE'],
    [
      'a secret',
      { secretFile: 'hmac.secret' },
      createHmac('sha256', 's'.repeat(40)).update(BYTES).digest('hex'),
      'signed',
    ],
    [
      'another secret',
      { secretFile: 'hmac.secret' },
      createHmac('sha256', 't'.repeat(40)).update(BYTES).digest('hex'),
      'DRV_HTTP_SIGNATURE_WRONG',
    ],
    ['a secret that is too short', { secretFile: 'short.secret' }, SIGNATURE, 'DRV_HTTP_KEY_UNREADABLE'],
  ] as const)('answers %s', (_, connection, signature, expected) => {
    expect(check(connection, signature, files)).toBe(expected);
  });

  it('takes the key that the file holds now', () => {
    const held: Record<string, string> = { 'scada.pub': 'none yet' };
    expect(check({ publicKeyFile: 'scada.pub' }, SIGNATURE, held)).toBe('DRV_HTTP_KEY_UNREADABLE');
    held['scada.pub'] = PEM;
    expect(check({ publicKeyFile: 'scada.pub' }, SIGNATURE, held)).toBe('signed');
  });

  it('tells the sender nothing of this computer when the key cannot be read, and the log all of it', () => {
    const message = 'Others can read /etc/forebay/scada.pub.';
    const hint = 'Put it into /var/lib/forebay';
    const fault = { code: 'ACQ_SECRET_EXPOSED', message, hint, policy: 'reconnect' } as const;
    const secrets = { read: () => ({ kind: 'fault', fault }) as const };
    const signed = { bytes: BYTES, signature: SIGNATURE };
    const result = checkSignature(signed, settings({ publicKeyFile: 'scada.pub' }), secrets);
    if (result.kind !== 'refused') throw new Error(result.kind);
    expect(result.refusal).toMatchObject({ status: 503, code: 'DRV_HTTP_KEY_UNREADABLE', retryAfterS: 60 });
    expect(JSON.stringify(result.refusal)).toContain('ACQ_SECRET_EXPOSED');
    expect(JSON.stringify(result.refusal)).not.toContain('/');
    expect(result.detail).toBe(`${message} ${hint}`);
  });
});

function base58(bytes: Uint8Array): string {
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = digits[Number(number % 58n)] + text;
  return text;
}
