/**
 * `npm start`: sets up what is missing, then runs the appliance on the simulated plant, or on a real one when
 * `--config` or `--data` is given.
 */
import { main } from './main.mjs';
import { chooseCommand } from './plan.mjs';

main('start', (options) => ({ script: 'appliance/forebay.mjs', scriptArguments: chooseCommand(options) }));
