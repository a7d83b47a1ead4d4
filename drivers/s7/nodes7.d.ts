/**
 * The part of nodes7 that this driver stands on: its messages, made by an instance that never has a connection of its
 * own. What could write (`writeItems`) or connect by itself (`initiateConnection`, `readAllItems`) is not declared, and
 * send-gate.ts refuses the bytes of a write whatever made them. nodes7.test.ts holds the undocumented members to
 * account.
 */
declare module 'nodes7' {
  export interface NodeS7Item {
    readonly areaS7Code: number;
    readonly dbNumber: number;
    readonly offset: number;
    readonly byteLength: number;
  }

  export default class NodeS7 {
    constructor(options: { silent: boolean; debug: boolean });
    /** The ISO connection request; byte 20 is the kind of connection, byte 21 rack * 32 + slot. */
    readonly connectReq: Buffer;
    /** The negotiation of the message length, which stands in bytes 23 and 24. */
    readonly negotiatePDU: Buffer;
    maxPDU: number;
    doNotOptimize: boolean;
    translationCB: (address: string) => string;
    /** 4: connected. */
    isoConnectionState: number;
    /** Requests that it believes to be on their way. */
    parallelJobsNow: number;
    isoclient: { write(bytes: Buffer): void } | undefined;
    readonly readPacketArray: readonly { readonly itemList: readonly NodeS7Item[] }[];
    addItemsNow(addresses: string[]): void;
    removeItemsNow(): void;
    prepareReadPacket(): void;
    sendReadPacket(): void;
    clearReadPacketTimeouts(): void;
  }
}
