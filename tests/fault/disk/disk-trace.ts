/** One change that a program made to its files, as the disk shim saw it. Paths are relative to the watched folder. */
export type DiskChange =
  | { readonly op: 'write'; readonly path: string; readonly at: number; readonly data: Buffer }
  | { readonly op: 'truncate'; readonly path: string; readonly size: number }
  /** The content of a file is on the disk. `lost`: the sync failed, and what was written since the last one is gone. */
  | { readonly op: 'sync' | 'lost'; readonly path: string }
  /** The names in a folder are on the disk. */
  | { readonly op: 'sync-folder'; readonly path: string }
  | { readonly op: 'create' | 'remove' | 'make-folder'; readonly path: string }
  /** `link`: the file has a second name. */
  | { readonly op: 'rename' | 'link'; readonly path: string; readonly to: string }
  /** What the program said on its standard output: no change, but it stands where it was said. */
  | { readonly op: 'said'; readonly text: string };

/** `traceEnd` is the size of the trace with this change, so that it says what came before and what after. */
export type TracedChange = DiskChange & { readonly traceEnd: number };

const HEAD_BYTES = 24;

/** The changes in the order in which they were made. A record that was cut off by a kill is left out. */
export function* readTrace(bytes: Buffer): Generator<TracedChange> {
  let begin = 0;
  while (begin + HEAD_BYTES <= bytes.length) {
    const letter = String.fromCharCode(bytes.readUInt32LE(begin));
    const lengths = [4, 8, 12].map((offset) => bytes.readUInt32LE(begin + offset));
    const at = Number(bytes.readBigUInt64LE(begin + 16));
    let reached = begin + HEAD_BYTES;
    const parts = lengths.map((length) => {
      reached += length;
      return bytes.subarray(reached - length, reached);
    });
    if (reached > bytes.length) return;
    begin = reached;
    const [path, other, data] = parts as [Buffer, Buffer, Buffer];
    yield { ...changeOf(letter, path.toString('utf8'), other.toString('utf8'), data, at), traceEnd: begin };
  }
}

function changeOf(letter: string, path: string, to: string, data: Buffer, at: number): DiskChange {
  switch (letter) {
    case 'W':
      return { op: 'write', path, at, data };
    case 'T':
      return { op: 'truncate', path, size: at };
    case 'S':
      return { op: 'sync', path };
    case 'F':
      return { op: 'lost', path };
    case 'D':
      return { op: 'sync-folder', path };
    case 'C':
      return { op: 'create', path };
    case 'U':
      return { op: 'remove', path };
    case 'M':
      return { op: 'make-folder', path };
    case 'R':
      return { op: 'rename', path, to };
    case 'L':
      return { op: 'link', path, to };
    case 'A':
      return { op: 'said', text: data.toString('utf8') };
    default:
      throw new Error(`a trace of the disk has no changes of kind ${letter}`);
  }
}
