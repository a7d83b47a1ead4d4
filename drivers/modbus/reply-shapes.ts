import { crc16 } from './crc16.ts';
import { type ReadQuestion, replyBytesOf } from './read-codec.ts';

/** A shape rests this long after its reply was taken where other shapes can be read, and this long in any case. */
const REST_MS = 2000;
const HARD_REST_MS = 100;
/** A reply that begins within its time is let come to its end: it may wait behind others and takes its time itself. */
const TRANSIT_MS = 2000;
/** So long a line is watched that sent a reply twice. */
const REPEATING_MS = 600_000;
/** So many replies of each shape are remembered, to tell a copy of one from something else. */
const REMEMBERED_REPLIES = 4;
/** So long a block is not read beyond its end again, after the device refused that. */
const RIGID_MS = 3_600_000;
/** So many questions beyond the end of a block without an answer, in a row, count as a refusal. */
const RIGID_SILENCES = 2;
/** How far a block is read beyond its end to rest a shape; further only when there is no other way. */
const REST_REGISTERS = 3;
const BITS_IN_BYTE = 8;

interface Shape {
  /** Until then a reply of this shape may come that was never taken. */
  lateUntilMs: number;
  answeredAtMs: number;
  /** The last replies that were taken, by the checksum of their cells. */
  readonly taken: { readonly checksum: number; readonly atMs: number }[];
}

export type ShapeChoice =
  /** Ask this: the cells that were wanted and perhaps a few more behind them. */
  | { readonly kind: 'ask'; readonly question: ReadQuestion }
  /** Every form in which this could be asked may meet an older reply. */
  | { readonly kind: 'barred'; readonly untilMs: number };

/** For how long after a question or a reply of this device an older reply may still come in. */
export interface ReplyTimes {
  readonly lateMs: number;
  /** Absent: two seconds where that costs nothing, and what the line has shown where it has. */
  readonly doubledMs: number | undefined;
}

/**
 * Keeps late, doubled and foreign replies of a serial line apart, where no reply says which question it answers. All
 * that a reply shows is its shape: unit id, function code and byte count. The argument, for a question Q of shape S:
 *
 * 1. Only a frame of shape S with a right checksum that comes after Q was sent and before its time is up is taken;
 *    what came before is thrown away when Q is sent.
 * 2. Let an older question R have got no answer: it timed out, was given up, was answered by something damaged, or by
 *    an exception while another unanswered question of its unit and function was open (the exception may have been
 *    that one's, so that R's own reply is still to come). Its reply may come up to `lateMs` after R was sent. So R's
 *    shape is barred for that long: Q is asked in another shape, with a few registers more behind its own, or waits.
 *    A reply of R has shape R, not S, and is thrown away.
 * 3. Let R have been answered, and its reply come a second time within `doubledMs`. R's shape rests for that long in
 *    the same way. Without that setting a shape rests for 0.1 s, and for two seconds where the device lets other shapes
 *    be read; once a line has sent a reply twice, it rests without exception for twice the time that has been seen.
 * 4. So every reply of shape S that can come while Q is pending is Q's own. Exceptions show no byte count; one that
 *    may belong to an older question is never taken as news about a register, and no value ever comes from one.
 *
 * Two risks remain. A device or radio link may delay a reply longer than `lateMs`, which is the operator's to set. And
 * point 2 knows only the questions of this process: what a former one still waited for when it ended is not known after
 * a restart, so that for `lateMs` from the first opening a reply to it, of the shape of a question that is pending, would
 * be taken for that question's own.
 * Reading beyond the end is given up for a block once the device refused it.
 */
export class ReplyShapes {
  readonly #shapes = new Map<number, Shape>();
  /** By unit and function: until when an exception may belong to an older question. */
  readonly #doubtUntilMs = new Map<number, number>();
  readonly #exceptionAtMs = new Map<number, number>();
  /** By first cell of a block: until when it is read without anything behind it. */
  readonly #rigidUntilMs = new Map<number, number>();
  readonly #silencesBeyond = new Map<number, number>();
  /** Units whose last question got no answer. */
  readonly #silentUnits = new Set<number>();
  #repeatMs = 0;
  #repeatingUntilMs = Number.NEGATIVE_INFINITY;

  /** `room`: how many cells beyond its own the question may ask for. */
  choose(question: ReadQuestion, room: number, times: ReplyTimes, nowMs: number): ShapeChoice {
    const step = question.functionCode <= 2 ? BITS_IN_BYTE : 1;
    const isRigid = (this.#rigidUntilMs.get(startKey(question)) ?? 0) > nowMs;
    const most = isRigid ? 0 : Math.floor(Math.min(room, 0x1_0000 - question.address - question.cells) / step);
    const hardRestMs = this.#hardRestMs(times, nowMs);
    let longestRested: ReadQuestion | undefined;
    let restedSinceMs = Number.POSITIVE_INFINITY;
    let untilMs = Number.POSITIVE_INFINITY;
    for (let beyond = 0; beyond <= most; beyond += 1) {
      if (beyond > REST_REGISTERS && longestRested !== undefined) break;
      const wider = beyond === 0 ? question : { ...question, cells: question.cells + beyond * step };
      const shape = this.#shapes.get(shapeKey(wider.unitId, wider.functionCode, replyBytesOf(wider)));
      const answeredAtMs = shape?.answeredAtMs ?? Number.NEGATIVE_INFINITY;
      const barredUntilMs = Math.max(shape?.lateUntilMs ?? 0, answeredAtMs + hardRestMs);
      if (barredUntilMs > nowMs) {
        untilMs = Math.min(untilMs, barredUntilMs);
      } else if (answeredAtMs + REST_MS <= nowMs) {
        return { kind: 'ask', question: wider };
      } else if (answeredAtMs < restedSinceMs) {
        longestRested = wider;
        restedSinceMs = answeredAtMs;
      }
    }
    return longestRested === undefined ? { kind: 'barred', untilMs } : { kind: 'ask', question: longestRested };
  }

  /** Whether the last question to the unit got no answer. */
  isSilent(unitId: number): boolean {
    return this.#silentUnits.has(unitId);
  }

  /** `cells`: what the reply brought. */
  answered(question: ReadQuestion, cells: Uint8Array, nowMs: number): void {
    this.#silentUnits.delete(question.unitId);
    const shape = this.#shape(question);
    shape.answeredAtMs = nowMs;
    shape.taken.push({ checksum: crc16(cells, 0, cells.length), atMs: nowMs });
    if (shape.taken.length > REMEMBERED_REPLIES) shape.taken.shift();
    this.#silencesBeyond.delete(startKey(question));
  }

  /** The reply to `question`, sent at `sentAtMs`, may still come. `beyond`: more was asked for than was wanted. */
  unanswered(question: ReadQuestion, sentAtMs: number, times: ReplyTimes, beyond: number): void {
    this.#silentUnits.add(question.unitId);
    // A late reply may come twice, too.
    this.#bar(question, sentAtMs + withTransit(times.lateMs) + this.#hardRestMs(times, sentAtMs));
    if (beyond === 0) return;
    const start = startKey(question);
    const silences = (this.#silencesBeyond.get(start) ?? 0) + 1;
    this.#silencesBeyond.set(start, silences);
    if (silences >= RIGID_SILENCES) this.#rigidUntilMs.set(start, sentAtMs + RIGID_MS);
  }

  /**
   * An exception came for `question`, sent at `sentAtMs`. Returns whether it can only be this question's. If not, the
   * question's own reply may still come; neither may it be missed when two exceptions follow each other, since the
   * second can be a copy of the first.
   */
  exception(question: ReadQuestion, sentAtMs: number, times: ReplyTimes, nowMs: number): boolean {
    this.#silentUnits.delete(question.unitId);
    const key = functionKey(question);
    const isSure = (this.#doubtUntilMs.get(key) ?? 0) <= nowMs;
    const shape = this.#shape(question);
    const lastAtMs = this.#exceptionAtMs.get(key) ?? Number.NEGATIVE_INFINITY;
    const restMs = this.#hardRestMs(times, nowMs);
    this.#exceptionAtMs.set(key, nowMs);
    if (!isSure) shape.lateUntilMs = Math.max(shape.lateUntilMs, sentAtMs + withTransit(times.lateMs) + restMs);
    else if (nowMs - lastAtMs < restMs) shape.lateUntilMs = Math.max(shape.lateUntilMs, sentAtMs + restMs);
    return isSure;
  }

  /** The device does not let anything be read behind the block that begins where `question` does. */
  refusedBeyond(question: ReadQuestion, nowMs: number): void {
    this.#rigidUntilMs.set(startKey(question), nowMs + RIGID_MS);
  }

  /** A whole reply that answered nothing. If it is the copy of one that was taken, the line repeats itself. */
  surplus(unitId: number, functionCode: number, cells: Uint8Array, times: ReplyTimes, nowMs: number): void {
    const shape = this.#shapes.get(shapeKey(unitId, functionCode, cells.length));
    if (shape === undefined || shape.lateUntilMs > nowMs) return;
    const checksum = crc16(cells, 0, cells.length);
    const original = shape.taken.findLast((reply) => reply.checksum === checksum);
    if (original === undefined) return;
    const ageMs = nowMs - original.atMs;
    if (ageMs > times.lateMs) return;
    this.#repeatMs = Math.min(times.lateMs, Math.max(this.#repeatMs, REST_MS, 2 * ageMs));
    this.#repeatingUntilMs = nowMs + REPEATING_MS;
  }

  /** Another master asked the same unit, whose answer to it looks like one to us. */
  foreign(unitId: number, functionCode: number, cells: number, times: ReplyTimes, nowMs: number): void {
    if (cells < 1 || cells > 2000 || functionCode > 4) return;
    const question = { unitId, functionCode: functionCode as ReadQuestion['functionCode'], address: 0, cells };
    this.#bar(question, nowMs + withTransit(times.lateMs));
  }

  #bar(question: ReadQuestion, untilMs: number): void {
    const shape = this.#shape(question);
    shape.lateUntilMs = Math.max(shape.lateUntilMs, untilMs);
    const key = functionKey(question);
    this.#doubtUntilMs.set(key, Math.max(this.#doubtUntilMs.get(key) ?? 0, untilMs));
  }

  #hardRestMs(times: ReplyTimes, nowMs: number): number {
    if (nowMs >= this.#repeatingUntilMs) this.#repeatMs = 0;
    const shownMs = this.#repeatMs;
    const givenMs = times.doubledMs === undefined ? HARD_REST_MS : withTransit(times.doubledMs);
    return Math.max(givenMs, shownMs);
  }

  #shape(question: ReadQuestion): Shape {
    const key = shapeKey(question.unitId, question.functionCode, replyBytesOf(question));
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const shape: Shape = { lateUntilMs: 0, answeredAtMs: Number.NEGATIVE_INFINITY, taken: [] };
    this.#shapes.set(key, shape);
    return shape;
  }
}

function withTransit(ms: number): number {
  return ms === 0 ? 0 : ms + TRANSIT_MS;
}

function shapeKey(unitId: number, functionCode: number, bytes: number): number {
  return (unitId << 16) | (functionCode << 8) | bytes;
}

function functionKey(question: ReadQuestion): number {
  return (question.unitId << 8) | question.functionCode;
}

/** Unit, function and address of the first cell, in one number. */
function startKey(question: ReadQuestion): number {
  return functionKey(question) * 0x1_0000 + question.address;
}
