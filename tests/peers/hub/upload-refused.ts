/** Why an upload is not taken: its form or its proofs, or because it begins elsewhere than the hub stands. */
export class UploadRefused extends Error {
  readonly reason: 'invalid' | 'elsewhere';

  constructor(reason: 'invalid' | 'elsewhere', message: string) {
    super(message);
    this.reason = reason;
  }
}

export function invalid(what: string): UploadRefused {
  return new UploadRefused('invalid', `The upload does not hold: ${what}.`);
}
