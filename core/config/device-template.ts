import { z } from 'zod';
import { QUANTITIES, type Quantity } from '../model/quantity.ts';
import { readYaml } from './yaml-source.ts';

/** How sure the addresses are: `high` when two independent implementations agree, `medium` with one; `own` is ours. */
const CONFIDENCES = ['high', 'medium', 'own'] as const;

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const sentence = z.string().trim().min(1);
const group = z.record(z.string(), z.unknown());

const parameterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    about: sentence,
    min: z.number(),
    max: z.number(),
    whole: z.literal(true).optional(),
    default: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('choice'),
    about: sentence,
    values: z.array(z.string().min(1)).min(2),
    default: z.string().optional(),
  }),
]);

/** How the maker's list writes an address: the wire address plus `add`, as a number or in hex. */
const notationSchema = z.strictObject({
  about: sentence,
  add: z.int(),
  style: z.enum(['decimal', 'hex']),
});

const templatePointSchema = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  /** What the value is, where its id does not say all. */
  about: sentence.optional(),
  /** The signal of a unit that this point serves when the device is the unit's meter or controller. */
  signal: z.enum(Object.keys(QUANTITIES) as [Quantity, ...Quantity[]]).optional(),
  /** Of a counter: its list does not say where it starts again, and its type does not tell it either. */
  modulusUnknown: z.literal(true).optional(),
});

const templateSchema = z.strictObject({
  template: z.string().regex(NAME),
  version: z.int().min(1),
  title: sentence,
  drivers: z.array(z.string().min(1)).min(1),
  confidence: z.enum(CONFIDENCES),
  products: z.array(sentence).min(1),
  sources: z.array(sentence).min(1),
  caveats: z.array(sentence),
  notation: notationSchema,
  parameters: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), parameterSchema).default({}),
  connection: group.default({}),
  points: z.array(templatePointSchema).min(1),
});

/**
 * What is known of a family of devices: its points as they would stand in plant.yaml, with what the family needs of a
 * connection. A published version never changes; another scale or address is another version.
 */
export type DeviceTemplate = z.output<typeof templateSchema>;
export type TemplatePoint = DeviceTemplate['points'][number];
export type TemplateParameter = z.output<typeof parameterSchema>;

/** Keys of a template's point that are for people and tools, and no part of the point in plant.yaml. */
export const TEMPLATE_ONLY_KEYS: readonly string[] = ['about', 'signal', 'modulusUnknown'];

/** The templates that plant.yaml may name, by `name@version`. */
export interface TemplateCatalogue {
  readonly references: readonly string[];
  find(reference: string): DeviceTemplate | undefined;
}

export const NO_TEMPLATES: TemplateCatalogue = { references: [], find: () => undefined };

export function referenceOf({ template, version }: Pick<DeviceTemplate, 'template' | 'version'>): string {
  return `${template}@${version}`;
}

/** Reads the text of a template. Throws when it is none: templates come with the program, not from the plant. */
export function parseTemplate(text: string, file: string): DeviceTemplate {
  const yaml = readYaml(text);
  if (yaml.kind === 'problems')
    throw new Error(`${file}: ${yaml.problems[0]?.message}, line ${yaml.problems[0]?.line}`);
  const parsed = templateSchema.safeParse(yaml.source.value);
  if (parsed.success) return parsed.data;
  throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
}
