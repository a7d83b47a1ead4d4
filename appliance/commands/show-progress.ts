import type { Output } from './output.ts';

export interface Progress {
  /** What is being done now, in a few words. */
  readonly onProgress: (words: string) => void;
  readonly end: () => void;
}

/** Says on standard error what a command is at, once it has taken a while: nothing of a short one. */
export function showProgress(
  { note }: Pick<Output, 'note'>,
  { afterMs, everyMs }: { readonly afterMs: number; readonly everyMs: number },
): Progress {
  const startedAtMs = performance.now();
  let doing = 'connecting';
  let repeat: NodeJS.Timeout | undefined;
  const say = (): void => note(`${Math.round((performance.now() - startedAtMs) / 1000)} s: ${doing}`);
  const first = setTimeout(() => {
    say();
    repeat = setInterval(say, everyMs);
  }, afterMs);
  return {
    onProgress: (words) => {
      doing = words;
    },
    end: () => {
      clearTimeout(first);
      clearInterval(repeat);
    },
  };
}
