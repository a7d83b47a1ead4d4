import { delimiter } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainNpm, SetupFailure, workEnvironment } from './steps.mjs';

describe('explainNpm', () => {
  it.each([
    ['npm error code EAI_AGAIN\nnpm error request failed', 'cannot reach its registry'],
    ['npm ERR! code ENOSPC', 'the disk is full'],
    ['npm error code EACCES\nnpm error syscall mkdir', 'may not be written'],
    ['spawn npm ENOENT', 'npm was not found'],
    [
      'npm error code EUSAGE\nnpm error\nnpm error The lockfile is out of step',
      'installed: The lockfile is out of step',
    ],
    ['', 'npm gave no reason'],
  ])('%j', (output, sentence) => {
    const problem = explainNpm(output);
    expect(problem.code).toBe('APP_SETUP_PACKAGES');
    expect(problem.sentence).toContain(sentence);
    expect(new SetupFailure(problem).message).toMatch(/^APP_SETUP_PACKAGES: [^\n]+ \([^\n]+\)$/);
  });
});

describe('workEnvironment', () => {
  it('puts the needed Node first on the path and keeps the rest', () => {
    const path = workEnvironment('/opt/node24/bin/node').PATH ?? '';
    const folders = path.split(delimiter);
    expect(folders[0]).toBe('/opt/node24/bin');
    expect(folders[1]).toMatch(/node_modules[\\/]\.bin$/);
    expect(path.endsWith(process.env.PATH ?? '')).toBe(true);
  });
});
