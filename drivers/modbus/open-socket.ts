import { Socket } from 'node:net';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import { abortedFault, closedFault, connectTimeoutFault, type SocketPlace, socketFault } from './link-fault.ts';

const KEEP_ALIVE_MS = 10_000;
const RECEIVE_BYTES = 4096;

/** How a socket is made: a real one, or one of a simulation. */
export type MakeSocket = (onBytes: (bytes: Uint8Array) => void) => Socket;

export interface SocketHandlers {
  /** The bytes stand only during the call. */
  onBytes(bytes: Uint8Array): void;
  /** The connection is over; may be called more than once. */
  onEnd(fault: Fault): void;
}

export type SocketOutcome =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Connects within the timeout of the place. Never rejects. */
export function openSocket(
  place: SocketPlace,
  host: DriverHost,
  handlers: SocketHandlers,
  signal: AbortSignal,
  makeSocket: MakeSocket = plainSocket,
): Promise<SocketOutcome> {
  if (signal.aborted) return Promise.resolve({ kind: 'fault', fault: abortedFault() });
  return new Promise((resolve) => {
    const socket = makeSocket(handlers.onBytes);
    const settle = (outcome: SocketOutcome): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const giveUp = (fault: Fault): void => {
      socket.destroy();
      settle({ kind: 'fault', fault });
    };
    const onAbort = (): void => giveUp(abortedFault());
    const onError = (error: Error): void => giveUp(socketFault(error, place));
    const cancelTimer = host.clock.after(place.timeoutMs, () => giveUp(connectTimeoutFault(place)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.on('error', (error) => handlers.onEnd(socketFault(error, place)));
      socket.on('close', () => handlers.onEnd(closedFault(place)));
      socket.off('error', onError);
      settle({ kind: 'open', socket });
    });
    socket.connect({ host: place.host, port: place.port });
  });
}

function plainSocket(onBytes: (bytes: Uint8Array) => void): Socket {
  return new Socket({
    onread: {
      buffer: new Uint8Array(RECEIVE_BYTES),
      callback: (length, buffer) => {
        onBytes(buffer.subarray(0, length));
        return true;
      },
    },
  });
}
