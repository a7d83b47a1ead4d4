import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry, NewEntry } from '../core/ledger/entry.ts';
import type { RecordedEntry } from '../core/ledger/recorder.ts';
import { Failure } from '../core/model/failure.ts';
import { type Log, silentLog } from '../core/model/log.ts';
import type { ReadableStore, WritableStore } from '../core/store/handle.ts';
import { insertModel, modelEntries, soundModelText } from '../core/store/models.ts';
import { type TwinModel, twinDigest } from '../core/verification/twin/twin-model.ts';
import type { ModelAnswer } from './api/schema/model.ts';
import { type ModelBody, modelOfEntry } from './recorded-model.ts';
import { reviewedWords } from './reviewed-words.ts';
import { unitBasis } from './unit-basis.ts';

export interface ModelParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  /** Records the entry with what `alongside` writes, or throws and keeps nothing. */
  readonly record: (entry: NewEntry, alongside: (write: WritableStore) => void) => readonly RecordedEntry[];
  /** Judges the unit by another model from now on; nothing to do where no appliance runs. */
  readonly learn: (unitId: string, model: TwinModel) => void;
  readonly log: Log;
}

/** Every model that was ever put in force, oldest first. `staleOf` says in words why one in force should be renewed. */
export function listModels(
  { config, store }: Pick<ModelParts, 'config' | 'store'>,
  staleOf: (unitId: string) => string | undefined = () => undefined,
): ModelAnswer[] {
  const entries = modelEntries(store);
  return entries.map((entry) => {
    const { unitId, digest, trainedFrom, trainedTo, readings, reason, by, reviewed } = bodyOf(entry);
    const text = reviewed === undefined ? undefined : soundModelText(store, digest);
    const isInForce = entries.findLast(({ body }) => body.unitId === unitId) === entry;
    return {
      index: entry.index,
      at: entry.at,
      unitId,
      digest,
      trainedFrom,
      trainedTo,
      readings,
      reason,
      by,
      isInForce,
      isUsable: modelOfEntry(store, entry, config, silentLog) !== undefined,
      stale: isInForce ? (staleOf(unitId) ?? null) : null,
      reviewed: reviewedAnswer(reviewed, text === undefined ? undefined : (JSON.parse(text) as TwinModel)),
    };
  });
}

/** Records a model just trained, given as its text, and puts it in force. */
export function putInForce(parts: ModelParts, text: string, by: string): ModelAnswer {
  const model = JSON.parse(text) as TwinModel;
  const { unitId } = model;
  const isFirst = !modelEntries(parts.store).some(({ body }) => body.unitId === unitId);
  const reason = isFirst ? 'commissioning' : 'retraining';
  return recordModel(parts, model, { text, digest: twinDigest(model), reason, by });
}

/**
 * Puts an earlier model of the unit in force again. `wanted` is its digest or at least the first eight digits of it.
 *
 * @throws Failure `VER_MODEL_UNKNOWN`, `VER_MODEL_OTHER_UNIT`, `VER_MODEL_DAMAGED`, `VER_MODEL_IN_FORCE`.
 */
export function useModel(parts: ModelParts, wanted: string, unitId: string, by: string): ModelAnswer {
  const entries = modelEntries(parts.store).filter(({ body }) => body.unitId === unitId);
  const entry = findByDigest(entries, wanted, unitId);
  const { digest, basis } = bodyOf(entry);
  const latest = entries.at(-1);
  if (latest !== undefined && bodyOf(latest).digest === digest) {
    throw new Failure('VER_MODEL_IN_FORCE', `${digest} is the model of ${unitId} already.`, {
      hint: '"forebay model list" shows the others',
    });
  }
  if (basis !== unitBasis(parts.config, unitId)) {
    throw new Failure('VER_MODEL_OTHER_UNIT', `${unitId} is configured otherwise than when this model was trained.`, {
      hint: 'train a new one',
    });
  }
  const text = soundModelText(parts.store, digest);
  if (text === undefined) {
    throw new Failure('VER_MODEL_DAMAGED', `The model ${digest} is not what was recorded.`, {
      hint: 'run "forebay ledger fsck", and train a new model',
      exitCode: 4,
    });
  }
  return recordModel(parts, JSON.parse(text) as TwinModel, { text, digest, reason: 'rollback', by });
}

function findByDigest(entries: readonly Entry[], wanted: string, unitId: string): Entry {
  const digits = wanted.startsWith('sha256:') ? wanted.slice(7) : wanted;
  const found = entries.filter(({ body }) => String(body.digest).startsWith(`sha256:${digits}`));
  const first = found[0];
  const isOne = new Set(found.map(({ body }) => body.digest)).size === 1;
  if (first !== undefined && isOne && /^[0-9a-f]{8,64}$/.test(digits)) return first;
  throw new Failure('VER_MODEL_UNKNOWN', `${unitId} has no one model "${wanted}".`, {
    hint: 'give at least the first eight digits of a digest that "forebay model list" shows',
    exitCode: 2,
  });
}

function recordModel(
  { config, record, learn, log }: ModelParts,
  model: TwinModel,
  { text, digest, reason, by }: { readonly text: string } & Pick<ModelBody, 'digest' | 'reason' | 'by'>,
): ModelAnswer {
  const { unitId, trainedFrom, trainedTo, readings } = model;
  const basis = unitBasis(config, unitId);
  const reviewed = countsOf(model);
  const body = {
    ...{ v: 1 as const, unitId, digest, trainedFrom, trainedTo, readings, basis, reason, by },
    ...(reviewed === undefined ? {} : { reviewed }),
  } satisfies ModelBody;
  const [recorded] = record({ kind: 'model', body }, (write) => insertModel(write, { digest, unitId, text }));
  learn(unitId, model);
  log.info({ unitId, digest, reason, by }, 'model in force');
  const { index = 0, at = '' } = recorded?.entry ?? {};
  const { basis: _basis, v: _v, ...shown } = body;
  const standing = { isInForce: true, isUsable: true, stale: null };
  return { index, at, ...shown, ...standing, reviewed: reviewedAnswer(reviewed, model) };
}

function countsOf({ reviewed }: TwinModel): ModelBody['reviewed'] {
  return reviewed === undefined ? undefined : { approved: reviewed.approved, rejected: reviewed.rejected };
}

/** The counts as the entry has them, and in words what came of them where the model is still what was recorded. */
function reviewedAnswer(counts: ModelBody['reviewed'], model: TwinModel | undefined): ModelAnswer['reviewed'] {
  if (counts === undefined) return null;
  const { approved, rejected } = counts;
  return { approved, rejected, effect: model?.reviewed === undefined ? null : reviewedWords(model.reviewed) };
}

function bodyOf({ body }: Entry): ModelBody {
  return body as unknown as ModelBody;
}
