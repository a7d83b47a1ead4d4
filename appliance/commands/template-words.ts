import {
  type DeviceTemplate,
  referenceOf,
  type TemplateParameter,
  type TemplatePoint,
} from '../../core/config/device-template.ts';

/** What a person reads of a template before its points. */
export function describeTemplate(template: DeviceTemplate): string[] {
  const { title, confidence, products, drivers, notation, caveats, sources, parameters, connection, points } = template;
  const limits = Object.entries(connection).map(([key, value]) => `${key}: ${String(value)}`);
  return [
    `${referenceOf(template)}: ${title}`,
    `Confidence: ${CONFIDENCE_WORDS[confidence]}`,
    `Products: ${products.join('; ')}`,
    `Drivers: ${drivers.join(', ')}${limits.length === 0 ? '' : `   Connection: ${limits.join(', ')}`}`,
    `Addresses: WIRE is what is sent, from 0; MAKER is the ${notation.about}.`,
    ...section('Parameters (params: in plant.yaml):', Object.entries(parameters).map(describeParameter)),
    ...section('Mind:', points.some(({ modulusUnknown }) => modulusUnknown) ? [...caveats, UNKNOWN_MODULUS] : caveats),
    ...section('Sources:', sources),
  ];
}

const UNKNOWN_MODULUS =
  'Where the counters start again at 0 is not in the list: state "modulus" (in raw counts) after reading the manual. Until then the energy of that step is not counted, and nothing wrong is.';

const CONFIDENCE_WORDS = {
  high: 'high, two independent implementations agree',
  medium: "medium, one implementation or copy of the maker's list: confirm values on the display before use",
  own: 'laid down by this project',
};

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  - ${line}`)];
}

function describeParameter([name, parameter]: [string, TemplateParameter]): string {
  const values = parameter.kind === 'choice' ? parameter.values.join(', ') : `${parameter.min} to ${parameter.max}`;
  const fallback = parameter.default === undefined ? 'must be given' : `${parameter.default} if not given`;
  return `${name}: ${parameter.about}; ${values}; ${fallback}`;
}

/** The columns of one point: id, address on the wire, the maker's, type with order, scale, unit, notes. */
export function describePoint({ notation }: DeviceTemplate, point: TemplatePoint): string[] {
  const { register, address, type, order, scale, unit, kind, map, about, comment, bit, guard } = point;
  const notes = [
    about,
    kind === 'counter' ? `counter, ${describeModulus(point)}` : undefined,
    typeof map === 'object' && map !== null
      ? Object.entries(map)
          .map(([raw, state]) => `${raw} ${state}`)
          .join(', ')
      : undefined,
    comment,
    describeGuard(guard),
    point.signal === undefined ? undefined : `signal ${point.signal}`,
  ];
  const form = [type, bit === undefined ? undefined : `bit ${text(bit)}`, order].filter((part) => part !== undefined);
  return [
    point.id,
    `${text(register)} ${text(address)}`,
    makersAddress(notation, address),
    form.map(text).join(' '),
    text(scale ?? 1),
    text(unit ?? ''),
    notes
      .filter((note) => note !== undefined)
      .map(text)
      .join('; '),
  ];
}

/** Where a counter starts again, and how that is known. */
function describeModulus({ type, modulus, modulusUnknown }: TemplatePoint): string {
  if (modulusUnknown === true || modulus === undefined) return 'modulus not in the list';
  const bits = Number(/^uint(\d+)$/.exec(text(type))?.[1] ?? 0);
  const isWidth = bits > 0 && BigInt(text(modulus)) === 2n ** BigInt(bits);
  return `starts again at ${isWidth ? `2^${bits}, the width of its register` : text(modulus)}`;
}

function describeGuard(guard: unknown): string | undefined {
  if (typeof guard !== 'object' || guard === null || !('address' in guard) || !('value' in guard)) return undefined;
  return `only while register ${text(guard.address)} holds ${text(guard.value)}`;
}

function makersAddress({ add, style }: DeviceTemplate['notation'], address: unknown): string {
  const offset = offsetOf(address);
  if (typeof offset !== 'number') return '';
  const shown = offset + add;
  const number = style === 'hex' ? `0x${shown.toString(16).toUpperCase().padStart(4, '0')}` : String(shown);
  return typeof address === 'number' ? number : `+${offset}`;
}

function offsetOf(address: unknown): unknown {
  if (typeof address !== 'object' || address === null || !('sum' in address) || !Array.isArray(address.sum))
    return address;
  return address.sum[0];
}

/** A value of the parsed tree: `{ sum: [16, modelAddress] }` as `16 + modelAddress`. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [key, operand] = Object.entries(value)[0] ?? [];
  if (key === 'parameter') return `<${String(operand)}>`;
  if (key === 'power10') return `10^${String(operand)}`;
  if (!Array.isArray(operand)) return JSON.stringify(value);
  return operand.map(text).join(key === 'product' ? ' * ' : ' + ');
}
