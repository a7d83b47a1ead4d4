/** One mistake in plant.yaml, with its place and what would be right. */
export interface ConfigIssue {
  /** `CFG_...`, with a section in docs/errors.md. */
  readonly code: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `units[0].signals.flow`; empty for the file as a whole. */
  readonly path: string;
  /** One sentence without the path: what was expected and what was found. */
  readonly message: string;
  readonly hint?: string;
}

export type ConfigPath = readonly (string | number)[];

/** An issue before it is given its place in the file. */
export interface PathIssue {
  readonly code: string;
  readonly path: ConfigPath;
  readonly message: string;
  readonly hint?: string;
  /** `key`: the mistake is the key itself and not its value. */
  readonly at?: 'key' | 'value';
}

/** `['units', 0, 'signals', 'flow']` as `units[0].signals.flow`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** `CODE: file:line:column path: sentence (hint)`, the form in which every error reaches standard error. */
export function formatConfigIssue({ code, file, line, column, path, message, hint }: ConfigIssue): string {
  const where = path === '' ? '' : ` ${path}:`;
  const help = hint === undefined ? '' : ` (${hint})`;
  return `${code}: ${file}:${line}:${column}${where} ${message}${help}`;
}
