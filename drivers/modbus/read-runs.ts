import type { ProbedPlace } from '../../core/acquisition/probe.ts';
import { decodingsOf, WIDEST_REGISTERS } from './decodings.ts';
import { type CellRange, isBitTable } from './probe-request.ts';
import type { Table } from './register-type.ts';
import type { Seat } from './seat.ts';

/** The bytes from each cell on, as far as the widest value goes, each out of one reply: nothing is put together. */
export type CellReads = ReadonlyMap<string, Uint8Array>;

/** Reads runs of cells once. Requests overlap by the widest value, so that none is torn between two replies. */
export async function readRuns(seat: Seat, runs: readonly CellRange[], maxRegisters: number): Promise<CellReads> {
  const reads = new Map<string, Uint8Array>();
  for (const run of runs) {
    if (isBitTable(run.table)) await readBits(seat, run, reads);
    else await readRegisters(seat, run, maxRegisters, reads);
  }
  return reads;
}

async function readRegisters(
  seat: Seat,
  run: CellRange,
  maxRegisters: number,
  reads: Map<string, Uint8Array>,
): Promise<void> {
  const overlap = Math.min(WIDEST_REGISTERS, maxRegisters) - 1;
  for (let from = run.from; from <= run.to; ) {
    const to = Math.min(run.to, from + maxRegisters - 1);
    const answer = await seat.ask({ table: run.table, address: from, cells: to - from + 1 });
    if (answer.kind === 'data') {
      const last = to === run.to ? to : to - overlap;
      for (let address = from; address <= last; address += 1) {
        const at = (address - from) * 2;
        reads.set(keyOf(run.table, address), answer.bytes.slice(at, at + 2 * WIDEST_REGISTERS));
      }
    }
    from = to === run.to ? to + 1 : to - overlap + 1;
  }
}

async function readBits(seat: Seat, run: CellRange, reads: Map<string, Uint8Array>): Promise<void> {
  for (let from = run.from; from <= run.to; ) {
    const to = Math.min(run.to, from + seat.settings.maxBits - 1);
    const answer = await seat.ask({ table: run.table, address: from, cells: to - from + 1 });
    if (answer.kind === 'data') {
      for (let address = from; address <= to; address += 1) {
        const at = address - from;
        reads.set(keyOf(run.table, address), Uint8Array.of(((answer.bytes[at >> 3] ?? 0) >> (at & 7)) & 1));
      }
    }
    from = to + 1;
  }
}

/**
 * Each cell that can be read, with every way to understand it. `without-zeros` leaves out the cells from which on
 * nothing but zeros came in every read, and counts them.
 */
export function placesOfReads(
  runs: readonly CellRange[],
  rounds: readonly CellReads[],
  which: 'all' | 'without-zeros',
): { places: ProbedPlace[]; zeros: number } {
  const places: ProbedPlace[] = [];
  let zeros = 0;
  for (const { table, from, to } of runs) {
    for (let address = from; address <= to; address += 1) {
      const reads = rounds.map((round) => round.get(keyOf(table, address)));
      const isZero = reads.every((bytes) => bytes === undefined || bytes.every((byte) => byte === 0));
      if (isZero && which === 'without-zeros') zeros += 1;
      else places.push(placeOf(table, address, reads));
    }
  }
  return { places, zeros };
}

function placeOf(table: Table, address: number, reads: readonly (Uint8Array | undefined)[]): ProbedPlace {
  return {
    place: `${table} ${address}`,
    rawHex: reads.map((bytes) => Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('')),
    decodings: decodingsOf(table, address, reads),
  };
}

function keyOf(table: Table, address: number): string {
  return `${table}:${address}`;
}
