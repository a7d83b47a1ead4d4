import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { nameHint } from '../../core/config/nearest-name.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { API_ROLES, type ApiRole, createApiKey, listApiKeys, revokeApiKey } from '../../core/store/api-keys.ts';
import { openStore } from '../../core/store/open-store.ts';
import { dataFolderAt, openDataFolder } from '../data-folder.ts';
import { systemClock } from '../system-clock.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { writeBeside } from './write-beside.ts';

const NAME_LENGTH_MAX = 100;

/** The data folder may not be there yet: keys can be made before the first start. */
export const apikeyCreate: Command = {
  name: 'apikey create',
  summary: 'Make a key for the API and print it, once',
  options: {
    data: DATA_OPTION,
    role: { type: 'string', value: 'ROLE', about: `what it may do: ${API_ROLES.join(', ')}`, isNeeded: true },
    name: { type: 'string', value: 'NAME', about: 'who will use it', isNeeded: true },
    json: JSON_OPTION,
  },
  async run({ texts, flags, output }) {
    const { data = '', role = '', name = '' } = texts;
    if (!isRole(role)) throw usage(`There is no role "${role}".`, nameHint(role, API_ROLES));
    if (name.length > NAME_LENGTH_MAX) throw usage(`--name is longer than ${NAME_LENGTH_MAX} characters.`, undefined);
    const isNew = !existsSync(dataFolderAt(data).storePath);
    const folder = openDataFolder(data);
    const nowMs = systemClock.wallMs();
    const { id, key } = writeBeside(folder, (write) => createApiKey(write, { name, role, nowMs }, randomBytes));
    // A slip in the name of the folder makes a key that no appliance knows.
    if (isNew)
      output.note(`A new data folder was made: ${folder.root}. The key is valid for an appliance that runs there.`);
    if (flags.has('json')) output.json({ id, name, role, key });
    else {
      output.line(key);
      output.note(`Key ${id} for ${name}, role ${role}. It is shown only now; keep it safe.`);
    }
    return 0;
  },
};

export const apikeyList: Command = {
  name: 'apikey list',
  summary: 'List the keys, without the keys themselves',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  run: (call) =>
    withStore(call, (store) => {
      const keys = listApiKeys(store).map(({ id, name, role, createdAtMs, revokedAtMs }) => ({
        id,
        name,
        role,
        createdAt: toIso(createdAtMs),
        revokedAt: revokedAtMs === null ? null : toIso(revokedAtMs),
      }));
      if (call.flags.has('json')) for (const key of keys) call.output.json(key);
      else {
        const rows = keys.map(({ id, name, role, createdAt, revokedAt }) => [
          id,
          role,
          createdAt,
          revokedAt ?? '',
          name,
        ]);
        call.output.table(['id', 'role', 'created', 'revoked', 'name'], rows);
      }
      return 0;
    }),
};

export const apikeyRevoke: Command = {
  name: 'apikey revoke',
  summary: 'End a key at once, by the id that "apikey list" shows',
  options: { data: DATA_OPTION },
  operands: ['ID'],
  async run({ texts, operands: [id = ''], output }) {
    const folder = dataFolderAt(texts.data ?? '');
    // Opening for writing would create a store where there is none.
    openStore(folder.storePath, { access: 'read' }).close();
    if (!writeBeside(folder, (write) => revokeApiKey(write, id, systemClock.wallMs()))) {
      throw new Failure('APP_NO_SUCH_KEY', `There is no key "${id}" in force.`, { hint: '"apikey list" shows them' });
    }
    output.note(`Key ${id} answers no call any more.`);
    return 0;
  },
};

function isRole(text: string): text is ApiRole {
  return (API_ROLES as readonly string[]).includes(text);
}
