import { toIso } from '../../core/model/time.ts';
import { readHederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';

type Receipt = Readonly<Record<string, unknown>>;

const MS_PER_S = 1000;
/** ECMA-262 section 21.4.1.1: no date lies beyond. */
const DATE_MAX_S = 8_640_000_000_000;

/** What a target gave as proof, in lines a person reads; a receipt of no known form as it stands. */
export function receiptInWords(receipt: Receipt): readonly string[] {
  return (
    hederaWords(receipt) ?? hubWords(receipt) ?? fileWords(receipt) ?? receivedWords(receipt) ?? asItStands(receipt)
  );
}

function hederaWords(receipt: Receipt): readonly string[] | undefined {
  const facts = readHederaReceipt(receipt);
  if (facts === undefined) return undefined;
  const { network, topic, sequence, consensusAt, consensusTimestamp, transactionId, hashscan } = receipt;
  const where = network === 'private' ? "a Hedera network of one's own" : `Hedera ${String(network)}`;
  return [
    `message ${String(sequence)} of topic ${String(topic)} on ${where}`,
    `consensus on ${String(consensusAt ?? consensusTimestamp)}, by transaction ${String(transactionId)}`,
    ...(typeof hashscan === 'string' ? [`anybody can look at ${hashscan}`] : []),
  ];
}

function hubWords({ hub, publicKey, size, checkpoint, signedAtS }: Receipt): readonly string[] | undefined {
  if (typeof hub !== 'string' || typeof publicKey !== 'string' || typeof checkpoint !== 'string') return undefined;
  if (typeof size !== 'number' || typeof signedAtS !== 'number') return undefined;
  const [origin = '', , root = ''] = checkpoint.split('\n');
  return [
    `the hub at ${hub} signed ${timeInWords(signedAtS)} that it holds the first ${size} entries of ${origin}`,
    `root that it signed: ${root}`,
    `key of the hub: ${publicKey}`,
  ];
}

/** A hub's clock may run in other units; what it signed counts all the same. */
function timeInWords(timeS: number): string {
  return timeS <= DATE_MAX_S ? `on ${toIso(timeS * MS_PER_S)}` : `in second ${timeS} since 1970 by its clock`;
}

function fileWords({ file, sha256, bytes, receiver }: Receipt): readonly string[] | undefined {
  if (typeof file !== 'string' || typeof sha256 !== 'string' || typeof bytes !== 'number') return undefined;
  return [
    `file ${file}, ${bytes} bytes, read back from the disk`,
    `its SHA-256: ${sha256}`,
    ...(typeof receiver === 'string' ? [`to be received by ${receiver.split('+')[0] ?? receiver}`] : []),
  ];
}

function receivedWords({ receiver, receivedAt, size }: Receipt): readonly string[] | undefined {
  if (typeof receiver !== 'string' || typeof receivedAt !== 'string' || typeof size !== 'number') return undefined;
  return [`${receiver.split('+')[0] ?? receiver} signed on ${receivedAt} that it holds the first ${size} entries`];
}

function asItStands(receipt: Receipt): readonly string[] {
  return Object.entries(receipt).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}
