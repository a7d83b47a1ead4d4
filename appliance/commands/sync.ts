import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../core/model/failure.ts';
import { parseDuration } from '../../core/model/time.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { parkByHand, retryParked } from '../../core/sync/kept-outbox.ts';
import { dataFolderAt } from '../data-folder.ts';
import { findRunning, type RunFile } from '../run-file.ts';
import { type LinkAnswer, linkAnswer, linkInWords } from '../sync/link-answer.ts';
import { openPlantSync, sealModeOf } from '../sync/open-plant-sync.ts';
import { type Deliverer, type DeliveryAnswer, type SyncActions, syncActions } from '../sync/sync-actions.ts';
import { type TargetAnswer, targetStatuses } from '../sync/target-status.ts';
import { type UnsealedAnswer, unsealedAnswer, unsealedAtRest, unsealedInWords } from '../sync/unsealed.ts';
import { targetInLines } from '../sync/waiting-words.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';
import { senderParts } from './sender-parts.ts';

const RUN_FOR = '2m';
const LOOK_EVERY_MS = 200;
const TARGET_OPTION = {
  type: 'string',
  value: 'NAME',
  about: 'the target in plant.yaml: file, hub, hedera',
  isNeeded: true,
} as const;
const BATCH_OPTION = {
  type: 'string',
  value: 'INDEX',
  about: 'the batch, by the index of its entry',
  isNeeded: true,
} as const;

export const syncStatus: Command = {
  name: 'sync status',
  summary: 'Show what each target was given and what waits for it',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  async run(call) {
    const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
    const answer = running === undefined ? await atRest(call) : await answerOf(running, 'GET', '/api/v1/sync');
    show(answer, call, running !== undefined);
    return 0;
  },
};

export const syncRun: Command = {
  name: 'sync run',
  summary: 'Seal what is due, and deliver what waits',
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    for: { type: 'string', value: 'DURATION', about: `how long to go on at most, ${RUN_FOR} if left out` },
    json: JSON_OPTION,
  },
  notes: ['Ends with 3 when a target could not be reached, and with 1 when something is parked.'],
  async run(call) {
    const lastMs = systemClock.monotonicMs() + durationOf(call);
    const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
    const answer = running === undefined ? await runAtRest(call, lastMs) : await runThere(running, lastMs);
    const { targets } = answer;
    show(answer, call, running !== undefined);
    if (targets.some(({ waiting }) => waiting > 0)) throw notReached(targets);
    return targets.some(({ parked }) => parked > 0) ? 1 : 0;
  },
};

export const syncRetry: Command = {
  name: 'sync retry',
  summary: 'Try a parked batch again',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, target: TARGET_OPTION, batch: BATCH_OPTION, json: JSON_OPTION },
  run: (call) => decide(call, 'retry', {}, (actions, target, batch) => actions.retry(target, batch)),
};

export const syncPark: Command = {
  name: 'sync park',
  summary: 'Leave a batch alone until somebody retries it; it is kept',
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    target: TARGET_OPTION,
    batch: BATCH_OPTION,
    reason: { type: 'string', value: 'TEXT', about: 'why', isNeeded: true },
    json: JSON_OPTION,
  },
  run: (call) => {
    const { reason = '' } = call.texts;
    return decide(call, 'park', { reason }, (actions, target, batch) => actions.park(target, batch, reason));
  },
};

interface SyncAnswer {
  readonly link: LinkAnswer | null;
  readonly targets: readonly TargetAnswer[];
  /** Absent where an appliance answers that was started before an update. */
  readonly unsealed?: UnsealedAnswer | null;
}

async function atRest(call: Call): Promise<SyncAnswer> {
  return withStore(call, (store) => {
    const { config } = keptPlant(store, call);
    const nowMs = systemClock.wallMs();
    const targets = targetStatuses(config, store, undefined, nowMs);
    return { link: null, targets, unsealed: unsealedAnswer(unsealedAtRest(config, store, sealModeOf(config), nowMs)) };
  });
}

async function answerOf(running: RunFile, method: 'GET' | 'POST', path: string): Promise<SyncAnswer> {
  return (await callAppliance(running, method, path)) as SyncAnswer;
}

async function runThere(running: RunFile, lastMs: number): Promise<SyncAnswer> {
  let answer = await answerOf(running, 'POST', '/api/v1/sync/run');
  while (isUnderWay(answer.targets) && systemClock.monotonicMs() < lastMs) {
    await wait(LOOK_EVERY_MS);
    answer = await answerOf(running, 'GET', '/api/v1/sync');
  }
  return answer;
}

/** Delivers without an appliance, as its stand-in. */
function runAtRest(call: Call, lastMs: number): Promise<SyncAnswer> {
  return recordAtRest(call, async (plant) => {
    const { config, store } = plant;
    const sync = openPlantSync(senderParts(call, plant));
    if (sync === undefined) {
      return { link: null, targets: targetStatuses(config, store, [], systemClock.wallMs()), unsealed: null };
    }
    sync.start();
    sync.tryNow();
    const look = (): SyncAnswer => ({
      link: linkAnswer(sync.link()),
      targets: targetStatuses(config, store, sync.status(), systemClock.wallMs()),
      unsealed: unsealedAnswer(sync.unsealed()),
    });
    while (isUnderWay(look().targets) && systemClock.monotonicMs() < lastMs) await wait(LOOK_EVERY_MS);
    await sync.lookAtDisk();
    await sync.stop();
    return look();
  });
}

/** Whether there is something left that a target takes just now. */
function isUnderWay(targets: readonly TargetAnswer[]): boolean {
  return targets.some(({ state, waiting, held }) => state === 'waiting' && waiting > 0 && held === undefined);
}

async function decide(
  call: Call,
  word: 'retry' | 'park',
  body: object,
  act: (actions: SyncActions, target: string, batch: number) => DeliveryAnswer,
): Promise<0> {
  const { target = '', batch: text = '' } = call.texts;
  const batch = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw usage(`--batch is "${text}".`, 'the index of the entry of the batch');
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  const path = `/api/v1/sync/${encodeURIComponent(target)}/deliveries/${batch}/${word}`;
  const answer =
    running === undefined
      ? await recordAtRest(call, ({ config, store, record }) =>
          act(
            syncActions({ config, store, record, clock: systemClock, sync: () => deliverNone(store) }),
            target,
            batch,
          ),
        )
      : ((await callAppliance(running, 'POST', path, body)) as DeliveryAnswer);
  if (call.flags.has('json')) call.output.json(answer);
  else call.output.line(`Batch ${answer.batch} is ${answer.state} for ${answer.target}.`);
  return 0;
}

/** Without an appliance nothing is delivered; what a person decides is kept for the next one. */
function deliverNone(store: WritableStore): Deliverer {
  return {
    status: () => [],
    link: () => undefined,
    unsealed: () => undefined,
    tryNow: () => undefined,
    retry: (target, batch) => retryParked(store, target, batch),
    park: (target, batch, reason) => parkByHand(store, target, batch, reason),
  };
}

function show(answer: SyncAnswer, { flags, output }: Call, isRunning: boolean): void {
  if (flags.has('json')) output.json(answer);
  else print(answer, output, isRunning);
}

function print({ link, targets, unsealed = null }: SyncAnswer, output: Output, isRunning: boolean): void {
  if (targets.length === 0) output.line('plant.yaml names no target under sync.');
  if (link !== null) output.line(`link: ${linkInWords(link)}`);
  for (const target of targets) {
    for (const line of targetInLines(target, systemClock.wallMs())) output.line(line);
    if (target.topic !== undefined) for (const line of topicInWords(target.topic)) output.line(`  ${line}`);
  }
  if (unsealed !== null) output.line(unsealedInWords(unsealed, systemClock.wallMs(), isRunning));
}

function durationOf(call: Call): number {
  const text = call.texts.for ?? RUN_FOR;
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw usage(`--for is "${text}".`, 'a duration such as 30s or 10m');
  return durationMs;
}

function notReached(targets: readonly TargetAnswer[]): Failure {
  const left = targets.filter(({ waiting }) => waiting > 0);
  const stuck = left.filter(({ needsPerson }) => needsPerson);
  const namesOf = (some: readonly TargetAnswer[]): string => some.map(({ name }) => name).join(', ');
  const passing = left.filter(({ needsPerson }) => !needsPerson);
  const parts = [
    ...(stuck.length === 0 ? [] : [`to ${namesOf(stuck)} nothing goes before a person has done something`]),
    ...(passing.length === 0 ? [] : [`to ${namesOf(passing)} it goes out by itself while the appliance runs`]),
  ];
  const hints = (stuck.length === 0 ? passing : stuck).flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  const hint = hints.map(
    ({ code, message, hint: todo }) =>
      `${code}: ${message}${todo === null ? '' : ` ${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`}`,
  );
  return new Failure('SYN_NOT_DELIVERED', `Not everything could be delivered, and it is kept: ${parts.join('; ')}.`, {
    hint: hint.length === 0 ? 'look again with "forebay sync status"' : hint.join('; '),
    exitCode: 3,
  });
}

function topicInWords({ network, id, addressBook }: NonNullable<TargetAnswer['topic']>): readonly string[] {
  const where = network === 'private' ? "a network of one's own" : network;
  const topic = id === null ? `on ${where}, where a topic is made with the first batch` : `topic ${id} on ${where}`;
  if (addressBook === undefined) return [topic];
  const { nodes, takenAt, mirror } = addressBook;
  return [topic, `${nodes} nodes, by the address book that ${mirror} gave on ${takenAt}`];
}
