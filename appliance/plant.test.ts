import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { fsck } from '../core/ledger/fsck.ts';
import type { Fault } from '../core/model/fault.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { openStore } from '../core/store/open-store.ts';
import { queryReadings } from '../core/store/readings.ts';
import { sampleBlock } from '../core/store/samples.ts';
import { driverHost } from '../tests/contract/driver-host.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { type Script, scriptedDriver, scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { Plant } from './plant.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const REFUSED: Fault = { code: 'TEST_REFUSED', message: 'Refused', policy: 'reconnect' };

/** Two counts a second at 1800 kW: register 1000.5, 1001.0, ... kWh, exact at every slot. */
const honest: Script = (point, wallMs) => {
  if (point.id === 'status') return 'generating';
  if (point.id === 'power') return 1800;
  return 1000 + (wallMs - START) / 2000;
};

describe('plant', () => {
  let folder: string;
  let clock: ManualClock;
  let store: WritableStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-plant-'));
    clock = new ManualClock(START - 500);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Runs {
    readonly connectFault?: () => Fault | undefined;
    readonly config?: PlantConfig;
    readonly formerConfig?: PlantConfig;
  }

  function createPlant(script: Script, { connectFault, config = scriptedPlant(), formerConfig }: Runs = {}) {
    const { driver, seen } = scriptedDriver(script, connectFault === undefined ? {} : { connectFault });
    const plant = new Plant({
      config,
      formerConfig,
      configuration: { plantId: 'HP-001', text: '', sha256: 'a'.repeat(64) },
      drivers: new Map([['scripted', driver]]),
      hostOf: () => driverHost(1, { clock }),
      store,
      key: deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST'),
      clock,
      random: seededRandom(1),
      askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
      log: silentLog,
      version: '0.0.0',
      mode: 'normal',
      listener: {},
    });
    plant.start();
    return { plant, seen };
  }

  function readings(): Reading[] {
    const { items } = queryReadings(store, { order: 'asc', limit: 1000 });
    return items.map(({ body }) => body.reading as unknown as Reading);
  }

  function sound(): void {
    const key = deviceKeyFromSeed(new Uint8Array(32).fill(7), 'HP-TEST');
    expect(fsck(ledgerReader(store), { verifierKey: key.verifierKey })).toMatchObject({ ok: true });
  }

  async function stopPlant(plant: Plant): Promise<void> {
    const stopped = plant.stop();
    await clock.pass(0);
    await stopped;
  }

  it('records one reading a minute with the exact difference of the register', async () => {
    const { plant } = createPlant(honest);
    await clock.pass(182_000);
    await stopPlant(plant);
    expect(readings()).toMatchObject([
      { from: '2026-11-20T12:00:00.000Z', coverage: 1, gaps: [], energyWh: 30_000, energySource: 'counter' },
      { from: '2026-11-20T12:01:00.000Z', coverage: 1, gaps: [], energyWh: 30_000 },
      { from: '2026-11-20T12:02:00.000Z', coverage: 1, gaps: [], energyWh: 30_000 },
    ]);
    expect(readings()[0]?.registers?.energyExport).toMatchObject({ startKwh: '1000', endKwh: '1030' });
    sound();
  });

  it('keeps the raw samples under the digest that the reading carries', async () => {
    const { plant } = createPlant(honest);
    await clock.pass(62_000);
    await stopPlant(plant);
    const block = readings()[0]?.samples[0];
    const text = Buffer.from(sampleBlock(store, block?.digest ?? '') ?? []).toString('utf8');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(62);
    expect(block?.outcomes).toBe(180);
    expect(lines[1]).toBe(
      '{"recipes":{"plc1/power":{"v":1,"driver":"scripted"},"plc1/energy_export":{"v":1,"driver":"scripted"},"plc1/status":{"v":1,"driver":"scripted"}}}',
    );
    expect(lines[2]).toContain('[1000,"31303030","good",0,null,"1000"]');
  });

  it('states a gap with its reason and loses no energy when the device is away within an interval', async () => {
    const away = (wallMs: number): boolean => wallMs >= START + 20_000 && wallMs < START + 35_000;
    const { plant, seen } = createPlant((point, wallMs) => (away(wallMs) ? REFUSED : honest(point, wallMs)), {
      connectFault: () => (away(clock.wallMs()) ? REFUSED : undefined),
    });
    await clock.pass(122_000);
    await stopPlant(plant);
    const reading = readings()[0];
    expect(reading).toMatchObject({ from: '2026-11-20T12:00:00.000Z', energyWh: 30_000 });
    expect(reading?.gaps[0]).toMatchObject({ from: '2026-11-20T12:00:20.000Z', reason: 'TEST_REFUSED' });
    expect(reading?.coverage).toBeLessThan(1);
    expect(seen.openMax).toBe(1);
    expect(seen.connects).toBeLessThanOrEqual(8);
    sound();
  });

  it('records intervals without any sample as such and counts their energy once the meter answers', async () => {
    const away = (wallMs: number): boolean => wallMs >= START + 50_000 && wallMs < START + 190_000;
    const { plant } = createPlant((point, wallMs) => (away(wallMs) ? REFUSED : honest(point, wallMs)), {
      connectFault: () => (away(clock.wallMs()) ? REFUSED : undefined),
    });
    await clock.pass(302_000);
    await stopPlant(plant);
    const list = readings();
    expect(list.map(({ energyWh }) => energyWh)).toEqual([24_500, undefined, undefined, 95_500, 30_000]);
    expect(list[1]).toMatchObject({ coverage: 0, gaps: [{ reason: 'TEST_REFUSED' }] });
    expect(list[3]?.registers?.energyExport?.startAt).toBe('2026-11-20T12:00:49.000Z');
    sound();
  });

  it('goes on with the interval in progress after a crash', async () => {
    const first = createPlant(honest);
    await clock.pass(90_600);
    // A crash: nothing is stopped, the handle is simply gone.
    store.close();
    clock = new ManualClock(clock.wallMs() + 5000);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
    expect(first.seen.openNow).toBe(1);
    const second = createPlant(honest);
    await clock.pass(90_000);
    await stopPlant(second.plant);
    const list = readings();
    expect(list.map(({ energyWh }) => energyWh)).toEqual([30_000, 30_000, 30_000]);
    expect(list[1]?.gaps.map(({ reason }) => reason)).toEqual(['ACQ_NOT_RUNNING']);
    expect(list[1]?.coverage).toBeGreaterThan(0.85);
    sound();
  });

  it('states the stretch in which the appliance was off, once, and counts its energy by the register', async () => {
    const first = createPlant(honest);
    await clock.pass(62_000);
    await stopPlant(first.plant);
    await clock.pass(3_600_000);
    const second = createPlant(honest);
    await clock.pass(120_000);
    await stopPlant(second.plant);
    const energies = readings().map(({ energyWh }) => energyWh ?? 0);
    const last = readings().at(-1);
    const registered = Number(last?.registers?.energyExport?.endKwh) - 1000;
    expect(energies.reduce((sum, energyWh) => sum + energyWh, 0)).toBe(registered * 1000);
    const gaps = store.all<{ reason: string; from_ms: number; to_ms: number }>('SELECT * FROM gaps');
    expect(gaps).toMatchObject([{ reason: 'ACQ_NOT_RUNNING' }]);
    // From the last poll of the first run to the first of the second one.
    expect((gaps[0]?.to_ms ?? 0) - (gaps[0]?.from_ms ?? 0)).toBe(3_602_000);
    sound();
  });

  it.each([
    ['forward by an hour', 3_600_000],
    ['back by an hour', -3_600_000],
    ['forward by ten years', 315_576_000_000],
    ['back by ten years', -315_576_000_000],
    ['back by an hour, and seen before the next poll', -3_600_000, 89_700],
    ['forward by an hour, and polled before it is seen', 3_600_200, 90_100],
  ] as [string, number, number?][])(
    'marks readings suspect and records an entry when the clock is put %s',
    async (_name, stepMs, afterMs = 90_000) => {
      const begin = clock.wallMs();
      // The register counts true time, whatever the clock of this computer says.
      const { plant } = createPlant((point) =>
        point.id === 'energy_export' ? 1000 + Math.floor((clock.monotonicMs() - 500) / 2) / 1000 : honest(point, 0),
      );
      await clock.pass(afterMs);
      clock.step(stepMs);
      await clock.pass(180_000);
      await stopPlant(plant);
      const steps = store.all<{ kind: string }>("SELECT kind FROM entries WHERE kind = 'clock'");
      expect(steps).toHaveLength(1);
      const list = readings();
      const after = list.filter(({ from }) => Math.abs(Date.parse(from) - begin - stepMs) < 400_000);
      expect(after.length).toBeGreaterThanOrEqual(2);
      expect(after.every((reading) => reading.clock === 'suspect')).toBe(true);
      const totalWh = list.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0);
      const closed = list.reduce(
        (end, { registers }) => Math.max(end, Number(registers?.energyExport?.endKwh ?? 0)),
        0,
      );
      expect(totalWh).toBe(Math.round((closed - 1000) * 1000));
      sound();
    },
  );

  function crash(offMs: number): void {
    store.close();
    clock = new ManualClock(clock.wallMs() + offMs);
    store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  }

  function blockLines(): string[] {
    return readings().flatMap(({ samples }) =>
      samples.flatMap(({ digest }) =>
        Buffer.from(sampleBlock(store, digest) ?? [])
          .toString('utf8')
          .trimEnd()
          .split('\n'),
      ),
    );
  }

  const slots = (lines: readonly string[]): number[] =>
    lines.filter((line) => line.startsWith('[')).map((line) => (JSON.parse(line) as [number])[0]);

  it('never reads kept samples with a configuration of another order of points', async () => {
    createPlant(honest);
    await clock.pass(90_600);
    crash(5000);
    const formerConfig = scriptedPlant();
    const turned = formerConfig.devices.map((device) => ({ ...device, points: device.points.toReversed() }));
    const second = createPlant(honest, { config: { ...formerConfig, devices: turned }, formerConfig });
    await clock.pass(90_000);
    await stopPlant(second.plant);
    const list = readings();
    expect(list.map(({ powerKw }) => [powerKw?.min, powerKw?.max])).toEqual(list.map(() => [1800, 1800]));
    expect(list[1]).toMatchObject({ from: '2026-11-20T12:01:00.000Z', gaps: [{ reason: 'ACQ_NOT_RUNNING' }] });
    expect(list.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)).toBe(90_000);
    expect(list.flatMap(({ registers }) => registers?.energyExport?.events)).toEqual([]);
    expect(blockLines().filter((line) => line.includes('"points":[{"point":"plc1/power"'))).toHaveLength(2);
    expect(store.all('SELECT 1 FROM open_cycles WHERE slot_ms < ?', START + 120_000)).toEqual([]);
    sound();
  });

  it('does not take the energy of two scales of one register for generation', async () => {
    const first = createPlant(honest);
    await clock.pass(62_000);
    await stopPlant(first.plant);
    await clock.pass(24 * 3_600_000);
    const formerConfig = scriptedPlant();
    const devices = formerConfig.devices.map((device) => ({
      ...device,
      points: device.points.map((point) => ({ ...point, settings: { scale: 10 } })),
    }));
    // Ten times the same register: within what a day at full load would have counted.
    const second = createPlant(
      (point, wallMs) =>
        point.id === 'energy_export' ? 10_000 + Math.floor((wallMs - START) / 2000) : honest(point, 0),
      { config: { ...formerConfig, devices }, formerConfig },
    );
    await clock.pass(122_000);
    await stopPlant(second.plant);
    expect(readings().map(({ energyWh = 0 }) => energyWh < 40_000)).not.toContain(false);
    sound();
  });

  it('does not let the poll of the boundary confirm a fallen register twice', async () => {
    const { plant } = createPlant((point, wallMs) =>
      point.id === 'energy_export' && wallMs >= START + 60_000 && wallMs < START + 62_000 ? 3 : honest(point, wallMs),
    );
    await clock.pass(122_000);
    await stopPlant(plant);
    const events = readings().flatMap(({ registers }) => registers?.energyExport?.events.map(({ kind }) => kind));
    expect(events).toEqual(['dip']);
    expect(readings().reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)).toBe(60_000);
  });

  it('describes the polls of every block before the first of them', async () => {
    const first = createPlant(honest);
    await clock.pass(60_600);
    expect(first.seen.openNow).toBe(1);
    crash(1000);
    const second = createPlant(honest);
    await clock.pass(122_000);
    await stopPlant(second.plant);
    const lines = blockLines();
    const heads = lines.flatMap((line, index) => (line.startsWith('{"v"') ? [index] : []));
    expect(heads).toHaveLength(3);
    for (const head of heads) expect(lines[head + 1]).toMatch(/^{"recipes":{"plc1\/power"/);
  });

  it('keeps the samples of an interval that gives no reading with the one that its energy runs on into', async () => {
    const { plant } = createPlant(honest);
    await clock.pass(90_500);
    clock.step(-10_000);
    await clock.pass(140_000);
    await stopPlant(plant);
    const kept = slots(blockLines()).length;
    const seconds = readings().length * 60;
    expect(seconds).toBe(180);
    // Ten slots came twice, and the first block has the poll before the first interval.
    expect(kept).toBeGreaterThanOrEqual(seconds + 8);
    sound();
  });

  it('counts on when the clock is put back, without calling honest steps a jump', async () => {
    const config = scriptedPlant();
    const devices = config.devices.map((device) => ({
      ...device,
      points: device.points.map((point) => ({ ...point, settings: { scale: 0.001 } })),
    }));
    const { plant } = createPlant(
      (point) => (point.id === 'energy_export' ? 1000 + clock.monotonicMs() / 2000 : honest(point, 0)),
      { config: { ...config, devices } },
    );
    await clock.pass(90_000);
    clock.step(-3_600_000);
    await clock.pass(120_000);
    await stopPlant(plant);
    expect(readings().flatMap(({ registers }) => registers?.energyExport?.events ?? [])).toEqual([]);
  });

  it('does not believe a leap of the register because the clock was put forward', async () => {
    let leapt = 0;
    const { plant } = createPlant((point) =>
      point.id === 'energy_export' ? 1000 + clock.monotonicMs() / 2000 + leapt : honest(point, 0),
    );
    await clock.pass(90_000);
    clock.step(315_576_000_000);
    leapt = 1_000_000;
    await clock.pass(120_000);
    await stopPlant(plant);
    expect(readings().map(({ energyWh = 0 }) => energyWh < 100_000)).not.toContain(false);
  });

  it.each([
    ['put forward ten years', 315_576_000_000, 1_000_000],
    ['put back an hour', -3_600_000, 0],
  ])('counts by elapsed time when a crash follows at once after the clock was %s', async (_what, stepMs, leapKwh) => {
    let leapt = 0;
    let ranMs = 0;
    const script: Script = (point) =>
      point.id === 'energy_export' ? 1000 + (ranMs + clock.monotonicMs()) / 2000 + leapt : honest(point, 0);
    const plain = scriptedPlant();
    const devices = plain.devices.map((device) => ({
      ...device,
      points: device.points.map((point) => ({ ...point, settings: { scale: 0.001 } })),
    }));
    const config = { ...plain, devices };
    createPlant(script, { config });
    await clock.pass(90_000);
    clock.step(stepMs);
    leapt = leapKwh;
    await clock.pass(1000);
    ranMs = clock.monotonicMs();
    crash(0);
    const second = createPlant(script, { config });
    await clock.pass(122_000);
    await stopPlant(second.plant);
    const list = readings();
    const kinds = list.flatMap(({ registers }) => registers?.energyExport?.events.map(({ kind }) => kind) ?? []);
    expect(kinds).toEqual(leapKwh > 0 ? ['jump'] : []);
    expect(list.reduce((sum, { energyWh = 0 }) => sum + energyWh, 0)).toBeLessThan(110_000);
    expect(list.reduce((sum, { energyWh = 0 }) => sum + energyWh, 0)).toBeGreaterThan(80_000);
    sound();
  });

  it('goes on recording, in doubt, when the clock lost its time while the appliance was off', async () => {
    createPlant(honest);
    await clock.pass(90_600);
    crash(-20 * 365 * 86_400_000);
    const second = createPlant((point) => (point.id === 'energy_export' ? 1050 : honest(point, 0)));
    await clock.pass(182_000);
    await stopPlant(second.plant);
    const list = readings();
    expect(list.filter(({ from }) => from.startsWith('2006')).map(({ clock: trust }) => trust)).toEqual([
      'suspect',
      'suspect',
      'suspect',
    ]);
    expect(store.all("SELECT 1 FROM entries WHERE kind = 'clock'")).toHaveLength(1);
    sound();
  });

  it('records no time twice when the interval is made longer', async () => {
    clock = new ManualClock(START + 59_500);
    const first = createPlant(honest);
    await clock.pass(182_000);
    await stopPlant(first.plant);
    const formerConfig = scriptedPlant();
    const second = createPlant(honest, { config: { ...formerConfig, intervalMs: 300_000 }, formerConfig });
    await clock.pass(600_000);
    await stopPlant(second.plant);
    const list = readings();
    expect(list.every(({ from }, index) => index === 0 || from >= (list[index - 1]?.to ?? ''))).toBe(true);
    expect(list.at(-1)?.energyWh).toBeGreaterThan(150_000);
    sound();
  });
});
