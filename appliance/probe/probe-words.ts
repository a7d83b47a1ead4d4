import type { ProbeReport } from '../../core/acquisition/probe.ts';
import type { Ranking } from '../../core/acquisition/rank-decodings.ts';
import { SURE_BITS } from './place-lines.ts';
import type { TemplateFit } from './score-templates.ts';

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
