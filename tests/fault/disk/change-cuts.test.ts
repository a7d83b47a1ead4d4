import { expect, test } from 'vitest';
import { seededRandom } from '../../../core/model/random.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import {
  type ChangeCut,
  COMMANDS_AFTER,
  momentsWithin,
  recordEncryptionChanges,
  tryCommandsAfterCuts,
} from './change-cuts.ts';
import { CUT_KINDS } from './crash-disk.ts';

const seed = announceSeed('commands after a change of the encryption that was cut off');
/** So many of the moments, kinds of cut and commands are tried, drawn by chance; all of them where it is `all`. */
const CUTS = process.env.FOREBAY_CHANGE_CUTS ?? '15';

test.each([
  ['where a file may have two names', {}],
  ['where a file has one name only', { hasNoLinks: true }],
])(
  'whatever is done after a change of the encryption was cut off, %s, there is one store, whole, in a form that its folder knows',
  async (_where, shim) => {
    const random = seededRandom(seed);
    const changes = recordEncryptionChanges(shim);
    const moments = momentsWithin(changes);
    expect(moments.length).toBeGreaterThan(100);
    expect(changes.some(({ op }) => op === 'link')).toBe(!('hasNoLinks' in shim));
    const all = moments.flatMap((at) =>
      CUT_KINDS.flatMap((kind) => COMMANDS_AFTER.map((command): ChangeCut => ({ at, kind, command }))),
    );
    const share = CUTS === 'all' ? 1 : Number(CUTS) / all.length;
    const cuts = all.filter(() => random.next() < share);
    expect(await tryCommandsAfterCuts(changes, cuts, random)).toEqual([]);
  },
);
