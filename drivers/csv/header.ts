import { DELIMITERS } from './dialect.ts';
import { type Complaint, shown } from './finding.ts';

/** Where the columns of one file stand, by name. */
export class Header {
  readonly names: readonly string[];
  readonly #places = new Map<string, number | 'twice'>();

  constructor(names: readonly string[]) {
    this.names = names.map((name) => name.trim());
    for (const [place, name] of this.names.entries()) {
      this.#places.set(name, this.#places.has(name) ? 'twice' : place);
    }
  }

  /** Where a column stands, from 0, or why that cannot be said. */
  placeOf(name: string): number | Complaint {
    const place = this.#places.get(name);
    if (typeof place === 'number') return place;
    return place === undefined ? missing(name, this.names) : twice(name);
  }

  /** Whether a row repeats the header, as appended exports do. */
  isSame(fields: readonly string[]): boolean {
    return fields.length === this.names.length && fields.every((field, at) => field.trim() === this.names[at]);
  }

  /** Whether the row ends with the very same header, behind a line that was never ended. */
  isTailOf(fields: readonly string[]): boolean {
    const tail = fields.slice(-this.names.length).map((field) => field.trim());
    const [first = '', ...others] = this.names;
    return (
      tail.length === this.names.length &&
      tail[0]?.endsWith(first) === true &&
      others.every((name, at) => tail[at + 1] === name)
    );
  }
}

/** Why a line cannot be the header of a file whose time stands in `timeColumns`. Undefined when it can. */
export function headerComplaint(
  header: Header,
  timeColumns: readonly string[],
  delimiter: string,
): Complaint | undefined {
  const absent = timeColumns.map((name) => header.placeOf(name)).find((place) => typeof place !== 'number');
  if (absent === undefined) return undefined;
  const [only = ''] = header.names;
  const other = Object.entries(DELIMITERS).find(([, sign]) => sign !== delimiter && only.includes(sign));
  if (header.names.length === 1 && other !== undefined) {
    return {
      code: 'DRV_CSV_DELIMITER',
      what: `is the header and holds one column only, ${shown(only)}`,
      hint: `Set delimiter of the connection: the file seems to use ${other[0]}`,
      policy: 'misconfigured',
      refusesFile: true,
    };
  }
  return typeof absent === 'number' ? undefined : { ...absent, policy: 'misconfigured', refusesFile: true };
}

export function changedHeader(): Complaint {
  return {
    code: 'DRV_CSV_HEADER_CHANGED',
    what: 'holds another header than the first line of the file',
    hint: 'Let the historian begin a new file when its columns change; nothing below that line is read',
    policy: 'misconfigured',
    refusesFile: true,
  };
}

function missing(name: string, names: readonly string[]): Complaint {
  const listed = names.slice(0, 12).map(shown).join(', ');
  return {
    code: 'DRV_CSV_COLUMN_MISSING',
    what: `is the header and has no column ${shown(name)} (it has ${listed})`,
    hint: 'Write the name as it stands in the header, and check that this is the file that is meant',
    policy: 'isolate',
  };
}

function twice(name: string): Complaint {
  return {
    code: 'DRV_CSV_DUPLICATE_COLUMN',
    what: `is the header and has the column ${shown(name)} more than once`,
    hint: 'Give the columns different names in the export',
    policy: 'isolate',
  };
}
