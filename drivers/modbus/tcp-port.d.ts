/**
 * The part of modbus-serial that this driver stands on: the TCP port, which puts the MBAP header before a request and
 * sends it. The client above it is not loaded at all: it can write. The underscored member is not documented by
 * modbus-serial; tcp-port.test.ts holds it to account.
 */
declare module 'modbus-serial/ports/tcpport.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export default class TcpPort extends EventEmitter {
    constructor(options: { socket: Socket });
    /** The transaction id, 16 bits, of the next request. */
    _transactionIdWrite: number;
    /** Sends unit id and PDU; the last two bytes stand for the checksum of the serial form and are not sent. */
    write(unitAndPduAndChecksum: Buffer): void;
  }
}
