import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../core/model/failure.ts';
import { parseDuration } from '../../core/model/time.ts';
import { dataFolderAt } from '../data-folder.ts';
import { findRunning, type RunFile } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import { openMinter } from '../tokens/open-minter.ts';
import { tokenActions } from '../tokens/token-actions.ts';
import type { TokensAnswer } from '../tokens/token-answer.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';
import { senderParts } from './sender-parts.ts';
import { show } from './tokens.ts';

const RUN_FOR = '5m';
const LOOK_EVERY_MS = 500;

export const tokensMint: Command = {
  name: 'tokens mint',
  summary: 'Mint what two persons have approved, now, and wait for it',
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    for: { type: 'string', value: 'DURATION', about: `how long to go on at most, ${RUN_FOR} if left out` },
    json: JSON_OPTION,
  },
  notes: [
    'A running appliance mints by itself; this makes it try at once. Without one the command mints.',
    'Ends with 3 when not all could be minted; it is kept, and minted later.',
  ],
  async run(call) {
    const lastMs = systemClock.monotonicMs() + durationOf(call);
    const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
    const answer = running === undefined ? await mintAtRest(call, lastMs) : await mintThere(running, lastMs);
    show(answer, call);
    if (isLeft(answer)) throw notMinted(answer);
    return 0;
  },
};

function durationOf({ texts }: Call): number {
  const text = texts.for ?? RUN_FOR;
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw usage(`--for is "${text}".`, 'a duration such as 30s or 10m');
  return durationMs;
}

async function mintThere(running: RunFile, lastMs: number): Promise<TokensAnswer> {
  await callAppliance(running, 'POST', '/api/v1/sync/run');
  const ask = async (): Promise<TokensAnswer> =>
    (await callAppliance(running, 'GET', '/api/v1/tokens')) as TokensAnswer;
  let answer = await ask();
  while (isUnderWay(answer) && systemClock.monotonicMs() < lastMs) {
    await wait(LOOK_EVERY_MS);
    answer = await ask();
  }
  return answer;
}

/** Mints without an appliance, as its stand-in. */
function mintAtRest(call: Call, lastMs: number): Promise<TokensAnswer> {
  return recordAtRest(call, async (plant) => {
    const { config, store, record } = plant;
    const minter = openMinter(senderParts(call, plant));
    const { list } = tokenActions({ config, store, record, minter: () => minter?.status() });
    minter?.start();
    while (isUnderWay(list()) && systemClock.monotonicMs() < lastMs) await wait(LOOK_EVERY_MS);
    const answer = list();
    await minter?.stop();
    return answer;
  });
}

/** Whether something goes on that needs no person. */
function isUnderWay({ work }: TokensAnswer): boolean {
  return work !== null && (work.state === 'minting' || work.state === 'waiting');
}

function isLeft({ plans, work }: TokensAnswer): boolean {
  return plans.some(({ state }) => state === 'approved') || (work !== null && work.state !== 'idle');
}

function notMinted({ work }: TokensAnswer): Failure {
  const fault = work?.fault ?? undefined;
  return new Failure(
    'TOK_NOT_MINTED',
    'Not everything that is approved could be minted; it is kept and minted later.',
    {
      hint: fault === undefined ? 'look again with "forebay tokens list"' : `${fault.code}: ${fault.message}`,
      exitCode: 3,
    },
  );
}
