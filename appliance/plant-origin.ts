import type { Driver } from '../core/acquisition/driver.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { present } from '../core/model/assert.ts';
import { Failure } from '../core/model/failure.ts';
import { readEntry } from '../core/store/entries.ts';
import type { WritableStore } from '../core/store/handle.ts';

/** `demo` as soon as one device is simulated: demonstration data must never pass for a plant's. */
export function originOf(config: PlantConfig, drivers: ReadonlyMap<string, Driver>): 'plant' | 'demo' {
  return config.devices.some(({ driver }) => driverOf(drivers, driver).origin === 'demo') ? 'demo' : 'plant';
}

/** A ledger holds one plant, and either a real one or a demonstration: mixing them would taint every figure. */
export function refuseOtherLedger(store: WritableStore, config: PlantConfig, origin: 'plant' | 'demo'): void {
  const genesis = readEntry(store, 0)?.body;
  if (genesis === undefined) return;
  if (genesis.plantId !== config.plant.id) {
    throw new Failure('APP_OTHER_PLANT', `This data folder holds the ledger of plant ${String(genesis.plantId)}.`, {
      hint: `start plant ${config.plant.id} on a data folder of its own`,
      exitCode: 2,
    });
  }
  if (genesis.origin !== origin) {
    const sentence = `This data folder holds ${origin === 'plant' ? 'demonstration' : 'real'} data.`;
    const hint = 'demonstration and real data never share a ledger; choose another data folder';
    throw new Failure('APP_DEMO_MIXED', sentence, { hint, exitCode: 2 });
  }
}

/** The driver of a checked configuration: there always is one. */
export function driverOf(drivers: ReadonlyMap<string, Driver>, name: string): Driver {
  return present(drivers.get(name), `driver ${name}`);
}
