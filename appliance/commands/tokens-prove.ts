import { batchProver } from '../sync/batch-prover.ts';
import { systemClock } from '../system-clock.ts';
import { mintProver } from '../tokens/mint-prover.ts';
import { mintProofInWords } from '../tokens/token-words.ts';
import { CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { readMirror } from './read-mirror.ts';
import { secretsOf } from './secrets-of.ts';
import { configOf, PROOF_EXITS } from './sync-prove.ts';

export const tokensProve: Command = {
  name: 'tokens prove',
  summary: 'Fetch a mint from a Hedera mirror and hold it against the ledger, step by step',
  operands: ['ENTRY'],
  options: {
    data: DATA_OPTION,
    config: CONFIG_OPTION,
    mirror: {
      type: 'string',
      value: 'URL',
      about: "another mirror than plant.yaml's or the public one of the network",
    },
    json: JSON_OPTION,
  },
  notes: [
    'ENTRY is the entry of the mint, as "tokens list" shows it.',
    'Ends with 0 when everything holds, 1 when something differs or is not there, 3 when the mirror could not be reached.',
  ],
  run: (call) =>
    withStore(call, async (store) => {
      const [text = ''] = call.operands;
      if (!/^\d{1,15}$/.test(text)) throw usage(`"${text}" is no index of an entry.`, 'a whole number from 0');
      const parts = {
        config: configOf(store, call),
        store,
        clock: systemClock,
        environment: process.env,
        secrets: secretsOf(call),
      };
      const mirror = call.texts.mirror === undefined ? undefined : readMirror(call.texts.mirror);
      const proof = await mintProver(parts, batchProver(parts))({ mint: Number(text), mirror });
      if (call.flags.has('json')) call.output.json(proof);
      else for (const line of mintProofInWords(proof)) call.output.line(line);
      return PROOF_EXITS[proof.outcome];
    }),
};
