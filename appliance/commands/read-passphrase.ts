import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { PASSPHRASE_LENGTH_MIN } from '../../core/ledger/key-backup.ts';
import { Failure } from '../../core/model/failure.ts';

export interface PassphraseInput {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Where the question goes. */
  readonly output: { write(text: string): unknown };
}

const ownStreams: PassphraseInput = { input: process.stdin, output: process.stderr };

/**
 * A passphrase from standard input: asked for, without being shown, where a person sits at it; else its first line.
 * `new` asks twice and refuses what is too short. Never from an option, which other users of the machine could read.
 *
 * @throws Failure `APP_PASSPHRASE`.
 */
export async function readPassphrase(use: 'new' | 'known', streams: PassphraseInput = ownStreams): Promise<string> {
  if (streams.input.isTTY !== true) return checked(use, await firstLine(streams.input));
  const passphrase = await ask('Passphrase: ', streams);
  if (use === 'new' && (await ask('The same once more: ', streams)) !== passphrase) {
    throw refused('The two passphrases differ.', 'try again');
  }
  return checked(use, passphrase);
}

function checked(use: 'new' | 'known', passphrase: string): string {
  if (use === 'known' || passphrase.length >= PASSPHRASE_LENGTH_MIN) return passphrase;
  throw refused(
    `The passphrase has ${passphrase.length} characters.`,
    `it needs at least ${PASSPHRASE_LENGTH_MIN}; several words are easier to remember than signs`,
  );
}

function ask(question: string, { input, output }: PassphraseInput): Promise<string> {
  output.write(question);
  // What is typed is echoed into nothing.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      output.write('\n');
      if (answer === undefined) reject(refused('No passphrase was given.', 'nothing was done'));
      else resolve(answer);
    });
  });
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) return line;
  throw refused('Standard input holds no passphrase.', 'give it as the first line of standard input');
}

function refused(sentence: string, hint: string): Failure {
  return new Failure('APP_PASSPHRASE', sentence, { hint, exitCode: 2 });
}
