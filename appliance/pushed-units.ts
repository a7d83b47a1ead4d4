import type { Driver } from '../core/acquisition/driver.ts';
import type { DeviceConfig, PlantConfig, PointConfig, UnitConfig } from '../core/config/plant.ts';
import type { Quantity } from '../core/model/quantity.ts';
import { driverOf } from './plant-origin.ts';

/** A unit that is fed by pushes, with the device whose points they are. */
export interface PushedUnit {
  readonly unit: UnitConfig;
  readonly device: DeviceConfig;
  readonly points: readonly { readonly quantity: Quantity; readonly point: PointConfig }[];
}

export function pushedUnits(config: PlantConfig, drivers: ReadonlyMap<string, Driver>): readonly PushedUnit[] {
  const senders = config.devices.filter(({ driver }) => driverOf(drivers, driver).push !== undefined);
  return config.units.flatMap((unit) => {
    const device = senders.find(({ id }) => Object.values(unit.signals).some((ref) => ref.startsWith(`${id}/`)));
    if (device === undefined) return [];
    const points = (Object.entries(unit.signals) as [Quantity, string][]).flatMap(([quantity, ref]) => {
      const point = device.points.find((own) => own.ref === ref);
      return point === undefined ? [] : [{ quantity, point }];
    });
    return [{ unit, device, points }];
  });
}

/** The plant without what sends by itself: all that the pollers and the collector are about. */
export function polledPart(config: PlantConfig, drivers: ReadonlyMap<string, Driver>): PlantConfig {
  const pushed = new Set(pushedUnits(config, drivers).map(({ unit }) => unit.id));
  return {
    ...config,
    units: config.units.filter(({ id }) => !pushed.has(id)),
    devices: config.devices.filter(({ driver }) => driverOf(drivers, driver).push === undefined),
  };
}
