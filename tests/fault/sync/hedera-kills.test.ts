import { expect, test } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { FAULTS, type Fault } from '../../peers/hedera/fault-script.ts';
import { type KillRunResult, runKills } from './hedera-kills.ts';

const seed = announceSeed('hedera kills');
/** FOREBAY_HEDERA_KILLS=100 FOREBAY_HEDERA_ATTESTATIONS=500 for the long run, with every fault at 3 to 15 %. */
const kills = Number(process.env.FOREBAY_HEDERA_KILLS ?? 3);
const attestations = Number(process.env.FOREBAY_HEDERA_ATTESTATIONS ?? 20);
const isLong = process.env.FOREBAY_HEDERA_KILLS !== undefined;

/** What leaves each question to the mirror without an answer for as long as a slow link may take. */
const HANGS: readonly Fault[] = ['mirror-hang'];
/** What is only proven once a transaction's validity of two minutes is over, so that the short run leaves it out. */
const SLOW: readonly Fault[] = ['receipt-lies', 'accepted-and-lost', 'throttled-at-consensus'];

const faults = FAULTS.filter((fault) => !(isLong ? HANGS : [...HANGS, ...SLOW]).includes(fault));

test(
  'every attestation arrives on the topic once, whatever the network does and however often the appliance is killed',
  async () => {
    const result = await runKills({
      seed,
      kills,
      attestations,
      killsBegin: isLong ? 'once the topic is made' : 'at once',
      lifeMs: isLong ? { min: 2500, max: 8000 } : { min: 500, max: 2500 },
      faults,
      rate: isLong ? { min: 0.03, max: 0.15 } : { min: 0.01, max: 0.04 },
      drainIn: isLong ? 'the same network' : 'calm',
      drainMs: isLong ? 3_600_000 : 300_000,
      ...(isLong ? { say: (line: string) => process.stdout.write(`${line}\n`) } : {}),
    });
    if (isLong)
      process.stdout.write(
        `${JSON.stringify({ ...result, sealed: result.sealed.length, onTopics: result.onTopics.length })}\n`,
      );
    expect(judge(result)).toEqual({
      acknowledged: attestations,
      readings: attestations,
      sealed: attestations,
      lost: 0,
      twice: 0,
      strangers: 0,
      topics: 1,
      states: { delivered: attestations, open: 0, parked: 0 },
      wrongReceipts: [],
      fsck: 0,
    });
    // Receipts are asked for only where the mirror is late.
    const certain = faults.filter((fault) => !fault.startsWith('receipt-') || fault === 'receipt-lies');
    if (isLong) expect(certain.filter((fault) => result.faults[fault] === 0)).toEqual([]);
  },
  isLong ? 3 * 3_600_000 : 480_000,
);

function judge(result: KillRunResult): object {
  const { sealed, onTopics, acknowledged, readings, topics, states, wrongReceipts, fsck } = result;
  const once = new Set(onTopics);
  return {
    acknowledged,
    readings,
    sealed: sealed.length,
    lost: sealed.filter((message) => !once.has(message)).length,
    twice: onTopics.length - once.size,
    strangers: [...once].filter((message) => !sealed.includes(message)).length,
    topics,
    states,
    wrongReceipts,
    fsck: fsck.code,
  };
}
