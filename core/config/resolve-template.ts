import { add, type Decimal, decimalOf, multiply, toNumber } from '../model/decimal.ts';
import type { DeviceTemplate, TemplateParameter, TemplatePoint } from './device-template.ts';
import { TEMPLATE_ONLY_KEYS } from './device-template.ts';
import { nameHint } from './nearest-name.ts';

type Group = Readonly<Record<string, unknown>>;
export type ParameterValues = Readonly<Record<string, number | string>>;

export interface ParameterIssue {
  /** The parameter, or undefined when `params` is no group at all. */
  readonly name?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface ResolvedTemplate {
  readonly connection: Group;
  /** As they would stand in plant.yaml, each with an id. */
  readonly points: readonly (Group & { readonly id: string })[];
}

/** The values of a template's parameters: what `given` says, else the defaults. One without either is an issue. */
export function readParameters(
  { parameters }: DeviceTemplate,
  given: unknown,
): { readonly values: ParameterValues; readonly issues: readonly ParameterIssue[] } {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    return { values: {}, issues: [{ message: 'expected a group of keys, such as { ctRatio: 40 }' }] };
  }
  const written = (given ?? {}) as Group;
  const issues: ParameterIssue[] = Object.keys(written)
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name) => {
      const hint = nameHint(name, Object.keys(parameters));
      return { name, message: 'the template has no such parameter', ...(hint === undefined ? {} : { hint }) };
    });
  const values: Record<string, number | string> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = Object.hasOwn(written, name) ? written[name] : parameter.default;
    if (isValid(parameter, value)) values[name] = value;
    else issues.push({ name, message: complaint(name, parameter, value), hint: parameter.about });
  }
  return { values, issues };
}

/** The template's points and connection with its parameters filled in. The template itself stays as it is. */
export function resolveTemplate(template: DeviceTemplate, values: ParameterValues): ResolvedTemplate {
  return {
    connection: resolve(template.connection, values) as Group,
    points: template.points.map((point) => ({ ...(resolve(pointOf(point), values) as Group), id: point.id })),
  };
}

function pointOf(point: TemplatePoint): Group {
  return Object.fromEntries(Object.entries(point).filter(([key]) => !TEMPLATE_ONLY_KEYS.includes(key)));
}

/**
 * Fills the parameters into the parsed tree: `{ parameter: wordOrder }` becomes its value, `{ product: [0.1, ctRatio] }`
 * and `{ sum: [16, modelAddress] }` are worked out in exact decimals, `{ power10: exponent }` is a power of ten.
 */
function resolve(node: unknown, values: ParameterValues): unknown {
  if (Array.isArray(node)) return node.map((item) => resolve(item, values));
  if (typeof node !== 'object' || node === null) return node;
  const [key, ...others] = Object.keys(node);
  if (others.length === 0 && key !== undefined) {
    const operand = (node as Group)[key];
    if (key === 'parameter') return parameterValue(operand, values);
    if (key === 'product') return toNumber(operands(operand, values).reduce(multiply));
    if (key === 'power10') return Number(`1e${parameterValue(operand, values)}`);
    if (key === 'sum') return toNumber(operands(operand, values).reduce(add));
  }
  return Object.fromEntries(Object.entries(node).map(([name, item]) => [name, resolve(item, values)]));
}

function operands(list: unknown, values: ParameterValues): Decimal[] {
  if (!Array.isArray(list) || list.length === 0) throw new Error('a product or sum in a template needs a list');
  return list.map((item) =>
    decimalOf(Number(typeof item === 'string' ? parameterValue(item, values) : resolve(item, values))),
  );
}

function parameterValue(name: unknown, values: ParameterValues): number | string {
  const value = typeof name === 'string' && Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw new Error(`the template has no parameter ${String(name)}`);
  return value;
}

function isValid(parameter: TemplateParameter, value: unknown): value is number | string {
  if (parameter.kind === 'choice') return typeof value === 'string' && parameter.values.includes(value);
  if (typeof value !== 'number' || value < parameter.min || value > parameter.max) return false;
  return parameter.whole === undefined || Number.isInteger(value);
}

function complaint(name: string, parameter: TemplateParameter, value: unknown): string {
  const expected =
    parameter.kind === 'choice'
      ? `one of ${parameter.values.join(', ')}`
      : `a ${parameter.whole === undefined ? '' : 'whole '}number, ${parameter.min} to ${parameter.max}`;
  if (value === undefined) return `${name} is missing: expected ${expected}`;
  return `expected ${expected}, found ${typeof value === 'string' ? `"${value}"` : String(value)}`;
}
