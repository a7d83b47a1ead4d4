import type { ReactNode } from 'react';
import { ProblemNote } from '../parts/problem-note.tsx';

interface CrashNoteProperties {
  readonly error: unknown;
  readonly reset: () => void;
}

/** Stands in for a page that failed to draw, so that the rest of the console stays. */
export function CrashNote({ error, reset }: CrashNoteProperties): ReactNode {
  return <ProblemNote error={error} onRetry={reset} />;
}
