/** Where a command's words go. Results go to standard output, everything for the eyes of a person to standard error. */
export interface Output {
  /** One line of the result. */
  line(text: string): void;
  /** One JSON object on a line of its own. */
  json(value: unknown): void;
  /** Columns of text, aligned, under their titles. */
  table(titles: readonly string[], rows: readonly (readonly string[])[]): void;
  /** A line on standard error. */
  note(text: string): void;
  /** Characters in a line of the result: those of the terminal, 100 where nobody knows. */
  readonly width: number;
  /** Whether a person reads standard error. */
  readonly isTerminal: boolean;
  /** Whether standard output goes to a terminal too, and to no program. */
  readonly isResultOnTerminal: boolean;
}

const GAP = '  ';
const WIDTH_UNKNOWN = 100;

/** The process's own streams. Nothing else in the appliance writes to standard output. */
export function processOutput(): Output {
  // Whoever reads our output may have seen enough, as `head` does; that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    line,
    json: (value) => line(JSON.stringify(value)),
    table(titles, rows) {
      for (const text of alignColumns([titles, ...rows])) line(text);
    },
    note: (text) => void process.stderr.write(`${text}\n`),
    width: process.stdout.columns ?? WIDTH_UNKNOWN,
    isTerminal: process.stderr.isTTY === true,
    isResultOnTerminal: process.stdout.isTTY === true,
  };
}

export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
