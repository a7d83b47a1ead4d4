import type { CancelTimer } from '../../core/model/clock.ts';
import type { Random } from '../../core/model/random.ts';
import { type AskedFor, type Framing, TCP_FRAMING } from './modbus-framing.ts';
import { exceptionFrame, type Mischief, spoil } from './modbus-mischief.ts';

/** How a faulty device answers. */
export interface FaultScript {
  readonly random: Random;
  readonly framing?: Framing;
  /** What to do with a request; `count` says the how manieth it is. */
  script(request: AskedFor, count: number): Mischief;
  /** The 16 bits of a register, or the bit of a coil, at the moment of the answer; undefined if there is no such cell. */
  cell(request: AskedFor, address: number): number | undefined;
  /** What the device says of itself: vendor, product code, revision, ... Absent: it does not serve the question. */
  identity?: readonly string[];
  /** How long each answer takes, and no other one is worked on meanwhile; what comes is queued, as in a gateway. */
  workMs?: number | ((request: AskedFor) => number);
}

/** Where a session's bytes go, on a socket or in a simulation. */
export interface Wire {
  write(bytes: Buffer): void;
  /** Ends the connection in good order, after `bytes`. */
  end(bytes: Buffer): void;
  reset(): void;
  after(delayMs: number, action: () => void): CancelTimer;
}

const OLD_REPLIES = 20;
const IDENTIFY = 0x2b;

/** One client of a faulty device. Sends what the script says, at the moment it says. */
export class FaultSession {
  readonly #wire: Wire;
  readonly #script: FaultScript;
  readonly #framing: Framing;
  readonly #note: (request: AskedFor) => number;
  readonly #timers = new Set<CancelTimer>();
  #received = Buffer.alloc(0);
  /** A reply held back to be sent after the next one. */
  #heldBack: Buffer | undefined;
  #old: Buffer[] = [];
  #isDeaf = false;
  #queue: AskedFor[] = [];
  #isWorking = false;
  /** Bytes that wait behind a dripping reply: a stream is disturbed, but no frame has another one's bytes inside. */
  #dripping: number[] = [];
  #isDripping = false;

  constructor(wire: Wire, script: FaultScript, note: (request: AskedFor) => number) {
    this.#wire = wire;
    this.#script = script;
    this.#framing = script.framing ?? TCP_FRAMING;
    this.#note = note;
  }

  receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const found = this.#framing.cut(this.#received);
      if (found === undefined) return;
      this.#received = this.#received.subarray(found.bytes);
      this.#queue.push(found.request);
      this.#work();
    }
  }

  /** The connection is over: nothing more is sent on it. */
  end(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#isDeaf = true;
  }

  #work(): void {
    if (this.#isWorking) return;
    const request = this.#queue.shift();
    if (request === undefined) return;
    const { workMs: work = 0 } = this.#script;
    const workMs = typeof work === 'number' ? work : work(request);
    if (workMs === 0) {
      this.#answer(request);
      this.#work();
      return;
    }
    this.#isWorking = true;
    this.#later(workMs, () => {
      this.#isWorking = false;
      this.#answer(request);
      this.#work();
    });
  }

  #answer(request: AskedFor): void {
    const count = this.#note(request);
    if (this.#isDeaf) return;
    const mischief = this.#script.script(request, count);
    const reply = this.#replyTo(request);
    switch (mischief.kind) {
      case 'none':
        this.#send(reply);
        break;
      case 'delay':
        this.#later(mischief.delayMs, () => this.#send(reply));
        break;
      case 'drop':
        break;
      case 'duplicate':
        this.#send(reply);
        this.#later(mischief.delayMs, () => this.#send(reply));
        break;
      case 'reorder':
        this.#heldBack = reply;
        break;
      case 'reset':
        this.#wire.reset();
        break;
      case 'black-hole':
        this.#isDeaf = true;
        break;
      case 'end-mid-frame':
        this.#wire.end(reply.subarray(0, Math.max(1, reply.length - 3)));
        break;
      case 'drip':
        this.#drip(reply, mischief.everyMs);
        break;
      default:
        this.#speakOutOfTurn(request, reply, mischief);
    }
  }

  /** Something nobody asked for, and then the reply; or the reply made wrong. */
  #speakOutOfTurn(request: AskedFor, reply: Buffer, mischief: Mischief): void {
    const nobody = { ...request, transactionId: 0 };
    switch (mischief.kind) {
      case 'heartbeat':
        this.#write(this.#framing.frame(nobody, Buffer.from([request.unitId, 0x41, 1, 2])));
        break;
      case 'broadcast':
        this.#write(this.#framing.frame(nobody, Buffer.from([0, 6, 0, 1, 0, 2])));
        break;
      case 'echo':
        this.#write(this.#framing.frame(request, readBody(request)));
        break;
      case 'replay-old':
        for (const old of this.#old.slice(-1 - Math.floor(this.#script.random.next() * 3))) this.#write(old);
        break;
      case 'wrong-unit':
      case 'wrong-function':
        // Told at once or not at all: nothing in a serial frame tells a late lie from another unit's own late reply.
        this.#send(this.#dripping.length > 0 ? reply : spoil(this.#framing, request, reply, mischief));
        return;
      default:
        this.#send(spoil(this.#framing, request, reply, mischief));
        return;
    }
    this.#send(reply);
  }

  #replyTo(request: AskedFor): Buffer {
    const { unitId, functionCode, address, count } = request;
    const { identity } = this.#script;
    if (functionCode === IDENTIFY && identity !== undefined) {
      return this.#framing.frame(request, identityBody(unitId, identity));
    }
    if (functionCode < 1 || functionCode > 4) return exceptionFrame(this.#framing, request, 1);
    const cells: number[] = [];
    for (let at = address; at < address + count; at += 1) {
      const cell = this.#script.cell(request, at);
      if (cell === undefined) return exceptionFrame(this.#framing, request, 2);
      cells.push(cell);
    }
    const data = functionCode <= 2 ? packBits(cells) : packRegisters(cells);
    return this.#framing.frame(request, Buffer.concat([Buffer.from([unitId, functionCode, data.length]), data]));
  }

  #send(reply: Buffer): void {
    this.#old = [...this.#old.slice(-OLD_REPLIES), reply];
    this.#write(reply);
    const held = this.#heldBack;
    this.#heldBack = undefined;
    if (held !== undefined) this.#write(held);
  }

  #drip(reply: Buffer, everyMs: number): void {
    this.#dripping.push(...reply);
    if (this.#isDripping) return;
    this.#isDripping = true;
    const step = (): void => {
      const byte = this.#dripping.shift();
      this.#isDripping = byte !== undefined;
      if (byte === undefined) return;
      this.#wire.write(Buffer.from([byte]));
      this.#later(everyMs, step);
    };
    step();
  }

  #write(bytes: Buffer): void {
    if (this.#dripping.length > 0) this.#dripping.push(...bytes);
    else this.#wire.write(bytes);
  }

  #later(delayMs: number, action: () => void): void {
    const cancel = this.#wire.after(delayMs, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
  }
}

function readBody({ unitId, functionCode, address, count }: AskedFor): Buffer {
  const body = Buffer.from([unitId, functionCode, 0, 0, 0, 0]);
  body.writeUInt16BE(address, 2);
  body.writeUInt16BE(count, 4);
  return body;
}

/** Read Device Identification, regular category, everything in one reply. */
function identityBody(unitId: number, identity: readonly string[]): Buffer {
  const objects = identity.flatMap((text, id) => [Buffer.from([id, text.length]), Buffer.from(text, 'latin1')]);
  return Buffer.concat([Buffer.from([unitId, IDENTIFY, 0x0e, 2, 0x82, 0, 0, identity.length]), ...objects]);
}

function packRegisters(cells: readonly number[]): Buffer {
  const data = Buffer.alloc(cells.length * 2);
  for (const [at, cell] of cells.entries()) data.writeUInt16BE(cell, at * 2);
  return data;
}

function packBits(cells: readonly number[]): Buffer {
  const data = Buffer.alloc(Math.ceil(cells.length / 8));
  for (const [at, cell] of cells.entries()) {
    if (cell !== 0) data.writeUInt8(data.readUInt8(at >> 3) | (1 << (at & 7)), at >> 3);
  }
  return data;
}
