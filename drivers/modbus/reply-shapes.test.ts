import { describe, expect, test } from 'vitest';
import type { ReadQuestion } from './read-codec.ts';
import { ReplyShapes, type ReplyTimes } from './reply-shapes.ts';

const TIMES: ReplyTimes = { lateMs: 60_000, doubledMs: undefined };
const ROOM = 5;
const question: ReadQuestion = { unitId: 7, functionCode: 3, address: 100, cells: 10 };
const cells = Uint8Array.from({ length: 20 }, (_, at) => at * 7);

function chosen(shapes: ReplyShapes, nowMs: number, asked: ReadQuestion = question, room: number = ROOM) {
  const choice = shapes.choose(asked, room, TIMES, nowMs);
  return choice.kind === 'ask' ? choice.question.cells : `barred until ${choice.untilMs}`;
}

describe('after a question without an answer', () => {
  test('its shape is not asked for as long as its reply may come, and others are', () => {
    const shapes = new ReplyShapes();
    shapes.unanswered(question, 1000, TIMES, 0);
    expect(chosen(shapes, 2000)).toBe(11);
    // Another place of the same unit and length would take the same reply; another unit or function would not.
    expect(chosen(shapes, 2000, { ...question, address: 500 })).toBe(11);
    expect(chosen(shapes, 2000, { ...question, unitId: 8 })).toBe(10);
    expect(chosen(shapes, 2000, { ...question, functionCode: 4 })).toBe(10);
    expect(chosen(shapes, 63_200)).toBe(10);
  });

  test('where no other shape can be asked, nothing is', () => {
    const shapes = new ReplyShapes();
    shapes.unanswered(question, 1000, TIMES, 0);
    expect(chosen(shapes, 2000, question, 0)).toBe('barred until 63100');
    expect(chosen(shapes, 2000, { ...question, address: 65_526 })).toBe('barred until 63100');
    expect(chosen(shapes, 63_101, question, 0)).toBe(10);
  });

  test('an exception may be the answer to it, and the question that got it is open then', () => {
    const shapes = new ReplyShapes();
    shapes.unanswered(question, 1000, TIMES, 0);
    const later = { ...question, cells: 4 };
    expect(shapes.exception(later, 2000, TIMES, 2100)).toBe(false);
    expect(chosen(shapes, 3000, later)).toBe(5);
    expect(shapes.exception({ ...later, functionCode: 4 }, 2000, TIMES, 2100)).toBe(true);
    expect(shapes.exception(later, 70_000, TIMES, 70_100)).toBe(true);
  });

  test('the unit is to be asked for a sign of life', () => {
    const shapes = new ReplyShapes();
    shapes.unanswered(question, 1000, TIMES, 0);
    expect(shapes.isSilent(7)).toBe(true);
    expect(shapes.isSilent(8)).toBe(false);
    shapes.answered({ ...question, cells: 1 }, cells.subarray(0, 2), 2000);
    expect(shapes.isSilent(7)).toBe(false);
  });
});

describe('after an answer', () => {
  test('its shape rests, a little in any case and longer where that costs nothing', () => {
    const shapes = new ReplyShapes();
    shapes.answered(question, cells, 1000);
    expect(chosen(shapes, 1050)).toBe(11);
    expect(chosen(shapes, 1050, question, 0)).toBe('barred until 1100');
    expect(chosen(shapes, 1400)).toBe(11);
    expect(chosen(shapes, 1400, question, 0)).toBe(10);
    expect(chosen(shapes, 3100)).toBe(10);
  });

  test('a copy of it makes all shapes of the line rest longer, for a while', () => {
    const shapes = new ReplyShapes();
    shapes.answered(question, cells, 1000);
    shapes.surplus(7, 3, cells, TIMES, 6000);
    shapes.answered(question, cells, 7000);
    expect(chosen(shapes, 16_000, question, 0)).toBe('barred until 17000');
    expect(chosen(shapes, 17_001, question, 0)).toBe(10);
    shapes.answered(question, cells, 700_000);
    expect(chosen(shapes, 700_101, question, 0)).toBe(10);
  });

  test('something else of the same shape does not', () => {
    const shapes = new ReplyShapes();
    shapes.answered(question, cells, 1000);
    shapes.surplus(
      7,
      3,
      cells.map((cell) => cell + 1),
      TIMES,
      6000,
    );
    expect(chosen(shapes, 6001, question, 0)).toBe(10);
  });
});

describe('reading beyond the end of a block', () => {
  test('is given up where the device refuses it', () => {
    const shapes = new ReplyShapes();
    shapes.answered(question, cells, 1000);
    shapes.refusedBeyond(question, 1000);
    expect(chosen(shapes, 1050)).toBe('barred until 1100');
    expect(chosen(shapes, 1050, { ...question, address: 200 })).toBe(11);
  });

  test('is given up after two silences', () => {
    const shapes = new ReplyShapes();
    shapes.unanswered({ ...question, cells: 11 }, 1000, TIMES, 1);
    shapes.unanswered({ ...question, cells: 12 }, 2000, TIMES, 2);
    shapes.unanswered(question, 3000, TIMES, 0);
    expect(chosen(shapes, 4000)).toBe('barred until 65100');
  });

  test('goes by whole bytes for bits', () => {
    const shapes = new ReplyShapes();
    const bits: ReadQuestion = { unitId: 7, functionCode: 1, address: 0, cells: 3 };
    shapes.unanswered(bits, 1000, TIMES, 0);
    expect(chosen(shapes, 2000, bits, 20)).toBe(11);
  });
});

test('another master that asks the unit bars what it asked for', () => {
  const shapes = new ReplyShapes();
  shapes.foreign(7, 3, 10, TIMES, 1000);
  expect(chosen(shapes, 2000)).toBe(11);
  expect(shapes.isSilent(7)).toBe(false);
  shapes.foreign(7, 3, 5000, TIMES, 1000);
  shapes.foreign(7, 6, 10, TIMES, 1000);
});
