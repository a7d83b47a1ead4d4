import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import type { BundleFileName } from '../../core/evidence/bundle-format.ts';
import { parseManifest } from '../../core/evidence/parse-manifest.ts';
import { Refusal } from '../../core/evidence/refusal.ts';
import { verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { Json, JsonObject } from '../../core/model/json.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { type EvidencePlant, openEvidencePlant, PERIOD } from '../fixtures/evidence-plant.ts';
import { type BundleTexts, editLine, forgeBundle, readBundle, sourceOf } from '../fixtures/forged-bundle.ts';

/**
 * Whoever holds a device key may put any JSON where an entry has something else, and sign it. The verifier calls that
 * bundle invalid, and does not fail itself. The suite tries some of all places; with `FOREBAY_FUZZ=all` each of them:
 * `FOREBAY_FUZZ=all npx vitest run tests/evidence/structure-fuzz`.
 */
const IS_ALL = process.env.FOREBAY_FUZZ === 'all';
const TRIES = 120;
const REPLACEMENTS: readonly Json[] = [null, [], {}, '', -1, 1e300, [null], { '': null }, '9'.repeat(40), true];
const FILES: readonly BundleFileName[] = [
  'entries.ndjson',
  'context.ndjson',
  'proofs.json',
  'checkpoints.ndjson',
  'receipts.ndjson',
  'settings.ndjson',
  'samples.ndjson',
];

const seed = announceSeed('structure of an evidence bundle');
const random = seededRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'forebay-structure-'));
let plant: EvidencePlant;
let texts: BundleTexts;

beforeAll(async () => {
  plant = openEvidencePlant(folder, 8);
  const toMs = PERIOD.fromMs + 3_000_000;
  const { path } = await plant.bundle('good.zip', { toMs, withSamples: 'with-samples' });
  texts = await readBundle(path);
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

type Path = readonly (string | number)[];
/** One value in one line of one file. */
interface Place {
  readonly file: BundleFileName;
  readonly line: number;
  readonly path: Path;
}

test(`no value in a bundle can be replaced, and no replacement stops the verifier (seed ${seed})`, async () => {
  const places = placesOf(texts);
  const all = places.flatMap((place) => REPLACEMENTS.map((value) => ({ place, value })));
  const tries = IS_ALL ? all : Array.from({ length: TRIES }, () => all[Math.floor(random.next() * all.length)]);
  const wrong: string[] = [];
  for (const each of tries) {
    if (each === undefined) continue;
    const found = await judge(edited(each.place, each.value));
    if (found !== 'invalid') wrong.push(`${JSON.stringify(each)}: ${found}`);
  }
  expect(wrong).toEqual([]);
  expect(places.length).toBeGreaterThan(400);
}, 3_600_000);

test('readings and verdicts of another form are refused, though the device signed them', async () => {
  const [at = 0] = linesOfKind('reading');
  const wrong: string[] = [];
  for (const path of [
    ['reading'],
    ['verdict'],
    ['signature'],
    ['verdict', 'layers', 0],
    ['verdict', 'layers'],
    ['verdict', 'findings'],
    ['verdict', 'engine'],
    ['verdict', 'trustScore'],
    ['reading', 'samples'],
    ['reading', 'samples', 0],
    ['reading', 'registers'],
    ['reading', 'registers', 'energyExport'],
    ['reading', 'registers', 'energyExport', 'startKwh'],
    ['reading', 'unitId'],
    ['reading', 'from'],
    ['reading', 'energyWh'],
  ]) {
    for (const value of REPLACEMENTS) {
      const found = await judge(edited({ file: 'entries.ndjson', line: at, path: ['body', ...path] }, value));
      if (found !== 'invalid') wrong.push(`${path.join('.')} ${JSON.stringify(value)}: ${found}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a manifest of another form is refused, or is one', () => {
  const manifest = JSON.parse(texts.get('manifest.json') ?? '') as JsonObject;
  let refused = 0;
  for (const path of pathsOf(manifest)) {
    for (const value of REPLACEMENTS) {
      try {
        parseManifest(canonicalize(put(manifest, path, value)));
      } catch (error) {
        expect(error, `${path.join('.')} ${JSON.stringify(value)}`).toBeInstanceOf(Refusal);
        refused += 1;
      }
    }
  }
  expect(refused).toBeGreaterThan(500);
});

/** What the verifier says, or what it fails with. Where the replacement is what stood there, there is nothing to say. */
async function judge(changed: BundleTexts): Promise<string> {
  const path = await forgeBundle(join(folder, 'forged.zip'), changed, plant.key);
  if ([...changed].every(([name, text]) => text === texts.get(name))) return 'invalid';
  try {
    return (await verifyBundle(sourceOf(readFileSync(path)), nodeMachine)).outcome;
  } catch (error) {
    return `fails with ${String(error)}`;
  }
}

/** The bundle with the value at `place` replaced. A reading is signed again, as a device that lies would. */
function edited({ file, line, path }: Place, value: Json): BundleTexts {
  return editLine(texts, file, line, (text) => {
    const whole = put(JSON.parse(text) as Json, path, value);
    return canonicalize(path.at(-1) === 'signature' ? whole : signedAgain(whole));
  });
}

function signedAgain(entry: Json): Json {
  const { kind, body } = (entry ?? {}) as { kind?: Json; body?: { reading?: Json } };
  if (kind !== 'reading' || body?.reading === undefined) return entry;
  const signature = Buffer.from(plant.key.sign(Buffer.from(canonicalize(body.reading), 'utf8'))).toString('base64');
  return put(entry, ['body', 'signature'], signature);
}

function put(whole: Json, path: Path, value: Json): Json {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(whole)) return whole.map((item, i) => (i === name ? put(item, rest, value) : item));
  const object = whole as JsonObject;
  return { ...object, [name]: put(object[name] ?? null, rest, value) };
}

/** Every value of one line for each kind of entry, and of every line of the smaller files. */
function placesOf(bundle: BundleTexts): Place[] {
  return FILES.flatMap((file) => {
    const lines = (bundle.get(file) ?? '').split('\n').slice(0, -1);
    const kinds = new Set<string>();
    return lines.flatMap((text, line) => {
      const value = JSON.parse(text) as JsonObject;
      const kind = String(value.kind ?? (value.entry as JsonObject | undefined)?.kind ?? line);
      if (kinds.has(kind)) return [];
      kinds.add(kind);
      return pathsOf(value).map((path) => ({ file, line, path }));
    });
  });
}

function pathsOf(value: Json): Path[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const members: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : Object.entries(value as JsonObject);
  return [[], ...members.flatMap(([name, item]) => pathsOf(item).map((path) => [name, ...path]))];
}

function linesOfKind(kind: string): number[] {
  const lines = (texts.get('entries.ndjson') ?? '').split('\n');
  return lines.flatMap((line, i) => (line.includes(`"kind":"${kind}"`) ? [i] : []));
}
