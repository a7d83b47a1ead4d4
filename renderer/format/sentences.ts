/** What an appliance's hint may begin with that is no word of a sentence: a command, or a name out of plant.yaml. */
const WORD = /^(?!forebay )[a-z]+[ ,:;]/;

/** Several statements as running text: each begins like a sentence and ends with a full stop, whoever wrote it. */
export function joinSentences(statements: readonly (string | null | undefined)[]): string {
  return statements
    .flatMap((statement) => statement?.trim() || [])
    .map((statement) =>
      WORD.test(statement) ? `${statement.charAt(0).toUpperCase()}${statement.slice(1)}` : statement,
    )
    .map((statement) => (/[.!?]$/.test(statement) ? statement : `${statement}.`))
    .join(' ');
}
