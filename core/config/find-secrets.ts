/** Something in a text that should not be written down there. */
export interface SecretFinding {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What it looks like, without repeating it. */
  readonly kind: string;
}

interface Pattern {
  readonly kind: string;
  readonly expression: RegExp;
}

/**
 * What secrets look like. Comments are searched too: the text is recorded as a whole and can never be removed again.
 * A certificate's thumbprint is public and may be as long as a key, so it is known by its key in the file.
 */
const PATTERNS: readonly Pattern[] = [
  { kind: 'a private key', expression: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/ },
  { kind: 'a private key', expression: /\b30(?:2e|77|54|41)0201[0-9a-f]{60,}/i },
  { kind: 'a private key', expression: /(?<![0-9a-fx])(?:0x)?[0-9a-f]{64}(?![0-9a-f])/i },
  { kind: 'an API key', expression: /\bfbk_[0-9a-f]{16}_[A-Za-z0-9_-]{20,}/ },
  { kind: 'a password in an address', expression: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@"']+@/i },
  {
    kind: 'a password or key',
    expression:
      /(?:^|[\s{,#"'])["']?(?:password|passwd|passphrase|secret|token|api_?key|private_?key|operator_?key|key)["']?\s*[:=]\s*["']?[^\s"'#,}]/i,
  },
];
const PUBLIC_DIGEST = /\b(?:trust|thumbprint|fingerprint|digest|sha256)["']?\s*:/i;

/** The lines of `text` that hold what looks like a secret, at most one finding a line. */
export function findSecrets(text: string): SecretFinding[] {
  return text.split('\n').flatMap((content, index) => {
    for (const { kind, expression } of PATTERNS) {
      const match = expression.exec(content);
      if (match === null || (kind === 'a private key' && PUBLIC_DIGEST.test(content))) continue;
      return [{ line: index + 1, column: match.index + 1, kind }];
    }
    return [];
  });
}
