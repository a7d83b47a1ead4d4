import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeAttestation } from '../../core/evidence/attestation.ts';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleFileName,
  type FileFacts,
  type Manifest,
} from '../../core/evidence/bundle-format.ts';
import { didOf } from '../../core/evidence/did-key.ts';
import type { KeyHistory } from '../../core/evidence/key-history.ts';
import { reportPage } from '../../core/evidence/report-page.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Json } from '../../core/model/json.ts';
import { readEntry } from '../../core/store/entries.ts';
import { sampleBytes } from '../../core/store/evidence-queries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { storedLength } from '../../core/store/stored-entries.ts';
import type { VerificationSettings } from '../../core/verification/settings.ts';
import { BundleContents } from './bundle-contents.ts';
import { type BundlePlan, planBundle } from './bundle-plan.ts';
import { nodeMachine } from './node-machine.ts';
import { ZipWriter } from './zip-writer.ts';

export interface BundleRequest {
  readonly store: ReadableStore;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where the bundle goes; nothing may be there yet. */
  readonly path: string;
  readonly withSamples: 'with-samples' | 'without-samples';
  /** Settings in force, where the bundle shall hold all that the verdicts rest on. */
  readonly history?: VerificationSettings;
  /** Sizes of checkpoints that somebody kept, which the bundle shall be shown to extend. */
  readonly keptSizes: readonly number[];
  readonly key: Pick<DeviceKey, 'sign' | 'verifierKey' | 'publicKey'>;
  /** The page that checks a bundle in a browser. */
  readonly verifyPage: string;
  readonly tool: string;
  readonly createdAt: string;
  readonly onProgress: (entries: number) => void;
}

export interface BuiltBundle {
  readonly manifest: Manifest;
  /** Length of the file. */
  readonly bytes: number;
}

/**
 * Writes an evidence bundle. It streams: memory does not grow with the period. Whatever goes wrong, there is either the
 * whole bundle under its name or nothing.
 *
 * @throws Failure `LED_BUNDLE_EXISTS`, `LED_BUNDLE_NOTHING`, `LED_BUNDLE_SPACE`, `LED_BUNDLE_TOO_LARGE`,
 * `LED_BUNDLE_OTHER_KEY`, `LED_BUNDLE_NOT_WRITTEN`
 */
export async function buildBundle(request: BundleRequest): Promise<BuiltBundle> {
  const path = resolve(request.path);
  refuseTaken(path);
  const plan = planBundle(request.store, request, request.keptSizes, request.history);
  await refuseFullDisk(path, plan, request);
  const temporary = `${path}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx');
    const built = await writeBundle(new ZipWriter(file), plan, request);
    await file.close();
    file = undefined;
    refuseTaken(path);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return built;
  } catch (error) {
    throw explain(path, error);
  } finally {
    await file?.close();
    await rm(temporary, { force: true });
  }
}

async function writeBundle(zip: ZipWriter, plan: BundlePlan, request: BundleRequest): Promise<BuiltBundle> {
  const { withSamples, verifyPage, onProgress } = request;
  const contents = new BundleContents(request.store, plan, withSamples);
  const keys = await contents.keys();
  refuseOtherKey(keys, plan, request);
  const files: FileFacts[] = [];
  const add = async (name: BundleFileName, content: Iterable<Uint8Array>): Promise<void> => {
    const { method } = present(
      BUNDLE_FILES.find((file) => file.name === name),
      name,
    );
    files.push(await zip.add(name, method, content));
  };
  await add('entries.ndjson', contents.entries(onProgress));
  await add('context.ndjson', contents.context());
  await add('proofs.json', contents.proofs());
  await add('checkpoints.ndjson', contents.checkpoints(keys));
  await add('receipts.ndjson', contents.receipts());
  await add('models.ndjson', contents.models());
  await add('settings.ndjson', contents.settings());
  if (withSamples === 'with-samples') await add('samples.ndjson', contents.blocks());
  const figures = figuresOf(plan, request, keys, contents);
  await add('report.html', [Buffer.from(reportPage(figures), 'utf8')]);
  await add('verify.html', [Buffer.from(verifyPage, 'utf8')]);
  const manifest: Manifest = { ...figures, files };
  const manifestBytes = lineOf(manifest as unknown as Json);
  await zip.add('manifest.json', 0, [manifestBytes]);
  const attestation = attest(plan, request, { manifest, manifestBytes });
  await zip.add('attestation.json', 0, [lineOf(attestation)]);
  return { manifest, bytes: await zip.finish() };
}

function figuresOf(
  plan: BundlePlan,
  { store, withSamples, tool, createdAt }: BundleRequest,
  keys: KeyHistory,
  contents: BundleContents,
): Omit<Manifest, 'files'> {
  const { plantId, origin } = present(readEntry(store, 0), 'the genesis entry').body;
  const hasSamples = withSamples === 'with-samples';
  return {
    v: BUNDLE_VERSION,
    format: BUNDLE_FORMAT,
    tool,
    createdAt,
    plantId: String(plantId),
    origin: origin === 'plant' ? 'plant' : 'demo',
    period: plan.period,
    range: plan.range,
    treeSize: plan.treeSize,
    levels: hasSamples ? ['entries', 'samples'] : ['entries'],
    keys: keys.toManifest(),
    totals: contents.totals.toUnits(BUNDLE_VERSION),
    ...(hasSamples ? { samples: { ...contents.samples } } : {}),
  };
}

function attest(
  { treeSize }: BundlePlan,
  { store, key }: BundleRequest,
  { manifest, manifestBytes }: { manifest: Manifest; manifestBytes: Uint8Array },
): Json {
  const { root } = present(ledgerReader(store).checkpointFrom(treeSize), 'the newest checkpoint');
  const attested = { manifest, manifestBytes, root: Buffer.from(root).toString('base64') };
  return makeAttestation(nodeMachine.sha256, attested, didOf(key.publicKey), (bytes) => key.sign(bytes));
}

function lineOf(value: Json): Uint8Array {
  return Buffer.from(`${canonicalize(value)}\n`, 'utf8');
}

/** A bundle that the device's key in force did not attest would be refused by everybody. */
function refuseOtherKey(keys: KeyHistory, { treeSize }: BundlePlan, { key }: BundleRequest): void {
  const inForce = keys.signerAt(treeSize);
  if (inForce.text === key.verifierKey) return;
  throw new Failure(
    'LED_BUNDLE_OTHER_KEY',
    `The key in the data folder is not ${inForce.name}, which signs its ledger.`,
    {
      hint: 'restore keys/ from the same backup as the ledger',
      exitCode: 4,
    },
  );
}

function refuseTaken(path: string): void {
  if (!existsSync(path)) return;
  throw new Failure('LED_BUNDLE_EXISTS', `${path} is there already, and a bundle never replaces a file.`, {
    hint: 'choose another name with --out, or move the file away',
    exitCode: 2,
  });
}

/** Entries become at most a third of their length when they are packed; samples are packed in the store already. */
const PACKED_SHARE = 1 / 3;
const SAMPLES_SHARE = 1.5;
/** The pages, models and the rest. */
const OTHER_BYTES = 4 * 1024 * 1024;

async function refuseFullDisk(path: string, { range, periodMs }: BundlePlan, request: BundleRequest): Promise<void> {
  const { store, withSamples } = request;
  const samples = withSamples === 'with-samples' ? sampleBytes(store, periodMs.fromMs, periodMs.toMs) : 0;
  const needed = storedLength(store, range.from, range.to) * PACKED_SHARE + samples * SAMPLES_SHARE + OTHER_BYTES;
  let free: number;
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    free = bavail * bsize;
  } catch (error) {
    throw explain(path, error);
  }
  if (free >= needed) return;
  const [neededMb, freeMb] = [needed, free].map((bytes) => Math.ceil(bytes / 1e6));
  throw noSpace(path, `about ${neededMb} MB are needed and ${freeMb} MB are free`);
}

function noSpace(path: string, what: string): Failure {
  return new Failure('LED_BUNDLE_SPACE', `The disk of ${path} has no room for the bundle: ${what}.`, {
    hint: 'free some space, choose another disk with --out, or a shorter period',
    exitCode: 2,
  });
}

function explain(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || code === undefined || code.startsWith('ERR_')) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(path, 'it filled up');
  return new Failure('LED_BUNDLE_NOT_WRITTEN', `${path} cannot be written: ${message}.`, {
    hint: 'choose a folder that exists and that you may write to',
    exitCode: 2,
    cause: error,
  });
}

/** The new name survives a power cut only once the folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
