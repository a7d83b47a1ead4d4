import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { API_TYPES_PATH, generateApiTypes } from './api-types.ts';

test('renderer/api/types.ts is what the schemas give (else run node build/api-types.ts)', async () => {
  expect(await readFile(API_TYPES_PATH, 'utf8')).toBe(await generateApiTypes());
});

test('every answer of the API has a type', async () => {
  const text = await generateApiTypes();
  for (const name of [
    'Status',
    'PointList',
    'ReadingPage',
    'Checkpoint',
    'Entry',
    'InclusionProof',
    'Session',
    'Problem',
  ]) {
    expect(text).toContain(`export interface ${name} {`);
  }
});
