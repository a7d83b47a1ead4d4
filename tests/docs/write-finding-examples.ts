import { readFileSync, writeFileSync } from 'node:fs';
import { FINDING_EXAMPLES } from './finding-examples.ts';
import { withFindingExamples } from './finding-page.ts';

/** `node tests/docs/write-finding-examples.ts` puts what Forebay says today into docs/errors.md; read the difference. */
const page = new URL('../../docs/errors.md', import.meta.url);
writeFileSync(page, withFindingExamples(readFileSync(page, 'utf8'), FINDING_EXAMPLES));
