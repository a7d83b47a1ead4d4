import { join } from 'node:path';
import { type Logger, multistream, pino, stdTimeFunctions } from 'pino';
import type { SonicBoom } from 'sonic-boom';
import { openRollingFile } from './rolling-file.ts';

/**
 * The appliance's log: fits `Log` of the core, and `child({ cycleId })` gives one that adds its fields to every line.
 * Requests carry `requestId`, poll cycles `cycleId`, recorded groups `batchId`.
 */
export type ApplianceLog = Logger;

export interface OpenLog {
  readonly log: ApplianceLog;
  /** Writes what is waiting and closes the file. */
  close(): Promise<void>;
}

export interface LogOptions {
  /** The data folder; the files are `logs/forebay.N.log` in it. */
  readonly dataFolder: string;
  /** Where warnings go for people, one line each. */
  readonly errorOutput: { write(text: string): unknown };
  readonly level?: 'debug' | 'info';
  /** Size at which a file is closed and the next begun. */
  readonly fileBytesMax?: number;
}

const FILE_BYTES_MAX = 10 * 1024 * 1024;
const FILES_KEPT = 10;
const READABLE_BY_GROUP = 0o640;
/** Lines that wait for a slow disk; beyond it lines are lost rather than memory. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** Characters of a warning that people see; the file has the whole. */
const SENTENCE_MAX = 300;

/** Names of fields whose values never reach a log. */
const SECRET_NAMES = [
  'apiKey',
  'authorization',
  'cookie',
  'key',
  'localToken',
  'password',
  'secret',
  'set-cookie',
  'token',
  'x-api-key',
];

/** What a secret looks like wherever it stands: our keys, a token in an address, a bearer's token. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/fbk_([0-9a-f]{16})_[A-Za-z0-9_-]{20,}/g, 'fbk_$1_[redacted]'],
  [/([?&](?:token|key|apiKey|api_key)=)[^&\s"'\\]+/gi, '$1[redacted]'],
  [/\b(Bearer\s+)[A-Za-z0-9._~+/-]+=*/gi, '$1[redacted]'],
  [/(forebay_session=)[^;\s"'\\]+/g, '$1[redacted]'],
];

/** Opens the rotated log files (JSON, one object a line) and the short form for people. */
export async function openLog({
  dataFolder,
  errorOutput,
  level = 'info',
  fileBytesMax = FILE_BYTES_MAX,
}: LogOptions): Promise<OpenLog> {
  const file = openRollingFile({
    folder: join(dataFolder, 'logs'),
    bytesMax: fileBytesMax,
    filesMax: FILES_KEPT,
    mode: READABLE_BY_GROUP,
    waitingBytesMax: WAITING_BYTES_MAX,
  });
  reportTrouble(file, errorOutput);
  const streams = multistream([
    { level, stream: { write: (line: string) => void file.write(scrub(line)) } },
    { level: 'warn', stream: { write: (line: string) => void errorOutput.write(`${toSentence(scrub(line))}\n`) } },
  ]);
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths(), censor: '[redacted]' },
      serializers: { req: describeRequest, res: describeResponse },
    },
    streams,
  );
  return { log, close: () => closeFile(file) };
}

function scrub(line: string): string {
  return SECRET_SHAPES.reduce((text, [shape, replacement]) => text.replace(shape, replacement), line);
}

/** Secret names at the top of what is logged and up to two levels down. */
function secretPaths(): string[] {
  return SECRET_NAMES.flatMap((name) => {
    const quoted = `["${name}"]`;
    return [quoted, `*${quoted}`, `*.*${quoted}`];
  });
}

/** A request by method and path. The query is left out: a sign-in link carries its token there. */
function describeRequest(request: { method?: string; url?: string }): object {
  return { method: request.method, path: request.url?.split('?')[0] };
}

function describeResponse(response: { statusCode?: number }): object {
  return { status: response.statusCode };
}

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
  readonly code?: unknown;
  readonly err?: { readonly code?: unknown; readonly message?: string };
}

/** `2026-10-01T12:00:00.000Z warning: CODE: message`. */
function toSentence(line: string): string {
  const { time, level, msg, code, err } = JSON.parse(line) as LogLine;
  const word = level === 'warn' ? 'warning' : level;
  const shownCode = code ?? err?.code;
  const prefix = typeof shownCode === 'string' ? `${shownCode}: ` : '';
  const message = [msg, err?.message].filter(Boolean).join(' ');
  const sentence = `${prefix}${message}`.replaceAll(/\s*\n\s*/g, ' ');
  const shown = sentence.length > SENTENCE_MAX ? `${sentence.slice(0, SENTENCE_MAX)}...` : sentence;
  return `${time} ${word}: ${shown}`;
}

/** A disk that takes no more lines must not stop the plant: it is said once, and again after it has recovered. */
function reportTrouble(file: SonicBoom, errorOutput: LogOptions['errorOutput']): void {
  let isInTrouble = false;
  file.on('error', (error: Error) => {
    if (isInTrouble) return;
    isInTrouble = true;
    errorOutput.write(`APP_LOG_LOST: The log file cannot be written: ${error.message} (free space on the disk)\n`);
  });
  file.on('write', () => {
    isInTrouble = false;
  });
}

function closeFile(file: SonicBoom): Promise<void> {
  return new Promise((resolve) => {
    file.once('close', () => resolve());
    file.once('error', () => resolve());
    file.end();
  });
}
