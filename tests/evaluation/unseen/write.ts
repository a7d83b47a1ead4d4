import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SLOW, UNFINDABLE } from './forgeries.ts';
import { makeUnseenPlant } from './unseen-plant.ts';

/** `node tests/evaluation/unseen/write.ts --seed 1 --out DIR` writes plant.yaml, readings.csv and labels.csv. */
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, out: { type: 'string' } } });
const seed = Number(values.seed);
if (values.out === undefined || !/^\d{1,9}$/.test(values.seed)) {
  process.stderr.write('usage: node tests/evaluation/unseen/write.ts [--seed 1] --out DIR\n');
  process.exitCode = 2;
} else {
  const plant = makeUnseenPlant(seed);
  mkdirSync(values.out, { recursive: true });
  const path = (name: string): string => join(values.out ?? '', name);
  writeFileSync(path('plant.yaml'), plant.plantYaml);
  writeFileSync(path('readings.csv'), plant.readingsCsv);
  writeFileSync(path('labels.csv'), plant.labelsCsv);
  const files = `--config ${path('plant.yaml')} --in ${path('readings.csv')} --labels ${path('labels.csv')}`;
  process.stdout.write(`npm run -s forebay -- evaluate ${files} --unfindable "${UNFINDABLE}" --slow "${SLOW}"\n`);
}
