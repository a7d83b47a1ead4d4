import { expect, test } from 'vitest';
import { madeUpBatches } from '../../../tests/contract/made-up-batches.ts';
import { WeakStick } from '../../../tests/fault/sync/weak-stick.ts';
import { Failure } from '../../model/failure.ts';
import { seededRandom } from '../../model/random.ts';
import type { SyncSession } from '../target.ts';
import { diskAbsent, fileTarget } from './file.ts';

const NEVER = new AbortController().signal;
const { seal, contentOf } = madeUpBatches();

async function sessionOn(disk: WeakStick, content = contentOf): Promise<SyncSession> {
  const target = fileTarget({ folder: '/stick', plantId: 'HP-001', disk, contentOf: content });
  const connected = await target.connect(NEVER);
  if (connected.kind !== 'connected') throw new Error(connected.fault.message);
  return connected.session;
}

test('a disk that hangs is asked for nothing more until it answers', async () => {
  const answer = Promise.withResolvers<undefined>();
  let reads = 0;
  class HangingStick extends WeakStick {
    override read(path: string): Promise<Uint8Array | undefined> {
      reads += 1;
      return reads === 1 ? answer.promise : super.read(path);
    }
  }
  const session = await sessionOn(new HangingStick(seededRandom(1), 0));
  const delivery = { batch: seal(), intents: [], keepIntent: () => Promise.resolve() };
  const first = session.deliver(delivery, NEVER);
  const fault = { code: 'SYN_FILE_SILENT' };
  expect(await session.deliver(delivery, NEVER)).toMatchObject({ kind: 'later', fault });
  expect(await session.locate(delivery, NEVER)).toMatchObject({ kind: 'unknown', fault });
  expect(reads).toBe(1);
  answer.resolve(undefined);
  expect((await first).kind).toBe('delivered');
  expect((await session.locate(delivery, NEVER)).kind).toBe('delivered');
});

test('where the folder above is there, a person is told to make the folder on the disk', async () => {
  const ask = (there: string, folder: string) =>
    diskAbsent({ isThere: (path) => Promise.resolve(path === there) }, folder);
  for (const [parent, folder] of [
    ['/media/usb', '/media/usb/forebay'],
    ['/media/usb', '/media/usb/forebay/'],
    ['E:', 'E:\\forebay'],
  ] as const) {
    const { code, message, hint } = await ask(parent, folder);
    expect(code).toBe('SYN_FILE_ABSENT');
    expect(message).toContain(`${parent} is there, and no folder forebay in it`);
    expect(hint).toContain('make the folder forebay on it');
  }
  for (const folder of ['/media/usb/forebay', '/forebay']) {
    expect((await ask('/elsewhere', folder)).message).toContain(`The folder ${folder} is not there`);
  }
});

test('what the store says of a batch is not laid at the door of the disk', async () => {
  const session = await sessionOn(new WeakStick(seededRandom(1), 0), () => {
    throw new Failure('STO_DAMAGED', 'The store is damaged.');
  });
  const delivery = { batch: seal(), intents: [], keepIntent: () => Promise.resolve() };
  await expect(session.deliver(delivery, NEVER)).rejects.toMatchObject({ code: 'STO_DAMAGED' });
});
