import { userInfo } from 'node:os';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { Failure } from '../../core/model/failure.ts';
import { silentLog } from '../../core/model/log.ts';
import { toIso } from '../../core/model/time.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import type { ModelAnswer, ModelListAnswer, TrainingAnswer } from '../api/schema/model.ts';
import { dataFolderAt } from '../data-folder.ts';
import { listModels, type ModelParts, putInForce, useModel } from '../model-actions.ts';
import { openDeviceKey } from '../open-device-key.ts';
import { findRunning, type RunFile } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import type { TrainingRequest } from '../train-model.ts';
import { trainInWorker } from '../training-job.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { type KeptPlant, keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';
import { readInstant } from './read-instant.ts';

const ASK_EVERY_MS = 500;

export const modelTrain: Command = {
  name: 'model train',
  summary: 'Learn how each unit behaves from its recorded readings, and judge by that from now on',
  options: {
    data: DATA_OPTION,
    unit: { type: 'string', value: 'ID', about: 'only this unit; every unit if left out' },
    from: { type: 'string', value: 'T', about: 'readings from then on; the last 90 comparable days if left out' },
    to: { type: 'string', value: 'T', about: 'readings until then; up to the newest if left out', alias: 'until' },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  notes: ['Train on honest days at all usual loads. "model use" goes back to an earlier model.'],
  run: train,
};

export const modelList: Command = {
  name: 'model list',
  summary: 'List the models of the units, when and from what they were learned, and which are in force',
  options: { data: DATA_OPTION, json: JSON_OPTION, config: CONFIG_OPTION },
  async run(call) {
    const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
    const items =
      running === undefined
        ? await withStore(call, (store) => listModels({ ...keptPlant(store, call), store }))
        : (await askModels(running)).items;
    if (call.flags.has('json')) for (const item of items) call.output.json(item);
    else printModels(items, call.output);
    return 0;
  },
};

export const modelUse: Command = {
  name: 'model use',
  summary: 'Put an earlier model of a unit in force again',
  options: {
    data: DATA_OPTION,
    unit: { type: 'string', value: 'ID', about: 'whose model', isNeeded: true },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  operands: ['DIGEST'],
  async run(call) {
    const { unit = '', data = '' } = call.texts;
    const [digest = ''] = call.operands;
    const running = await findRunning(dataFolderAt(data));
    const path = `/api/v1/models/${encodeURIComponent(digest)}/use`;
    const model =
      running === undefined
        ? await atRest(call, async (parts) => useModel(parts, digest, unit, userInfo().username))
        : ((await callAppliance(running, 'POST', path, { unitId: unit })) as ModelAnswer);
    tell(call, model);
    return 0;
  },
};

async function train(call: Call): Promise<0> {
  const { unit, data = '' } = call.texts;
  const fromMs = readInstant('from', call.texts.from);
  const toMs = readInstant('to', call.texts.to);
  const { config } = await withStore(call, (store) => keptPlant(store, call));
  const requests = (unit === undefined ? config.units.map(({ id }) => id) : [unit]).map((unitId) => ({
    unitId,
    fromMs,
    toMs,
  }));
  const running = await findRunning(dataFolderAt(data));
  if (running === undefined) await atRest(call, (parts, plant) => trainAtRest(call, parts, plant, requests));
  else for (const request of requests) tell(call, await trainThere(call, running, request));
  return 0;
}

async function trainAtRest(
  call: Call,
  parts: ModelParts,
  { config, origin }: KeptPlant,
  requests: readonly TrainingRequest[],
): Promise<void> {
  const { storePath } = dataFolderAt(call.texts.data ?? '');
  for (const request of requests) {
    const job = { storePath, config, settings: DEFAULT_SETTINGS, origin, request };
    const text = await trainInWorker(job, progressOf(call.output, request.unitId));
    tell(call, putInForce(parts, text, userInfo().username));
  }
}

/** Asks the appliance to train, and waits for it. */
async function trainThere(call: Call, running: RunFile, request: TrainingRequest): Promise<ModelAnswer> {
  const { unitId, fromMs, toMs } = request;
  const body = {
    unitId,
    ...(fromMs === undefined ? {} : { from: toIso(fromMs) }),
    ...(toMs === undefined ? {} : { to: toIso(toMs) }),
  };
  await callAppliance(running, 'POST', '/api/v1/models/train', body);
  const onProgress = progressOf(call.output, unitId);
  for (;;) {
    const { items, trainings } = await askModels(running);
    const training = trainings.find((each) => each.unitId === unitId);
    if (training?.state === 'failed') throw failureOf(training);
    const model = items.findLast((each) => each.unitId === unitId);
    if (training?.state === 'done' && model !== undefined) return model;
    if (training === undefined) throw new Failure('VER_TRAIN_FAILED', 'The appliance was restarted meanwhile.');
    if (training.of !== null) onProgress(training.done, training.of);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function failureOf({ problem }: TrainingAnswer): Failure {
  const { code = 'VER_TRAIN_FAILED', message = 'The training came to nothing.', hint } = problem ?? {};
  return new Failure(code, message, typeof hint === 'string' ? { hint } : {});
}

async function askModels(running: RunFile): Promise<ModelListAnswer> {
  return (await callAppliance(running, 'GET', '/api/v1/models')) as ModelListAnswer;
}

/** Holds the folder meanwhile, since no appliance runs. */
async function atRest<T>(call: Call, work: (parts: ModelParts, plant: KeptPlant) => Promise<T>): Promise<T> {
  const plant = await withStore(call, (store) => keptPlant(store, call));
  const { config } = plant;
  const folder = dataFolderAt(call.texts.data ?? '');
  const lock = holdInstanceLock(folder.root);
  try {
    const store = openStore(folder.storePath, { access: 'write' });
    try {
      const key = openDeviceKey(folder, store, config.plant.id);
      const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
      return await work(
        {
          config,
          store,
          record: (entry, alongside) => recorder.record([entry], alongside),
          learn: () => {},
          log: silentLog,
        },
        plant,
      );
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

/** A note at every tenth of the way. */
function progressOf(output: Output, unitId: string): (done: number, of: number) => void {
  let told = 0;
  return (done, of) => {
    const tenth = Math.floor((10 * done) / of);
    if (tenth <= told) return;
    told = tenth;
    output.note(`${unitId}: ${tenth * 10} % of ${of} readings read`);
  };
}

function tell({ flags, output }: Call, model: ModelAnswer): void {
  if (flags.has('json')) output.json(model);
  else output.line(`${model.unitId}: ${model.digest} is in force as of entry ${model.index}, ${sourceOf(model)}.`);
}

function sourceOf({ readings, trainedFrom, trainedTo }: ModelAnswer): string {
  return `learned from ${readings} steady readings of ${trainedFrom.slice(0, 10)} to ${trainedTo.slice(0, 10)}`;
}

function printModels(items: readonly ModelAnswer[], output: Output): void {
  if (items.length === 0) {
    output.line('No unit has a model yet. "forebay model train" learns one.');
    return;
  }
  const rows = items.map((model) => {
    const standing = model.isInForce ? (model.isUsable ? 'in force' : 'not usable') : '';
    return [model.unitId, model.digest, String(model.index), model.reason, model.by, sourceOf(model), standing];
  });
  output.table(['unit', 'digest', 'entry', 'why', 'by', 'learned from', ''], rows);
  for (const { unitId, digest, reviewed } of items) {
    if (reviewed === null) continue;
    const { approved, rejected, effect } = reviewed;
    output.line(
      `${unitId}, ${digest.slice(0, 15)}: ${effect ?? `${approved} readings approved, ${rejected} rejected.`}`,
    );
  }
  for (const { unitId, stale } of items) if (stale !== null) output.line(`${unitId}: VER_MODEL_STALE: ${stale}`);
}
