import type NodeS7 from 'nodes7';
import { assert, present } from '../../core/model/assert.ts';
import type { Area } from './address.ts';
import type { S7ConnectionSettings } from './connection-schema.ts';
import type { Run } from './plan-runs.ts';

const AREA_CODES: Readonly<Record<Area, number>> = { I: 0x81, Q: 0x82, M: 0x83, DB: 0x84 };
const CONNECTION_TYPES = { pg: 1, op: 2, basic: 3 } as const;
const CONNECTED = 4;
const NEVER_TOO_LONG = 65_535;

/**
 * The messages to a PLC. nodes7 makes those that connect and those that read; it is loaded when the first connection
 * needs it. Its instance has no socket: what it "sends" is caught here, and the timers that it sets for the answer
 * are cleared before they can run.
 */
export class Frames {
  readonly #maker: NodeS7;

  static async load(): Promise<Frames> {
    const { default: Maker } = await import('nodes7');
    return new Frames(new Maker({ silent: true, debug: false }));
  }

  private constructor(maker: NodeS7) {
    this.#maker = maker;
    maker.doNotOptimize = true;
    maker.maxPDU = NEVER_TOO_LONG;
    maker.translationCB = (address) => address;
    maker.isoConnectionState = CONNECTED;
  }

  connectRequest({ rack, slot, connectionType }: S7ConnectionSettings): Buffer {
    const frame = Buffer.from(this.#maker.connectReq);
    frame.writeUInt8(CONNECTION_TYPES[connectionType], 20);
    frame.writeUInt8(rack * 32 + slot, 21);
    return frame;
  }

  negotiation(pduBytes: number): Buffer {
    const frame = Buffer.from(this.#maker.negotiatePDU);
    // One request at a time is all that is ever on its way.
    frame.writeUInt16BE(1, 19);
    frame.writeUInt16BE(1, 21);
    frame.writeUInt16BE(pduBytes, 23);
    return frame;
  }

  /** The request that reads the given runs, in their order; the runs are sorted as nodes7 sorts. */
  readRequest(runs: readonly Run[]): Buffer {
    const maker = this.#maker;
    const caught: Buffer[] = [];
    maker.removeItemsNow();
    maker.addItemsNow(runs.map(bytesAddress));
    maker.prepareReadPacket();
    maker.parallelJobsNow = 0;
    maker.isoclient = { write: (bytes) => caught.push(Buffer.from(bytes)) };
    maker.sendReadPacket();
    maker.clearReadPacketTimeouts();
    maker.isoclient = undefined;
    const [packet, ...more] = maker.readPacketArray;
    assert(more.length === 0 && caught.length === 1, `${runs.length} runs make one request`);
    const items = present(packet, 'the request').itemList;
    assert(items.length === runs.length, 'the request has an item for each run');
    for (const [index, run] of runs.entries()) {
      const item = present(items[index], 'an item');
      const isRun = item.offset === run.byte && item.byteLength === run.bytes && item.dbNumber === run.db;
      assert(isRun && item.areaS7Code === AREA_CODES[run.area], `item ${index} asks for its run`);
    }
    return present(caught[0], 'the caught request');
  }
}

function bytesAddress({ area, db, byte, bytes }: Run): string {
  return area === 'DB' ? `DB${db},BYTE${byte}.${bytes}` : `${area}B${byte}.${bytes}`;
}
