import { parentPort, workerData } from 'node:worker_threads';
import { prepareNextKey } from '../../core/ledger/change-device-key.ts';
import { settleKeyChange } from '../../core/ledger/settle-key-change.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { tellFailure } from '../told-failure.ts';
import { type KeyFilesJob, type KeyFilesMessage, keyNotWritten } from './key-files-job.ts';

function work({ keysFolder, step, inForce }: KeyFilesJob): KeyFilesMessage {
  const options = { disk: nodeKeyDisk, inForce: present(parseVerifierKey(inForce), 'the key in force') };
  try {
    if (step === 'prepare') prepareNextKey(keysFolder, options);
    else settleKeyChange(keysFolder, options);
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof Failure) return tellFailure(error);
    return tellFailure(keyNotWritten(keysFolder, error instanceof Error ? error.message : String(error), error));
  }
}

parentPort?.postMessage(work(workerData as KeyFilesJob));
