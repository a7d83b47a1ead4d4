/** Put before the module of a utility process: what Electron calls `process.parentPort`. */
import { EventEmitter } from 'node:events';

const parentPort = Object.assign(new EventEmitter(), { postMessage: (message: unknown) => process.send?.(message) });
process.on('message', (event) => parentPort.emit('message', event));
// As in Electron, the process ends with the program that started it.
process.on('disconnect', () => process.exit(1));
Object.defineProperty(process, 'parentPort', { value: parentPort });
