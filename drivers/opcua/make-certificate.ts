import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { bits, boolean, nothing, octets, oid, sequence, set, tagged, time, unsigned, utf8 } from './der.ts';

export interface CertificateSubject {
  readonly commonName: string;
  readonly organization: string;
  /** Goes into the subject's alternative names; an OPC UA peer compares it with what the application says of itself. */
  readonly applicationUri: string;
  /** Names and addresses by which the application is reached. */
  readonly hosts: readonly string[];
  readonly validFromMs: number;
  readonly validToMs: number;
}

export interface KeyedCertificate {
  /** DER. */
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
}

/** Part 7 of the standard asks the policies that Forebay knows for 2048 bits at least. */
const MODULUS_BITS = 2048;
const SERIAL_BYTES = 16;

const OID = {
  sha256WithRsa: '1.2.840.113549.1.1.11',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  alternativeNames: '2.5.29.17',
  subjectKey: '2.5.29.14',
  authorityKey: '2.5.29.35',
} as const;

/** digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment and, being its own issuer, keyCertSign. */
const KEY_USAGE = Buffer.of(0b1111_0100);
const KEY_USAGE_UNUSED_BITS = 2;

/** A new RSA key, made on a thread of its own: the polls go on meanwhile. */
export async function makeKey(): Promise<KeyObject> {
  return (await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })).privateKey;
}

/**
 * A self-signed application instance certificate (OPC 10000-6, clause 6.2.2; X.509 version 3 by RFC 5280) for
 * `privateKey`.
 */
export async function makeCertificate(subject: CertificateSubject, privateKey: KeyObject): Promise<KeyedCertificate> {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const algorithm = sequence(oid(OID.sha256WithRsa), nothing());
  const name = sequence(
    attribute(OID.organization, subject.organization),
    attribute(OID.commonName, subject.commonName),
  );
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const signed = sequence(
    tagged(0, 'elements', unsigned(Buffer.of(2))),
    unsigned(serial),
    algorithm,
    name,
    sequence(time(subject.validFromMs), time(subject.validToMs)),
    name,
    publicKey,
    tagged(3, 'elements', extensionsOf(subject, publicKey)),
  );
  const signature = await promisify(sign)('sha256', signed, privateKey);
  return { certificate: sequence(signed, algorithm, bits(signature)), privateKey };
}

function extensionsOf({ applicationUri, hosts }: CertificateSubject, publicKey: Buffer): Buffer {
  const keyId = createHash('sha1').update(publicKey).digest();
  const alternativeNames = sequence(tagged(6, 'bytes', Buffer.from(applicationUri, 'utf8')), ...hosts.map(hostName));
  return sequence(
    extension(OID.subjectKey, octets(keyId)),
    extension(OID.authorityKey, sequence(tagged(0, 'bytes', keyId))),
    extension(OID.basicConstraints, sequence(), 'critical'),
    extension(OID.keyUsage, bits(KEY_USAGE, KEY_USAGE_UNUSED_BITS), 'critical'),
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth), oid(OID.clientAuth))),
    extension(OID.alternativeNames, alternativeNames),
  );
}

function extension(id: string, content: Buffer, weight?: 'critical'): Buffer {
  return sequence(oid(id), ...(weight === 'critical' ? [boolean('true')] : []), octets(content));
}

function attribute(id: string, text: string): Buffer {
  return set(sequence(oid(id), utf8(text)));
}

function hostName(host: string): Buffer {
  return isIP(host) === 0 ? tagged(2, 'bytes', Buffer.from(host, 'ascii')) : tagged(7, 'bytes', addressBytes(host));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groupsOf = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number(`0x${group}`));
  const front = groupsOf(head);
  const back = groupsOf(tail);
  const groups = [...front, ...Array(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(groups.flatMap((group: number) => [group >> 8, group & 0xff]));
}
