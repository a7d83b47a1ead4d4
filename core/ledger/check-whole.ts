import type { LedgerProblem } from './check-row.ts';
import { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import { KeyCheck, type LedgerKey } from './key-check.ts';
import type { LedgerReader, StoredEntry } from './ledger-storage.ts';
import { ModelCheck } from './model-check.ts';
import { OutboxCheck } from './outbox-check.ts';
import { checkWaiting } from './projection-check.ts';
import { checkSettings } from './settings-check.ts';
import { WaitingReadings } from './waiting-readings.ts';

/**
 * What parts checked by themselves leave open: the kept models, the outbox, the readings that wait for a person,
 * and the file itself. Holds only where every part does, for it goes by the rows that those hold against their entries.
 */
export function checkWhole(reader: LedgerReader): LedgerProblem | undefined {
  return reader.snapshot(
    () =>
      checkModels(reader) ?? checkSettings(reader) ?? checkOutbox(reader) ?? checkStanding(reader) ?? checkFile(reader),
  );
}

function checkModels(reader: LedgerReader): LedgerProblem | undefined {
  const models = new ModelCheck(reader);
  for (const stored of reader.modelEntries()) {
    const problem = models.check(parse(stored));
    if (problem !== undefined) return problem;
  }
  return models.checkEnd(reader.size());
}

function checkOutbox(reader: LedgerReader): LedgerProblem | undefined {
  return withCursors((open) => {
    const outbox = new OutboxCheck(reader, open);
    for (const stored of reader.outboxEntries()) {
      const problem = outbox.check(parse(stored));
      if (problem !== undefined) return problem;
    }
    return outbox.checkEnd();
  });
}

function checkStanding(reader: LedgerReader): LedgerProblem | undefined {
  const waiting = new WaitingReadings();
  for (const row of reader.doubtedRows()) waiting.addRow(row);
  for (const { index } of reader.reviewRows()) {
    const stored = reader.entry(index);
    if (stored === undefined) return { index, code: 'LED_FSCK_HOLE', message: `Entry ${index} is missing.` };
    const problem = waiting.addReview(parse(stored), (at) => reader.entry(at));
    if (problem !== undefined) return problem;
  }
  return withCursors((open) => checkWaiting(reader, waiting, open));
}

function withCursors<Result>(work: (open: <T>(items: Iterable<T>) => Cursor<T>) => Result): Result {
  const cursors: Cursor<unknown>[] = [];
  try {
    return work((items) => {
      const cursor = new Cursor(items);
      cursors.push(cursor);
      return cursor;
    });
  } finally {
    for (const cursor of cursors) cursor.close();
  }
}

function checkFile(reader: LedgerReader): LedgerProblem | undefined {
  const damage = reader.damage();
  if (damage === undefined) return undefined;
  return { index: reader.size(), code: 'LED_FSCK_FILE', message: `The store's file: ${damage}.` };
}

export interface LedgerFrame {
  readonly size: number;
  readonly keys: readonly LedgerKey[];
  /** Whether nothing lies beyond the last entry, its checkpoint is there, and the keys hold. */
  readonly isSound: boolean;
}

/** What a check in parts begins with; `beyond` gives a reader of what lies beyond `size` entries. */
export function readFrame(
  reader: LedgerReader,
  beyond: (size: number) => LedgerReader,
  verifierKey: string | readonly string[] | undefined,
): LedgerFrame {
  return reader.snapshot(() => {
    const size = reader.size();
    const keys = new KeyCheck(verifierKey);
    let isSound = reader.latestCheckpoint()?.size === size && isEmpty(beyond(size));
    for (const stored of reader.keyEntries()) {
      isSound &&= keys.check(parse(stored), () => undefined) === undefined;
    }
    isSound &&= keys.chain !== undefined && keys.checkEnd() === undefined;
    return { size, keys: keys.links(), isSound };
  });
}

function isEmpty(reader: LedgerReader): boolean {
  const tables: readonly Iterable<unknown>[] = [
    reader.nodes(),
    reader.checkpoints(),
    reader.signatures(),
    reader.readingRows(),
    reader.gapRows(),
    reader.pushRows(),
    reader.reviewRows(),
  ];
  return tables.every((rows) => {
    for (const _ of rows) return false;
    return true;
  });
}

/** @throws SyntaxError where the bytes are no JSON. */
function parse({ bytes }: StoredEntry): Entry {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
}
