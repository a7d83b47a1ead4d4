import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { type Block, NO_BARRIERS, type PlanLimits, planBlocks, type Span } from './plan-blocks.ts';
import type { Table } from './register-type.ts';

const seed = announceSeed('modbus plan');
const LIMITS: PlanLimits = { maxRegisters: 125, maxBits: 2000, gap: 16 };

function holding(address: number, cells = 1): Span {
  return { table: 'holding', address, cells };
}

function runs(blocks: readonly Block[]): string[] {
  return blocks.map(({ table, address, cells }) => `${table} ${address}+${cells}`);
}

test('neighbours share a request, whatever order they come in', () => {
  expect(planBlocks([holding(3004, 2), holding(3000, 2), holding(3002, 2)], LIMITS)).toEqual([
    { table: 'holding', address: 3000, cells: 6, members: [1, 2, 0] },
  ]);
});

test('a small gap is read along, a wide one is not', () => {
  expect(runs(planBlocks([holding(0), holding(17)], LIMITS))).toEqual(['holding 0+18']);
  expect(runs(planBlocks([holding(0), holding(18)], LIMITS))).toEqual(['holding 0+1', 'holding 18+1']);
});

test('tables are never mixed', () => {
  const spans: Span[] = [holding(5), { table: 'input', address: 6, cells: 1 }, { table: 'coil', address: 7, cells: 1 }];
  expect(runs(planBlocks(spans, LIMITS))).toEqual(['coil 7+1', 'holding 5+1', 'input 6+1']);
});

test('a value at the maximum of a request begins the next one as a whole', () => {
  const spans = [...Array.from({ length: 62 }, (_, at) => holding(at * 2, 2)), holding(124, 2), holding(126, 2)];
  expect(runs(planBlocks(spans, LIMITS))).toEqual(['holding 0+124', 'holding 124+4']);
});

test('the same register under two names is read once', () => {
  expect(planBlocks([holding(9, 2), holding(9, 2)], LIMITS)).toEqual([
    { table: 'holding', address: 9, cells: 2, members: [0, 1] },
  ]);
});

test('a cut and a refused register stop a request', () => {
  const spans = [holding(0), holding(2), holding(4)];
  const cut = { ...NO_BARRIERS, isCut: (_: Table, address: number) => address === 2 };
  expect(runs(planBlocks(spans, LIMITS, cut))).toEqual(['holding 0+1', 'holding 2+3']);
  const refused = { ...NO_BARRIERS, isRefused: (_: Table, from: number, to: number) => from <= 3 && 3 < to };
  expect(runs(planBlocks(spans, LIMITS, refused))).toEqual(['holding 0+3', 'holding 4+1']);
});

test('200 points over 600 registers need at least 20 times fewer requests', () => {
  const blocks = planBlocks(
    Array.from({ length: 200 }, (_, at) => holding(at * 3, 2)),
    LIMITS,
  );
  expect(200 / blocks.length).toBeGreaterThanOrEqual(20);
});

test('every value lies whole in exactly one request that the device can answer', () => {
  const span = fc.record({
    table: fc.constantFrom<Table>('holding', 'input'),
    address: fc.integer({ min: 0, max: 2000 }),
    cells: fc.constantFrom(1, 2, 4),
  });
  const limits = fc.record({
    maxRegisters: fc.integer({ min: 4, max: 125 }),
    maxBits: fc.constant(2000),
    gap: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 80 }), limits, (spans, limit) => {
      const blocks = planBlocks(spans, limit);
      const members = blocks.flatMap((block) => block.members).sort((a, b) => a - b);
      expect(members).toEqual(spans.map((_, index) => index));
      for (const block of blocks) {
        expect(block.cells).toBeLessThanOrEqual(limit.maxRegisters);
        for (const member of block.members) {
          const value = spans[member];
          expect(value?.table).toBe(block.table);
          expect(value?.address).toBeGreaterThanOrEqual(block.address);
          expect((value?.address ?? 0) + (value?.cells ?? 0)).toBeLessThanOrEqual(block.address + block.cells);
        }
        expect(widestGap(spans, block)).toBeLessThanOrEqual(limit.gap);
      }
      expect(runs(planBlocks([...spans].reverse(), limit))).toEqual(runs(blocks));
    }),
    { seed, numRuns: 300 },
  );
});

function widestGap(spans: readonly Span[], block: Block): number {
  let end = block.address;
  let widest = 0;
  for (const member of block.members) {
    const value = spans[member] ?? holding(0);
    widest = Math.max(widest, value.address - end);
    end = Math.max(end, value.address + value.cells);
  }
  return widest;
}

test('with several sizes no long block is as long as the one before it, and no value is torn', () => {
  const spans = Array.from({ length: 40 }, (_, at): Span => ({ table: 'holding', address: at * 2, cells: 2 }));
  const blocks = planBlocks(spans, { maxRegisters: 11, maxBits: 2000, gap: 0, sizes: 4 });
  expect(blocks.slice(0, 5).map(({ cells }) => cells)).toEqual([10, 10, 8, 8, 10]);
  expect(blocks.flatMap(({ members }) => members)).toEqual(spans.map((_, index) => index));
  const odd = spans.map((span): Span => ({ ...span, address: span.address / 2, cells: 1 }));
  expect(planBlocks(odd, { maxRegisters: 11, maxBits: 2000, gap: 0, sizes: 4 }).map(({ cells }) => cells)).toEqual([
    11, 10, 9, 8, 2,
  ]);
});
