import { API_ROOT } from '../api/client.ts';
import { EventStreamParser, type StreamEvent } from './event-stream.ts';

/** The appliance sends at least a ping every 15 s; a second one may be late. */
const SILENCE_MS_MAX = 20_000;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5000;

export interface LiveStreamListener {
  /** The stream is open: what came before may have been missed. */
  opened(): void;
  /** Something arrived, be it only a ping. */
  heard(): void;
  event(event: StreamEvent): void;
  /** No contact; the next attempt follows by itself. */
  lost(): void;
  /** The session is over; no further attempt. */
  refused(): void;
}

/** Keeps the stream of the appliance open until `signal` aborts. */
export async function followLiveStream(listener: LiveStreamListener, signal: AbortSignal): Promise<void> {
  let retryMs = RETRY_MS_MIN;
  while (!signal.aborted) {
    const outcome = await readOnce(listener, signal, () => {
      retryMs = RETRY_MS_MIN;
    });
    if (signal.aborted) return;
    if (outcome === 'refused') {
      listener.refused();
      return;
    }
    listener.lost();
    await pause(retryMs, signal);
    retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
  }
}

async function readOnce(
  listener: LiveStreamListener,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<'ended' | 'refused'> {
  const attempt = new AbortController();
  const stop = (): void => attempt.abort();
  signal.addEventListener('abort', stop, { once: true });
  let silence = setTimeout(stop, SILENCE_MS_MAX);
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(`${API_ROOT}/stream`, { headers, cache: 'no-store', signal: attempt.signal });
    if (response.status === 401 || response.status === 403) return 'refused';
    if (!response.ok || response.body === null) return 'ended';
    onOpen();
    listener.opened();
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS_MAX);
      listener.heard();
      for (const event of parser.push(decoder.decode(part.value, { stream: true }))) listener.event(event);
    }
  } catch {
    // A stream that breaks is the ordinary end of a stream; the caller says so and tries again.
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
  }
  return 'ended';
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
