import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { latestReadings } from '../../core/store/readings.ts';
import { benchReading, benchReadingKey } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { JudgedWindow } from './judged-window.ts';

const READINGS = 400;
const MODEL = `sha256:${'ab'.repeat(32)}`;
/** From this reading on a model was in force. */
const MODEL_FROM = 200;

let store: WritableStore;
let read = 0;
let counting: ReadableStore;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  recorder.record(Array.from({ length: READINGS }, (_, n) => (n < MODEL_FROM ? benchReading(n) : judgedByModel(n))));
  read = 0;
  counting = {
    path: store.path,
    all: (sql, ...values) => store.all(sql, ...values),
    rows: (sql, ...values) => store.rows(sql, ...values),
    snapshot: (work) => store.snapshot(work),
    close: () => store.close(),
    get: (sql, ...values) => {
      if (sql.includes('FROM entries WHERE idx')) read += 1;
      return store.get(sql, ...values);
    },
  };
});
afterEach(() => store.close());

function judgedByModel(n: number): NewEntry {
  const { kind, body } = benchReading(n);
  const verdict = body.verdict as JsonObject;
  const engine = { ...(verdict.engine as JsonObject), model: MODEL };
  return { kind, body: { ...body, verdict: { ...verdict, engine } } };
}

const toMsOf = (n: number): number => benchReadingKey(n).fromMs + 300_000;

test('readings without a model are read alone, those with one with what it followed, and each once', () => {
  const window = new JudgedWindow(counting);
  const early = window.upTo('unit1', toMsOf(160), 10, 30);
  expect(early.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, n) => 161 - 4 * (9 - n)));
  expect(read).toBe(10);
  const late = window.upTo('unit1', toMsOf(396), 10, 30);
  expect(late).toHaveLength(40);
  expect(late.at(-1)?.index).toBe(397);
  const bodies = latestReadings(store, 'unit1', 40).toReversed();
  expect(late.map(({ reading }) => reading)).toEqual(bodies.map(({ body }) => body.reading));
  expect(read).toBe(50);
  // The next one of the same unit shares all but one with it.
  expect(window.upTo('unit1', toMsOf(392), 10, 30)).toHaveLength(40);
  expect(read).toBe(51);
  window.upTo('unit2', toMsOf(397), 10, 30);
  expect(read).toBe(91);
});
