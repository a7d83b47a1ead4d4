import { userInfo } from 'node:os';
import { Failure } from '../../core/model/failure.ts';
import { findApiKey } from '../../core/store/api-keys.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { LOCAL_ACCOUNT, mayCall } from '../api/authenticator.ts';
import { dataFolderAt } from '../data-folder.ts';
import { findRunning } from '../run-file.ts';
import { secretFiles } from '../secret-files.ts';
import { type Person, type TokenActions, tokenActions } from '../tokens/token-actions.ts';
import type { TokensAnswer } from '../tokens/token-answer.ts';
import { tokensInWords } from '../tokens/token-words.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';

const KEY_FILE_OPTION = {
  type: 'string',
  value: 'FILE',
  about: 'a file with your API key, readable by you only, or env:NAME; without it you are "local"',
} as const;
const NOTES = [
  'A mint takes two different persons. Whoever may read the data folder is one person, "local"; with --key-file you are the person of that API key.',
];

export const tokensList: Command = {
  name: 'tokens list',
  summary: 'Show which closed months may be minted, what was approved, and what was minted',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  async run(call) {
    const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
    const answer =
      running === undefined
        ? await withStore(call, (store) => actionsAt(store, call).list())
        : ((await callAppliance(running, 'GET', '/api/v1/tokens')) as TokensAnswer);
    show(answer, call);
    return 0;
  },
};

export const tokensPropose: Command = {
  name: 'tokens propose',
  summary: 'Be the first of two persons to have the energy of a closed month minted',
  operands: ['MONTH'],
  options: { data: DATA_OPTION, 'key-file': KEY_FILE_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  notes: NOTES,
  run(call) {
    const [month = ''] = call.operands;
    if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month)) throw usage(`"${month}" is no month.`, 'such as 2026-10');
    return decide(call, '/api/v1/tokens/plans', { month }, (actions, person) => actions.propose({ month, ...person }));
  },
};

export const tokensApprove: Command = {
  name: 'tokens approve',
  summary: 'Be the second person to approve a mint: it is minted from then on',
  operands: ['PLAN'],
  options: { data: DATA_OPTION, 'key-file': KEY_FILE_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  notes: [...NOTES, 'PLAN is its id as "tokens list" shows it, or the first 8 digits or more of it.'],
  run(call) {
    const plan = planOf(call);
    return decide(call, `/api/v1/tokens/plans/${plan}/approve`, {}, (actions, person) => actions.approve(plan, person));
  },
};

export const tokensWithdraw: Command = {
  name: 'tokens withdraw',
  summary: 'Take back every approval of a mint; what is minted already stays',
  operands: ['PLAN'],
  options: { data: DATA_OPTION, 'key-file': KEY_FILE_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  run(call) {
    const plan = planOf(call);
    return decide(call, `/api/v1/tokens/plans/${plan}/withdraw`, {}, (actions, person) =>
      actions.withdraw(plan, person),
    );
  },
};

function planOf({ operands: [plan = ''] }: Call): string {
  if (/^[0-9a-f]{8,64}$/.test(plan)) return plan;
  throw usage(`"${plan}" is no id of a plan.`, '8 digits or more of the one that "forebay tokens list" shows');
}

async function decide(
  call: Call,
  path: string,
  body: object,
  act: (actions: TokenActions, person: Person) => TokensAnswer,
): Promise<0> {
  const key = keyIn(call);
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  const answer =
    running === undefined
      ? await recordAtRest(call, ({ config, store, record }) =>
          act(tokenActions({ config, store, record }), personOf(store, key)),
        )
      : ((await callAppliance(
          key === undefined ? running : { ...running, localToken: key },
          'POST',
          path,
          body,
        )) as TokensAnswer);
  show(answer, call);
  return 0;
}

function keyIn({ texts }: Call): string | undefined {
  const file = texts['key-file'];
  if (file === undefined) return undefined;
  const outcome = secretFiles([process.cwd()], process.env).read(file);
  if (outcome.kind === 'secret') return outcome.text.trim();
  const { code, message, hint } = outcome.fault;
  throw new Failure(code, message, { ...(hint === undefined ? {} : { hint }), exitCode: 2 });
}

function personOf(store: ReadableStore, text: string | undefined): Person {
  if (text === undefined) return { by: userInfo().username, account: LOCAL_ACCOUNT, role: 'admin' };
  const key = findApiKey(store, text);
  if (key === undefined) {
    throw new Failure('API_UNAUTHORIZED', 'The API key is not one of this data folder, or was revoked.', {
      hint: 'see "forebay apikey list"',
      exitCode: 2,
    });
  }
  if (!mayCall(key.role, 'engineer')) {
    throw new Failure(
      'API_FORBIDDEN',
      `To mint takes the role engineer or above; the key of ${key.name} is of a ${key.role}.`,
      {
        hint: 'ask somebody with that role',
        exitCode: 2,
      },
    );
  }
  return { by: key.name, account: `key:${key.id}`, role: key.role };
}

export function actionsAt(store: ReadableStore, call: Call): TokenActions {
  const { config } = keptPlant(store, call);
  return tokenActions({ config, store, record: () => undefined });
}

export function show(answer: TokensAnswer, { flags, output }: Call): void {
  if (flags.has('json')) output.json(answer);
  else for (const line of tokensInWords(answer)) output.line(line);
}
