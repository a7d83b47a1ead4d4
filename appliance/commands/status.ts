import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { Failure } from '../../core/model/failure.ts';
import { latestEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { type DataFolder, dataFolderAt } from '../data-folder.ts';
import { buildStatus, type Status, type UnitStatus } from '../plant-status.ts';
import { findRunning } from '../run-file.ts';
import { ageInWords, targetInLines } from '../sync/waiting-words.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show how the plant, its devices, the ledger, the disk and the delivery are',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  async run(call) {
    const status = await findStatus(call);
    if (call.flags.has('json')) call.output.json(status);
    else printStatus(status, call.output);
    return 0;
  },
};

async function findStatus(call: Call): Promise<Status> {
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  if (running !== undefined) return (await callAppliance(running, 'GET', '/api/v1/status')) as Status;
  return withStore(call, (store, folder) => store.snapshot(() => statusAtRest(store, folder, call)));
}

/** What can be said while no appliance runs. */
function statusAtRest(store: ReadableStore, folder: DataFolder, call: Call): Status {
  const reader = ledgerReader(store);
  const verifierKey = readKeyChain(reader)?.current.verifierKey;
  const checkpoint = reader.latestCheckpoint();
  if (verifierKey === undefined || checkpoint === undefined) {
    throw new Failure('APP_NOTHING_RECORDED', `The data folder ${folder.root} holds no ledger yet.`, {
      hint: 'start the appliance once',
      exitCode: 2,
    });
  }
  return buildStatus({
    ...keptPlant(store, call),
    version,
    mode: latestEntry(store, 'start')?.body.mode === 'shadow' ? 'shadow' : 'normal',
    store,
    head: checkpoint,
    verifierKey,
    dataFolder: folder.root,
    nowMs: systemClock.wallMs(),
  });
}

const WH_PER_KWH = 1000;
/** No energy was measured today, which is not the same as none generated. */
const NOT_MEASURED = '\u2014';
const BYTES_PER_GB = 1e9;

/** Why the newest reading says nothing of now; undefined where it does, or the first is awaited. */
function freshnessInWords({ state, lastTo }: UnitStatus['freshness'], nowMs: number): string | undefined {
  if (state === 'current' || state === 'none') return undefined;
  if (lastTo === null) return 'no reading has come yet';
  if (state === 'ahead') return `the newest reading is dated ${lastTo}, ahead of the clock of this computer`;
  return `no new reading since ${lastTo}, ${ageInWords(nowMs - Date.parse(lastTo))} ago`;
}

/** What waits for each target, in words, and what a person has to do. */
function printDelivery({ targets }: Status, output: Output): void {
  if (targets.length === 0) {
    output.line('Delivery: plant.yaml names no target under sync, so everything stays on this computer');
    return;
  }
  output.line('Delivery:');
  for (const target of targets) {
    for (const line of targetInLines(target, systemClock.wallMs())) output.line(`  ${line}`);
  }
}

function printStatus(status: Status, output: Output): void {
  const { plant, appliance, ledger, reviews, disk, clock } = status;
  const where = appliance.running ? `running since ${appliance.startedAt} at ${appliance.url}` : 'not running';
  output.line(
    `${plant.name} (${plant.id})${plant.origin === 'demo' ? ', demonstration data' : ''}: appliance ${where}`,
  );
  output.line(
    `Ledger: ${countNoun(ledger.size, 'entry')}, ${countNoun(ledger.readings, 'reading')}; today ${ledger.flagged} flagged, ${ledger.rejected} rejected`,
  );
  for (const { id, freshness } of plant.units) {
    const said = freshnessInWords(freshness, systemClock.wallMs());
    if (said !== undefined) output.line(`Data: ${id}: ${said}`);
  }
  if (ledger.storeKey !== null) output.line(`Store: encrypted with the key ${ledger.storeKey}`);
  if (ledger.check.state === 'broken' || ledger.check.state === 'suspect') output.line(`${ledger.check.reason}.`);
  if (reviews.open > 0)
    output.line(`To review: ${countNoun(reviews.open, 'reading')}, the oldest of ${reviews.oldestFrom}`);
  output.line(`Clock: ${clock.trust}. ${clock.reason}.`);
  output.line(`Disk: ${disk.level}, ${(disk.freeBytes / BYTES_PER_GB).toFixed(1)} GB free`);
  printDelivery(status, output);
  output.line('');
  output.table(
    ['unit', 'state', 'kWh today', 'last verdict', 'trust', 'because'],
    plant.units.map(({ id, state, energyTodayWh, lastVerdict }) => [
      id,
      state,
      energyTodayWh === null ? NOT_MEASURED : (energyTodayWh / WH_PER_KWH).toFixed(1),
      lastVerdict?.status ?? 'none',
      lastVerdict?.trustScore.toFixed(2) ?? '',
      lastVerdict?.headline ?? '',
    ]),
  );
  for (const { id, withoutWitness, witnesses } of plant.units) {
    if (withoutWitness !== null) output.line(`${id}: ${withoutWitness}`);
    for (const { kind, outcome } of witnesses) {
      if (outcome === 'disagrees') output.line(`${id}: ${kind} disagrees with the newest reading`);
    }
  }
  output.line('');
  output.table(
    ['device', 'driver', 'state', 'points', 'reason'],
    status.devices.map(({ id, driver, state, points, pointsGood, fault }) => [
      id,
      driver,
      state,
      `${pointsGood}/${points}`,
      fault === undefined ? '' : `${fault.code}: ${fault.message}`,
    ]),
  );
}
