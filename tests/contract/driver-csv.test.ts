import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { createCsvDriver } from '../../drivers/csv/csv.ts';
import { decodeRaw } from '../../drivers/csv/decode.ts';
import { loadParser } from '../../drivers/csv/dialect.ts';
import { machineDisk } from '../../drivers/csv/disk.ts';
import { asCsvRecipe } from '../../drivers/csv/recipe.ts';
import { csvDevice } from './csv-device.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';

driverContract('csv', setup);

async function setup(): Promise<DriverUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-csv-'));
  const parser = await loadParser();
  const now = Date.now();
  const rows = [60_000, 30_000, 0].map((ageMs, at) => {
    const time = new Date(now - ageMs).toISOString();
    return `${time};${2 + at},375;"93,5";1234567,${at};RUN;"a ""quoted"" note"`;
  });
  writeFileSync(join(folder, 'export.csv'), `Time;Flow;Head;Energy;State;Note\r\n${rows.join('\r\n')}\r\n`);
  let isHanging = false;
  const driver = createCsvDriver({
    ...machineDisk,
    list: (path) => (isHanging ? new Promise(() => undefined) : machineDisk.list(path)),
  });
  return {
    driver,
    device: deviceIn(folder),
    unreachable: deviceIn(join(folder, 'nowhere')),
    decode: (recipe, raw) => {
      const decoded = decodeRaw(asCsvRecipe(recipe), raw, parser);
      if (decoded.kind === 'complaint') throw new Error(decoded.complaint.code);
      const { value, register } = decoded;
      return register === undefined ? { value } : { value, register };
    },
    hang: () => {
      isHanging = true;
    },
    sendsNothing: true,
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function deviceIn(folder: string): DeviceConfig {
  return csvDevice({ folder, delimiter: ';', decimal: ',' }, [
    { id: 'flow', column: 'Flow', unit: 'm3/s' },
    { id: 'head', column: 'Head', unit: 'm', scale: 2, offset: 0.25 },
    { id: 'energy', column: 'Energy', unit: 'kWh', kind: 'counter', scale: 0.1 },
    { id: 'state', column: 'State', map: { RUN: 'generating', STOP: 'stopped' }, kind: 'state' },
    { id: 'flow_again', column: 'Flow', unit: 'm3/s' },
  ]);
}
