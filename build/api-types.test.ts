import { expect, test } from 'vitest';
import { generateApiTypes } from './api-types.ts';

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
