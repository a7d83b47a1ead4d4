/** Several statements as running text: each ends with a full stop, whoever wrote it. */
export function joinSentences(statements: readonly (string | undefined)[]): string {
  return statements
    .flatMap((statement) => statement?.trim() || [])
    .map((statement) => (/[.!?]$/.test(statement) ? statement : `${statement}.`))
    .join(' ');
}
