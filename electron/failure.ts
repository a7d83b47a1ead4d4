/** Why the console cannot be shown, in the form that every Forebay error has; docs/errors.md explains the codes. */
export interface Failure {
  code: string;
  sentence: string;
  /** What the operator can do about it. */
  hint: string | undefined;
}

const FAILURE_LINE = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): (.+?)(?: \(([^()]*(?:\([^()]*\)[^()]*)*)\))?$/;

/** Reads one `CODE: sentence (hint)` line, the form in which the appliance reports errors on standard error. */
export function parseFailure(line: string): Failure | undefined {
  const match = FAILURE_LINE.exec(line.trim());
  if (match === null) return undefined;
  const [, code = '', sentence = '', hint] = match;
  return { code, sentence, hint };
}
