/** Begins the thread from what is kept of its files. */
import { keepCompiled, writeCompiled } from '../keep-compiled.mjs';

keepCompiled();
await import('./part-worker.ts');
writeCompiled();
