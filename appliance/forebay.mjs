#!/usr/bin/env node
/**
 * The `forebay` command. Plain JavaScript, so that a Node too old to run TypeScript can still say what is wrong;
 * everything else is in main.ts.
 */
import { setFlagsFromString } from 'node:v8';
import { keepFewArenas } from './few-arenas.mjs';
import { keepCompiled, writeCompiled } from './keep-compiled.mjs';

const NODE_MAJOR = 24;
/** For an appliance that runs until its power is cut; what ends by itself writes it at its end. */
const WRITE_COMPILED_AFTER_MS = 60_000;
/** What runs for months beside a plant, rather than for one task. */
const STAYS = ['start', 'demo'];

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  const sentence = `Forebay runs on Node ${NODE_MAJOR} and this is Node ${process.versions.node}`;
  const hint =
    'in the project folder run npm start or npm ci once, which brings Node 24; then use npm run -s forebay -- ARGS';
  process.stderr.write(`APP_NODE_TOO_OLD: ${sentence} (${hint})\n`);
  process.exitCode = 2;
} else {
  if (STAYS.includes(process.argv[2] ?? '')) {
    keepFewArenas();
    // Young objects of a poller die at once, so a part of 2 MB for them is enough. The engine would let it grow to 32 MB while
    // the program is loaded and keep it so; once it has grown, nothing makes it small again.
    setFlagsFromString('--semi-space-growth-factor=1');
  }
  keepCompiled();
  setTimeout(writeCompiled, WRITE_COMPILED_AFTER_MS).unref();
  await import('./main.ts');
}
