import { z } from 'zod';
import type { Quantity } from '../model/quantity.ts';
import { type PlantInput, plantSchema } from './plant-schema.ts';

type UnitInput = PlantInput['units'][number];
type DeviceInput = PlantInput['devices'][number];

/**
 * What of a plant.yaml is as it should be, value by value; whatever is not is left out. A valid file is its own draft.
 * Lists keep their places: what cannot be read at all is an empty item.
 */
export interface PlantDraft {
  readonly plant: Partial<PlantInput['plant']>;
  readonly interval?: string | undefined;
  readonly units: readonly UnitDraft[];
  readonly devices: readonly DeviceDraft[];
  readonly sync?: PlantInput['sync'];
  readonly witnesses?: PlantInput['witnesses'];
}

export interface UnitDraft extends Partial<Omit<UnitInput, 'signals'>> {
  readonly signals: Partial<Record<Quantity, string | undefined>>;
}

export interface DeviceDraft extends Partial<Omit<DeviceInput, 'points'>> {
  readonly points?: readonly { readonly id?: string }[] | undefined;
}

/**
 * Reads each value by its own schema, so that what depends on several values (ids, ratings, signals) can be checked
 * where they are there, whatever else is wrong in the file.
 */
export function draftOf(value: unknown): PlantDraft {
  const { shape } = plantSchema;
  const file = isGroup(value) ? value : {};
  const unit = shape.units.element;
  const device = shape.devices.element;
  return {
    ...pick(z.object({ interval: shape.interval, sync: shape.sync, witnesses: shape.witnesses }), file),
    plant: pick(shape.plant, file.plant),
    units: listOf(file.units).map((raw) => ({
      ...pick(unit.omit({ signals: true }), raw),
      signals: pick(unit.shape.signals, isGroup(raw) ? raw.signals : undefined),
    })),
    devices: listOf(file.devices).map((raw) => {
      const points = isGroup(raw) && Array.isArray(raw.points) ? { points: raw.points.map(idOf) } : {};
      return { ...pick(device.omit({ points: true }), raw), ...points };
    }),
  };
}

function idOf(raw: unknown): { readonly id?: string } {
  return isGroup(raw) && typeof raw.id === 'string' ? { id: raw.id } : {};
}

/** The members of `value` that their own schemas take. */
function pick<S extends z.ZodObject>(schema: S, value: unknown): Partial<z.output<S>> {
  const group = isGroup(value) ? value : {};
  const members = Object.entries(schema.shape).flatMap(([key, member]) => {
    const parsed = z.safeParse(member, group[key]);
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(members) as Partial<z.output<S>>;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
