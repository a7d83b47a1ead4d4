import type { ProbeReport } from '../../core/acquisition/probe.ts';
import type { ProbeRole } from '../../core/acquisition/probe-role.ts';
import type { RankedDecoding, RankedPlace, Ranking } from '../../core/acquisition/rank-decodings.ts';
import type { TemplateFit } from './score-templates.ts';

const DECODINGS_SHOWN = 3;
const SURE_BITS = 6;
const GUESS_BITS = 3;

/** One line for each place: raw bytes, what they probably are, and what else they could be. */
export function placeRows({ places }: Ranking, roles: readonly ProbeRole[]): string[][] {
  return places.map((ranked) => {
    const { place, partOf, decodings } = ranked;
    const hex = (place.rawHex.at(-1) ?? '').slice(0, 16);
    if (place.fault !== undefined) return [place.place, hex, '', '', `${place.fault.code}: ${place.fault.message}`];
    const role = roles.find((each) => each.place === ranked);
    const best = role?.decoding ?? decodings[0];
    if (partOf !== undefined && role === undefined) return [place.place, hex, `part of ${partOf}`, '', ''];
    const others = decodings.filter((each) => each !== best).slice(0, DECODINGS_SHOWN - 1);
    return [
      place.place,
      hex,
      best === undefined ? 'nothing plausible' : describe(best),
      role === undefined ? sureness(ranked) : roleWords(role),
      others.length === 0 ? '' : `or ${others.map(describe).join(', ')}`,
    ];
  });
}

function describe({ decoding, values }: RankedDecoding): string {
  const shown = values.length > 0 ? values : decoding.values;
  const [first] = shown;
  const last = shown.at(-1);
  const moved = first === last ? format(last) : `${format(first)} .. ${format(last)}`;
  return `${decoding.label} ${moved}`;
}

function sureness({ leadBits, place }: RankedPlace): string {
  if (place.name !== undefined) return `${place.name}${place.unit === undefined ? '' : ` [${place.unit}]`}`;
  return leadBits >= SURE_BITS ? 'clear' : leadBits >= GUESS_BITS ? 'likely' : 'unsure';
}

function roleWords({ id, unit, scale, sureness: how, reason }: ProbeRole): string {
  const scaled = scale === 1 ? '' : ` x ${scale}`;
  const words = { physics: '', named: '', 'looks-like': ' ?' }[how];
  return `${id}${words} [${unit}${scaled}]: ${reason}`;
}

/** What the word order of the device is, in words. */
export function orderWords({ order }: Ranking): string | undefined {
  if (order === undefined) return undefined;
  const words = {
    ABCD: 'most significant byte first, as the Modbus specification has it',
    CDAB: 'low word first: the two registers of a 32-bit value are swapped',
    BADC: 'low byte first within each register',
    DCBA: 'least significant byte first: words and bytes are swapped',
  }[order.name];
  const lead = order.leadBits >= SURE_BITS ? 'clearly' : 'probably';
  return `Word order: ${lead} ${order.name} (${words ?? 'another order'}).`;
}

export function fitWords({ reference, share, reasons, params, unconfirmed }: TemplateFit): string {
  const given = Object.entries(params).map(([name, value]) => `${name}: ${value}`);
  const confirm = unconfirmed.length === 0 ? '' : `; confirm ${unconfirmed.join(', ')}`;
  const filled = given.length === 0 ? '' : ` with ${given.join(', ')}`;
  return `${reference}${filled}: ${Math.round(share * 100)} % (${reasons.join('; ')}${confirm})`;
}

/** What drivers call a write on the wire: Modbus function codes 5, 6, 15, 16, 21, 22 and 23, services, publications. */
const WRITES = /^(?:0?5|0?6|15|16|21|22|23|.*write.*|call|publish)$/i;

/** The proof that nothing was written: what was sent, by kind, with counts. */
export function sentWords(sent: Readonly<Record<string, number>>, requests: number): string[] {
  const kinds = Object.entries(sent);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const writes = kinds.filter(([name]) => WRITES.test(name)).reduce((sum, [, count]) => sum + count, 0);
  const shown = kinds.map(([name, count]) => `${/^\d+$/.test(name) ? `function code ${name}` : name} ${count} times`);
  const listed = kinds.length === 0 ? `${requests} requests` : shown.join(', ');
  const all = Math.max(total, requests);
  const proof =
    writes === 0 ? `No write was sent: 0 of ${all}.` : `Of these ${all}, ${writes} write or publish something.`;
  return [`Sent: ${listed}.`, proof];
}

export function headerLines({ driver, connection, identity, notes }: ProbeReport): string[] {
  return [
    `${driver} ${JSON.stringify(connection)}`,
    ...identity.map(({ name, value }) => `  ${name}: ${value}`),
    ...notes.map((note) => `  ${note}`),
  ];
}

function format(value: number | string | null | undefined): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  return value === null || value === undefined ? '-' : value;
}
