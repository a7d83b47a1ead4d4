/** Begins the thread from what is kept of its files: stripping their types there anew would take 10 MB for good. */
import { keepCompiled, writeCompiled } from '../keep-compiled.mjs';

keepCompiled();
await import('./hedera-worker.ts');
writeCompiled();
