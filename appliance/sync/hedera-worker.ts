import { setPriority } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../core/model/assert.ts';
import { bundledBook } from '../../core/sync/targets/hedera/checked-client.ts';
import { sdkPort } from '../../core/sync/targets/hedera/sdk-port.ts';
import type { HederaAnswer, HederaQuestion, HederaWorkerData } from './hedera-worker-words.ts';
import { hasCertificateHash, nodeCertificate } from './node-certificate.ts';

/** Below that of the thread that polls, which no signature may keep waiting. */
const PRIORITY = 5;

/** The thread that holds the Hedera SDK. It answers until it is ended from outside. */
giveWay();
const parent = present(parentPort, 'the thread that asks');
const port = sdkPort(workerData as HederaWorkerData, {
  fetchCertificate: (host, at) => nodeCertificate(host, at, process.env),
  hasHash: hasCertificateHash,
});
const NEVER = new AbortController().signal;

parent.on('message', (question: HederaQuestion) => {
  void answer(question).then((outcome) => {
    // Not process.memoryUsage(), which asks the system for the memory of the whole process and takes longer than an answer.
    const heapBytes = getHeapStatistics().used_heap_size;
    parent.postMessage({ number: question.number, outcome, heapBytes } satisfies HederaAnswer);
  });
});

function answer(question: HederaQuestion): Promise<HederaAnswer['outcome']> {
  switch (question.kind) {
    case 'prepare':
      return port.prepare(question.request, NEVER);
    case 'send':
      return port.send(question.bytes, NEVER);
    case 'ask':
      return port.ask(question.id, NEVER);
    case 'bundled':
      return Promise.resolve(bundledBook(question.network));
  }
}

/** Only on Linux has a thread a priority of its own; elsewhere it would be that of the whole appliance. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, PRIORITY);
  } catch {
    // A system that does not let it is as it was.
  }
}
