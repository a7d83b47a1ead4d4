/** For what takes moments on an idle computer. */
const PATIENCE_MS = 120_000;

/** Asks again and again until the answer is what is wanted, and returns it. */
export async function until<T>(ask: () => Promise<T> | T, isWanted: (answer: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadlineMs) throw new Error(`not within ${PATIENCE_MS} ms; the last answer was ${show(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function show(answer: unknown): string {
  return JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : (value as unknown)));
}
