import type { ExitCode } from '../../core/model/failure.ts';
import type { Output } from './output.ts';

/** One command of the command line. Everything that `--help` says comes from here. */
export interface Command {
  /** One or two words, `start` or `ledger proof`. */
  readonly name: string;
  /** One line without a full stop. */
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionDescription>>;
  /** Sentences that the command's own help adds after its options. */
  readonly notes?: readonly string[];
  /** Names of what stands without a dash; those that begin with `[` may be left out. */
  readonly operands?: readonly string[];
  run(call: Call): Promise<0 | ExitCode>;
}

/** `alias`: another name that is taken for it and that no help shows, where other commands or programs call it so. */
export type OptionDescription =
  | { readonly type: 'boolean'; readonly about: string }
  | {
      readonly type: 'string';
      readonly about: string;
      readonly value: string;
      readonly isNeeded?: true;
      readonly alias?: string;
    }
  /** May stand several times; the texts arrive joined by line ends. */
  | { readonly type: 'list'; readonly about: string; readonly value: string };

/** A command line after its options were read. */
export interface Call {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly string[];
  readonly output: Output;
}

export const DATA_OPTION = {
  type: 'string',
  value: 'DIR',
  about: 'the data folder of the plant',
  isNeeded: true,
} as const;
export const CONFIG_OPTION = {
  type: 'string',
  value: 'FILE',
  about: 'plant.yaml to use instead of the configuration recorded in the data folder',
} as const;
export const JSON_OPTION = { type: 'boolean', about: 'print JSON' } as const;
