import { type DeviceTemplate, referenceOf } from '../../core/config/device-template.ts';
import { nameHint } from '../../core/config/nearest-name.ts';
import { templates } from '../templates.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { usage } from './read-command-line.ts';
import { describePoint, describeTemplate } from './template-words.ts';

export const templatesList: Command = {
  name: 'templates list',
  summary: 'List the device templates that plant.yaml may name',
  options: { json: JSON_OPTION },
  async run({ flags, output }) {
    const all = templates.references.map(templateOf);
    if (flags.has('json')) {
      output.json(all.map((template) => ({ template: referenceOf(template), ...summaryOf(template) })));
      return 0;
    }
    const rows = all.map((template) => {
      const { points, confidence, title } = summaryOf(template);
      return [referenceOf(template), String(points), confidence, title];
    });
    output.table(['TEMPLATE', 'POINTS', 'CONFIDENCE', 'FOR'], rows);
    output.note('\nforebay templates show NAME says more; forebay probe suggests the one that fits a device.');
    return 0;
  },
};

export const templatesShow: Command = {
  name: 'templates show',
  summary: 'Show the points of a template with addresses, units, sources and caveats',
  options: { json: JSON_OPTION },
  operands: ['NAME[@V]'],
  async run({ flags, operands: [name = ''], output }) {
    const template = findTemplate(name);
    if (flags.has('json')) {
      output.json(withoutBigints(template));
      return 0;
    }
    for (const line of describeTemplate(template)) output.line(line);
    output.line('');
    const rows = template.points.map((point) => describePoint(template, point));
    output.table(['POINT', 'WIRE', 'MAKER', 'TYPE', 'SCALE', 'UNIT', 'NOTES'], rows);
    return 0;
  },
};

function summaryOf({ title, confidence, drivers, products, points }: DeviceTemplate) {
  return { title, confidence, drivers, products, points: points.length };
}

/** JSON has no whole numbers beyond 2^53 that every reader keeps: a modulus of 2^64 is written as text. */
function withoutBigints(template: DeviceTemplate): unknown {
  return JSON.parse(JSON.stringify(template, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
}

/** The template of this name, in its newest version unless the name says which. */
export function findTemplate(name: string): DeviceTemplate {
  const found = templates.references
    .filter((reference) => reference === name || reference.startsWith(`${name}@`))
    .map(templateOf)
    .toSorted((a, b) => b.version - a.version)[0];
  if (found !== undefined) return found;
  throw usage(
    `There is no template "${name}".`,
    nameHint(name, templates.references) ?? 'forebay templates list shows all',
  );
}

function templateOf(reference: string): DeviceTemplate {
  const template = templates.find(reference);
  if (template === undefined) throw new Error(`Assertion failed: ${reference} is listed and so it is there`);
  return template;
}
