import { type Failure, parseFailure } from './failure.ts';

/** The part of Electron's UtilityProcess that is used here; stdout and stderr are pipes. */
export interface Child {
  readonly pid: number | undefined;
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  once(event: 'exit', listener: (code: number) => void): unknown;
  postMessage(message: unknown): void;
  kill(): boolean;
}

/** How an appliance that we started ended. */
export interface Ending {
  exitCode: number;
  failure: Failure;
}

/** An appliance that we started. */
export interface OwnAppliance {
  /** Settles once its API answers, or once it has ended without that. */
  readonly started: Promise<'listening' | 'ended'>;
  readonly ended: Promise<Ending>;
  /** Asks it to record everything and end, and kills it when it has not ended after the grace time. */
  stop(): Promise<void>;
}

/** What `forebay start` promises: it ends within 5 s of being asked to. */
export const STOP_GRACE_MS = 5_000;
/** Standard error is kept only to find the reason of an end in its last lines. */
const KEPT_ERROR_LINES = 50;
const LINE_LENGTH_MAX = 10_000;
/** The exit can be known before the last of standard error has been read. */
const DRAIN_MS = 500;

/** Follows a started child process. `schedule` calls back after a time, whether a window is visible or not. */
export function followProcess(
  child: Child,
  schedule: (delayMs: number, action: () => void) => () => void,
): OwnAppliance {
  const errorLines: string[] = [];
  const drained = eachLine(child.stderr, (line) => {
    errorLines.push(line);
    if (errorLines.length > KEPT_ERROR_LINES) errorLines.shift();
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (exitCode) => {
      const finish = () => resolve({ exitCode, failure: explainEnding(exitCode, errorLines) });
      const cancel = schedule(DRAIN_MS, finish);
      drained.then(cancel).then(finish);
    });
  });
  const started = new Promise<'listening' | 'ended'>((resolve) => {
    eachLine(child.stdout, (line) => {
      if (isListeningEvent(line)) resolve('listening');
    });
    ended.then(() => resolve('ended'));
  });
  const stop = async () => {
    const cancel = schedule(STOP_GRACE_MS, () => child.kill());
    child.postMessage({ kind: 'stop' });
    await ended;
    cancel();
  };
  return { started, ended, stop };
}

/** The last `CODE: sentence (hint)` line on standard error says why; without one only the exit code is known. */
export function explainEnding(exitCode: number, errorLines: readonly string[]): Failure {
  const reported = errorLines.map(parseFailure).filter((failure) => failure !== undefined);
  const sentence = `The appliance ended unexpectedly with exit code ${exitCode}`;
  const hint = 'nothing recorded is lost; the log in the data folder says more';
  return reported.at(-1) ?? { code: 'APP_DESKTOP_ENDED', sentence, hint };
}

function isListeningEvent(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'event' in event && event.event === 'listening';
  } catch {
    return false;
  }
}

/** Resolves once the stream has ended and its last line was taken. */
function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): Promise<void> {
  if (stream === null) return Promise.resolve();
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const line of lines) take(line);
  });
  return new Promise((resolve) => {
    stream.once('end', () => {
      if (rest !== '') take(rest);
      resolve();
    });
  });
}
