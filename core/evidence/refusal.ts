/**
 * Why a bundle is not valid: thrown where the first reason is found, and turned into the result of the check. It never
 * leaves the verifier.
 */
export class Refusal extends Error {
  /** `LED_BUNDLE_...`, with a section in docs/errors.md. */
  readonly code: string;
  /** File, line or byte that does not hold. */
  readonly place: string;

  constructor(code: string, place: string, sentence: string) {
    super(sentence);
    this.name = 'Refusal';
    this.code = code;
    this.place = place;
  }
}

/** What whoever checks is told of a bundle that is not valid. */
export interface BundleProblem {
  readonly code: string;
  readonly place: string;
  readonly message: string;
}
