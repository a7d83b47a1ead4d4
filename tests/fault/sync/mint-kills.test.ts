import { expect, test } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { FAULTS, type Fault } from '../../peers/hedera/fault-script.ts';
import { type MintKillResult, runMintKills } from './mint-kills.ts';

const seed = announceSeed('mint kills');
/** FOREBAY_MINT_KILLS=100 for the long run, with every fault at 1 to 6 %. */
const kills = Number(process.env.FOREBAY_MINT_KILLS ?? 2);
const isLong = process.env.FOREBAY_MINT_KILLS !== undefined;
const months = Number(process.env.FOREBAY_MINT_MONTHS ?? (isLong ? 60 : 1));

/** What leaves each question to the mirror without an answer for as long as a slow link may take. */
const HANGS: readonly Fault[] = ['mirror-hang'];
/** What is only proven once a mint's validity of two minutes is over, so that the short run leaves it out. */
const SLOW: readonly Fault[] = [
  'receipt-lies',
  'accepted-and-lost',
  'throttled-at-consensus',
  'transaction-expired',
  'invalid-transaction-start',
];

const faults = FAULTS.filter((fault) => !(isLong ? HANGS : [...HANGS, ...SLOW]).includes(fault));

test(
  'every certificate is minted once, whatever the network does and however often the appliance is killed',
  async () => {
    const result = await runMintKills({
      seed,
      kills,
      months,
      certificates: isLong ? 25 : 12,
      lifeMs: isLong ? { min: 3000, max: 9000 } : { min: 700, max: 2000 },
      faults,
      rate: isLong ? { min: 0.01, max: 0.06 } : { min: 0.005, max: 0.02 },
      drainIn: isLong ? 'the same network' : 'calm',
      drainMs: isLong ? 7_200_000 : 300_000,
      ...(isLong ? { say: (line: string) => process.stdout.write(`${line}\n`) } : {}),
    });
    if (isLong) process.stdout.write(`${JSON.stringify({ ...result, stretches: result.stretches.length })}\n`);
    expect(judge(result)).toEqual({
      lost: 0,
      twice: 0,
      tokens: 1,
      recorded: result.due,
      wrong: [],
      fsck: 0,
      plans: { minted: months },
    });
  },
  isLong ? 4 * 3_600_000 : 600_000,
);

function judge({ stretches, due, recorded, tokens, wrong, fsck, plans }: MintKillResult): object {
  const once = new Set(stretches);
  const wanted = Array.from({ length: due }, (_, n) => `${n * 1_000_000}+1000000`);
  return {
    lost: wanted.filter((stretch) => !once.has(stretch)).length,
    twice: stretches.length - once.size,
    tokens,
    recorded,
    wrong,
    fsck: fsck.code,
    plans,
  };
}
