import { closeSync, openSync, readSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Failure } from '../core/model/failure.ts';

/** A file that a command writes as a whole and may write again. */
export interface OutputFile {
  readonly path: string;
  /** What the command reads: never its output too, whatever name leads there. */
  readonly inputs: readonly string[];
  /** By what an earlier output is told from a file of somebody else: how it begins. */
  readonly begin: string;
  /** What the command writes, in words. */
  readonly what: string;
}

/**
 * Asked before any work is done: whether the output may be written where it was named. An earlier output and an empty file
 * are replaced, and what is no file (a pipe, a terminal) is written to; nothing else that exists is touched.
 *
 * @throws Failure `APP_NOT_WRITTEN`
 */
export function checkOutputFile({ path, inputs, begin, what }: OutputFile): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  const input = inputs.find((name) => {
    const other = statSync(name, { throwIfNoEntry: false });
    return other !== undefined && other.dev === there.dev && other.ino === there.ino;
  });
  if (input !== undefined) throw notWritten(`${path} is the file ${input}, which this command reads.`);
  if (there.isDirectory()) throw notWritten(`${path} is a folder.`);
  if (!there.isFile() || there.size === 0 || beginOf(path, begin.length) === begin) return;
  throw notWritten(`${path} is there already and is not ${what}.`);
}

/** The whole output or none of it: it is written beside its place and takes it in one step. */
export function writeOutputFile(path: string, text: string): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) {
      writeFileSync(path, text);
      return;
    }
    const place = there === undefined ? path : realpathSync(path);
    const draft = `${place}.${process.pid}.partial`;
    try {
      writeFileSync(draft, text, { flag: 'wx' });
      renameSync(draft, place);
    } catch (cause) {
      rmSync(draft, { force: true });
      throw cause;
    }
  } catch (cause) {
    throw notWritten(`${path} cannot be written: ${(cause as Error).message}.`, cause);
  }
}

function beginOf(path: string, bytes: number): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, 0));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw notWritten(`${path} is there already and cannot be read: ${(cause as Error).message}.`, cause);
  }
}

function notWritten(sentence: string, cause?: unknown): Failure {
  return new Failure('APP_NOT_WRITTEN', sentence, { hint: 'choose another name', exitCode: 2, cause });
}
