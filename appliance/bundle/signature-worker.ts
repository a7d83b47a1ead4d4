import { type MessagePort, workerData } from 'node:worker_threads';
import { holdsSignature } from './signature-check.ts';
import { type ParcelAnswer, type SignatureParcel, unpackSignatures } from './signature-parcel.ts';

const port = workerData as MessagePort;

port.on('message', (parcel: SignatureParcel) => {
  const { bytes } = parcel;
  const answer: ParcelAnswer = { bytes, answers: unpackSignatures(parcel).map(holdsSignature) };
  port.postMessage(answer, [bytes.buffer]);
});
