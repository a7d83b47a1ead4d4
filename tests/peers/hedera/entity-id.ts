import type {
  AccountIdProto,
  Int64,
  TimestampProto,
  TokenIdProto,
  TopicIdProto,
  TransactionIdProto,
} from './protobufs.ts';

export const NANOS_PER_SECOND = 1_000_000_000n;
export const NANOS_PER_MS = 1_000_000n;

export function bigintOf(value: Int64 | null | undefined): bigint {
  return value === null || value === undefined ? 0n : BigInt(value.toString());
}

/** `0.0.1001`, or undefined where there is none. */
export function accountIdOf(id: AccountIdProto | null | undefined): string | undefined {
  return id === null || id === undefined ? undefined : `${id.shardNum}.${id.realmNum}.${bigintOf(id.accountNum)}`;
}

export function topicIdOf(id: TopicIdProto | null | undefined): string | undefined {
  return id === null || id === undefined ? undefined : `${id.shardNum}.${id.realmNum}.${id.topicNum}`;
}

export function tokenIdOf(id: TokenIdProto | null | undefined): string | undefined {
  return id === null || id === undefined ? undefined : `${id.shardNum}.${id.realmNum}.${id.tokenNum}`;
}

/** Shard, realm and number of an id as text. */
export function partsOf(id: string): [string, string, string] {
  const [shard, realm, number] = id.split('.');
  if (shard === undefined || realm === undefined || number === undefined) throw new Error(`no entity id: ${id}`);
  return [shard, realm, number];
}

export function accountIdProto(id: string): object {
  const [shardNum, realmNum, accountNum] = partsOf(id);
  return { shardNum, realmNum, accountNum };
}

export function topicIdProto(id: string): object {
  const [shardNum, realmNum, topicNum] = partsOf(id);
  return { shardNum, realmNum, topicNum };
}

export function tokenIdProto(id: string): object {
  const [shardNum, realmNum, tokenNum] = partsOf(id);
  return { shardNum, realmNum, tokenNum };
}

/** Nanoseconds since 1970. */
export function nanosOf(time: TimestampProto | null | undefined): bigint | undefined {
  if (time === null || time === undefined) return undefined;
  return bigintOf(time.seconds) * NANOS_PER_SECOND + BigInt(time.nanos);
}

export function timestampProto(nanos: bigint): object {
  return { seconds: (nanos / NANOS_PER_SECOND).toString(), nanos: Number(nanos % NANOS_PER_SECOND) };
}

/** `1234567890.000000001`, as the mirror writes times. */
export function timestampText(nanos: bigint): string {
  return `${nanos / NANOS_PER_SECOND}.${(nanos % NANOS_PER_SECOND).toString().padStart(9, '0')}`;
}

/** `0.0.1001-1234567890-000000001`, as the mirror writes transaction ids. */
export function transactionIdText(payer: string, validStartNs: bigint): string {
  return `${payer}-${timestampText(validStartNs).replace('.', '-')}`;
}

/** The same of a decoded id; undefined where it lacks payer or time. */
export function transactionIdOf(id: TransactionIdProto | null | undefined): string | undefined {
  const payer = accountIdOf(id?.accountID);
  const validStartNs = nanosOf(id?.transactionValidStart);
  return payer === undefined || validStartNs === undefined ? undefined : transactionIdText(payer, validStartNs);
}
