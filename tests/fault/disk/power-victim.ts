/**
 * A plant whose power may go at any moment, in a process of its own. Says on standard output what is durable, and means
 * it. Run as `node power-victim.ts FOLDER MINUTES LOG_PAGES SYNCHRONOUS`.
 */
import { writeSync } from 'node:fs';
import { Failure } from '../../../core/model/failure.ts';
import { runPowerPlant, type Synchronous } from './power-plant.ts';

const [, , root = '', minutes = '', logPages = '', synchronous = 'FULL'] = process.argv;

try {
  await runPowerPlant({
    root,
    minutes: Number(minutes),
    logPages: Number(logPages),
    synchronous: synchronous as Synchronous,
    onDurable: (line) => {
      writeSync(1, `${line}\n`);
    },
  });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  writeSync(2, `${error.toLine()}\n`);
  process.exit(error.exitCode);
}
