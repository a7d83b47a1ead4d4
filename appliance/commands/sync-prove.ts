import { type ExitCode, Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { ProofOutcome } from '../../core/sync/proof-step.ts';
import { batchProver, type ProofRequest } from '../sync/batch-prover.ts';
import type { BatchProof } from '../sync/prove-batch.ts';
import { systemClock } from '../system-clock.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { readMirror } from './read-mirror.ts';
import { secretsOf } from './secrets-of.ts';

/** A mirror that could not be asked is no proof against anything, so it ends otherwise than a message that differs. */
export const PROOF_EXITS: Readonly<Record<ProofOutcome, 0 | ExitCode>> = {
  holds: 0,
  differs: 1,
  'not-there': 1,
  'not-checked': 1,
  'not-reached': 3,
};

export const syncProve: Command = {
  name: 'sync prove',
  summary: 'Fetch the message of a batch from a Hedera mirror and hold it against the ledger, step by step',
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    batch: { type: 'string', value: 'INDEX', about: 'the batch, by the index of its entry' },
    reading: {
      type: 'string',
      value: 'INDEX',
      about: 'a reading, by the index of its entry: with the batch that holds it',
    },
    mirror: {
      type: 'string',
      value: 'URL',
      about: "another mirror than plant.yaml's or the public one of the network",
    },
    json: JSON_OPTION,
  },
  notes: [
    'Ends with 0 when everything holds, 1 when something differs or is not there, 3 when the mirror could not be reached.',
  ],
  run: (call) =>
    withStore(call, async (store) => {
      const request = readRequest(call);
      const prover = batchProver({
        config: configOf(store, call),
        store,
        clock: systemClock,
        environment: process.env,
        secrets: secretsOf(call),
      });
      const proof = await prover(request);
      if (call.flags.has('json')) call.output.json(proof);
      else for (const line of proofInWords(proof)) call.output.line(line);
      return PROOF_EXITS[proof.outcome];
    }),
};

function readRequest({ texts }: Call): ProofRequest {
  const { batch, reading } = texts;
  if ((batch === undefined) === (reading === undefined)) {
    throw usage('Either --batch or --reading is needed.', 'name what is to be proven by the index of its entry');
  }
  const mirror = texts.mirror === undefined ? {} : { mirror: readMirror(texts.mirror) };
  if (batch !== undefined) return { batch: readIndex('--batch', batch), ...mirror };
  return { reading: readIndex('--reading', reading ?? ''), ...mirror };
}

function readIndex(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(`${name} is "${text}".`, 'the index of an entry, a whole number from 0');
}

/** Without a configuration that this version reads, the public mirror of the network is asked. */
export function configOf(store: ReadableStore, call: Call): ReturnType<typeof keptPlant>['config'] | undefined {
  try {
    return keptPlant(store, call).config;
  } catch (error) {
    if (error instanceof Failure && call.texts.config === undefined) return undefined;
    throw error;
  }
}

const WORDS: Readonly<Record<ProofOutcome, string>> = {
  holds: 'holds',
  differs: 'DIFFERS',
  'not-there': 'not there',
  'not-reached': 'not reached',
  'not-checked': 'not checked',
};
const WORD_WIDTH = 13;

function proofInWords({
  summary,
  steps,
  mirrorUrl,
  messageUrl,
  hashscanUrl,
  laterDecision,
}: BatchProof): readonly string[] {
  const lines = [summary, ...steps.map(({ outcome, sentence }) => `  ${WORDS[outcome].padEnd(WORD_WIDTH)}${sentence}`)];
  if (messageUrl !== null) lines.push(`Look yourself: ${messageUrl}`);
  if (hashscanUrl !== null) lines.push(`           or: ${hashscanUrl}`);
  if (laterDecision !== null) {
    const { index, batch } = laterDecision;
    const where = batch === null ? 'in no batch yet' : `in batch ${batch}`;
    lines.push(`The newest decision on the reading is entry ${index}, ${where}: this proof says nothing of it.`);
  }
  if (mirrorUrl === null) lines.push('No mirror was asked.');
  return lines;
}
