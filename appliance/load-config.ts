import { readFileSync, statSync } from 'node:fs';
import { type ConfigIssue, formatConfigIssue } from '../core/config/config-issue.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { Failure } from '../core/model/failure.ts';
import { drivers } from './drivers.ts';
import { templates } from './templates.ts';

/** All that is wrong with a plant.yaml, a line for each mistake. */
export class ConfigFailure extends Failure {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly [ConfigIssue, ...ConfigIssue[]]) {
    const [{ code, file, line, message, hint }] = issues;
    const sentence = `${file}, line ${line}: ${message}`;
    super(code, sentence, { exitCode: 2, ...(hint === undefined ? {} : { hint }) });
    this.issues = issues;
  }

  override toLine(): string {
    return this.issues.map(formatConfigIssue).join('\n');
  }
}

/** @throws ConfigFailure with every mistake that could be found. `file` is the name that messages show. */
export function loadConfig(text: string, file: string): PlantConfig {
  return loadConfigWithWarnings(text, file).config;
}

export interface LoadedConfig {
  readonly config: PlantConfig;
  /** Lines for a person, `warning: CODE: file:line:column path: sentence (hint)`. */
  readonly warnings: readonly string[];
  /** What would make the plant's figures surer, as lines. */
  readonly advice: readonly string[];
}

/** As `loadConfig`, for the commands that somebody watches. */
export function loadConfigWithWarnings(text: string, file: string): LoadedConfig {
  const result = parseConfig(text, { drivers, templates, file });
  if (result.kind === 'valid') {
    const warnings = result.warnings.map((issue) => `warning: ${formatConfigIssue(issue)}`);
    const advice = result.advice.map((issue) => `advice: ${formatConfigIssue(issue)}`);
    return { config: result.config, warnings, advice };
  }
  const [first, ...others] = result.issues;
  if (first === undefined) throw new Error('Assertion failed: an invalid configuration has an issue');
  throw new ConfigFailure([first, ...others]);
}

const TEXT_BYTES_MAX = 16 * 1024 * 1024;

/** @throws Failure `CFG_UNREADABLE` when there is no such file or it is no text. */
export function readConfigFile(path: string): string {
  try {
    if (statSync(path).size > TEXT_BYTES_MAX) throw new Error('it is far too large');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    const reason = reasonOf(cause as NodeJS.ErrnoException);
    throw new Failure('CFG_UNREADABLE', `The configuration ${path} cannot be read: ${reason}.`, {
      hint: 'check its name and folder',
      exitCode: 2,
      cause,
    });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : message;
}
