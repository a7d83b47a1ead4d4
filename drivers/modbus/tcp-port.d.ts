/**
 * The part of modbus-serial that this driver stands on: the TCP port, which puts the MBAP header before a request and
 * cuts replies out of the byte stream. The client above it is not loaded at all: it matches replies by the low 8
 * bits of a counter and never forgets an answered one, so a late reply can become another register's value, and it
 * can write. The underscored members are not documented by modbus-serial; tcp-port.test.ts holds them to account.
 */
declare module 'modbus-serial/ports/tcpport.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export default class TcpPort extends EventEmitter {
    constructor(options: { socket: Socket });
    /** The transaction id, 16 bits, of the next request. */
    _transactionIdWrite: number;
    /** The transaction id of the frame that is being emitted as `data`. */
    _transactionIdRead: number;
    /** What has come and is not yet cut off; while `data` is emitted it begins with the header of that frame. */
    _clientRcvData: Buffer;
    /** Sends unit id and PDU; the last two bytes stand for the checksum of the serial form and are not sent. */
    write(unitAndPduAndChecksum: Buffer): void;
  }
}
