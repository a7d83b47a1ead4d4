/** An account, topic or token of a Hedera network: `shard.realm.number`. */
export interface HederaId {
  readonly shard: bigint;
  readonly realm: bigint;
  readonly number: bigint;
  /** The five letters that may stand behind it, as somebody wrote them (HIP-15); not checked by reading. */
  readonly checksum?: string;
}

export const HEDERA_NETWORK_NAMES = ['mainnet', 'testnet', 'previewnet'] as const;
export type HederaNetworkName = (typeof HEDERA_NETWORK_NAMES)[number];

/** Ledger ids of Hedera's networks (HIP-198). A network of one's own has none that a checksum could be held against. */
const LEDGER_IDS: Readonly<Record<HederaNetworkName, number>> = { mainnet: 0, testnet: 1, previewnet: 2 };

const FORM = /^(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})(?:-([a-z]{5}))?$/;
const LARGEST = 2n ** 63n - 1n;

/** Reads `0.0.1001` or `0.0.1001-abcde`; undefined when the text is neither. */
export function parseHederaId(text: string): HederaId | undefined {
  const [, shard, realm, number, checksum] = FORM.exec(text) ?? [];
  if (shard === undefined || realm === undefined || number === undefined) return undefined;
  const id = { shard: BigInt(shard), realm: BigInt(realm), number: BigInt(number) };
  if (id.shard > LARGEST || id.realm > LARGEST || id.number > LARGEST) return undefined;
  return checksum === undefined ? id : { ...id, checksum };
}

/** The id as networks write it, without its checksum. */
export function hederaIdText({ shard, realm, number }: HederaId): string {
  return `${shard}.${realm}.${number}`;
}

/** The id without a checksum that may stand behind it. */
export function withoutChecksum(text: string): string {
  return text.replace(/-[a-z]{5}$/, '');
}

/**
 * The five letters that HIP-15 gives the id on the network: `d` are the digits of `shard.realm.number` with 10 for a
 * dot, `sd0` and `sd1` sums of every second one mod 11, `s` all of them in base 31, `sh` the ledger id and six zeros in
 * base 31.
 */
export function hederaChecksum(id: HederaId, network: HederaNetworkName): string {
  const digits = [...hederaIdText(id)].map((character) => (character === '.' ? 10 : Number(character)));
  let evenSum = 0;
  let oddSum = 0;
  let sum = 0;
  digits.forEach((digit, i) => {
    sum = (31 * sum + digit) % P3;
    if (i % 2 === 0) evenSum = (evenSum + digit) % 11;
    else oddSum = (oddSum + digit) % 11;
  });
  const ledger = [LEDGER_IDS[network], 0, 0, 0, 0, 0, 0].reduce((total, byte) => (31 * total + byte) % P5, 0);
  let checksum = ((((digits.length % 5) * 11 + evenSum) * 11 + oddSum) * P3 + sum + ledger) % P5;
  checksum = (checksum * MULTIPLIER) % P5;
  let letters = '';
  for (let i = 0; i < 5; i += 1) {
    letters = String.fromCharCode(97 + (checksum % 26)) + letters;
    checksum = Math.floor(checksum / 26);
  }
  return letters;
}

/** 26 to the third and to the fifth, and the multiplier of the last step (HIP-15). */
const P3 = 26 ** 3;
const P5 = 26 ** 5;
const MULTIPLIER = 1_000_003;

/** Why the checksum behind the id is not that of the network, as the end of a sentence; undefined when it is, or is not there. */
export function checksumTrouble(text: string, network: HederaNetworkName): string | undefined {
  const id = parseHederaId(text);
  if (id?.checksum === undefined) return undefined;
  const right = hederaChecksum(id, network);
  return right === id.checksum ? undefined : `has the checksum ${id.checksum}, and on ${network} it is ${right}`;
}
