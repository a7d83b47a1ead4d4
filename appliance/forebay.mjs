#!/usr/bin/env node
/**
 * The `forebay` command. Plain JavaScript, so that a Node too old to run TypeScript can still say what is wrong;
 * everything else is in main.ts.
 */
import { keepCompiled, writeCompiled } from './keep-compiled.mjs';

const NODE_MAJOR = 24;
/** For an appliance that runs until its power is cut; what ends by itself writes it at its end. */
const WRITE_COMPILED_AFTER_MS = 60_000;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  const sentence = `Forebay runs on Node ${NODE_MAJOR} and this is Node ${process.versions.node}`;
  const hint =
    'in the project folder run npm start or npm ci once, which brings Node 24; then use npm run -s forebay -- ARGS';
  process.stderr.write(`APP_NODE_TOO_OLD: ${sentence} (${hint})\n`);
  process.exitCode = 2;
} else {
  keepCompiled();
  setTimeout(writeCompiled, WRITE_COMPILED_AFTER_MS).unref();
  await import('./main.ts');
}
