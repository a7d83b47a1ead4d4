import { closeSync, openSync, readSync } from 'node:fs';
import { type BundledLedger, bundledLedger } from '../../core/evidence/bundled-ledger.ts';
import { Refusal } from '../../core/evidence/refusal.ts';
import { Failure } from '../../core/model/failure.ts';
import { readHead } from '../../core/store/store-head.ts';
import { withFileSource } from './file-source.ts';
import { nodeMachine } from './node-machine.ts';

const ZIP_HEAD = 'PK\u0003\u0004';

/** Whether a file begins with what every ZIP begins with, and so every evidence bundle. */
export function beginsAsZip(path: string): boolean {
  return beginsWith(path, ZIP_HEAD);
}

export function beginsAsStore(path: string): boolean {
  const { kind } = readHead(path);
  return kind === 'plain' || kind === 'encrypted';
}

function beginsWith(path: string, text: string): boolean {
  const head = Buffer.alloc(text.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
    return head.toString('latin1') === text;
  } finally {
    closeSync(file);
  }
}

/** @throws Failure `LED_BUNDLE_...` for a bundle that is not what its device attested. */
export async function readBundledLedger(path: string): Promise<BundledLedger> {
  // What is refused is no failure to read the file.
  const read = await withFileSource(path, async (source) => {
    try {
      return await bundledLedger(source, nodeMachine);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  });
  if (!(read instanceof Refusal)) return read;
  throw new Failure(read.code, `${path}: ${read.message}`, {
    hint: `the first thing that does not hold is ${read.place}; check it with \`forebay verify\``,
    exitCode: 1,
  });
}
