/** `npm run desktop`: sets up what is missing, then shows the console in the Electron window. */
import { main } from './main.mjs';

main('desktop', (options) => ({ script: 'electron/launch.mjs', scriptArguments: options }));
