/** `npm test`: sets up what is missing, the peers of the integration tests included, then runs every check and test. */
import { main } from './main.mjs';

main('test', (options) => ({ script: 'build/suite/run.ts', scriptArguments: options }));
