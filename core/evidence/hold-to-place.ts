import { Refusal } from './refusal.ts';

/**
 * Runs a check of what stands at `place`. Whatever it throws that is no refusal comes of content without the form that
 * the check expects, and so the entry is refused: a bundle is never the reason for a crash.
 *
 * @throws Refusal
 */
export async function holdToPlace<T>(place: string, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw asRefusal(error, place);
  }
}

/** The same for a check that is done when it returns. */
export function holdAtOnce<T>(place: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw asRefusal(error, place);
  }
}

function asRefusal(error: unknown, place: string): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal('LED_BUNDLE_ENTRY', place, 'The entry holds something that has not the form of its kind.');
}
