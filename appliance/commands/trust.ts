import { userInfo } from 'node:os';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { Failure } from '../../core/model/failure.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { ServerTrustAnswer } from '../api/schema/server-trust.ts';
import { dataFolderAt } from '../data-folder.ts';
import { openDeviceKey } from '../open-device-key.ts';
import { findRunning } from '../run-file.ts';
import { prepareTrust, serverTrust } from '../server-trust.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';

export const trustCommand: Command = {
  name: 'trust',
  summary: "Show the certificate of a device's server, or trust it by its thumbprint",
  options: {
    data: DATA_OPTION,
    device: { type: 'string', value: 'ID', about: 'the device in plant.yaml', isNeeded: true },
    thumbprint: { type: 'string', value: 'HEX', about: 'trust this certificate; only shown what there is if left out' },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  notes: ['Compare the thumbprint with the one that the server itself shows before you trust it.'],
  async run(call) {
    const { device = '', thumbprint } = call.texts;
    const answer = await (thumbprint === undefined ? show(call, device) : trust(call, device, thumbprint));
    if (call.flags.has('json')) call.output.json(answer);
    else print(answer, call.output);
    return 0;
  },
};

async function show(call: Call, deviceId: string): Promise<ServerTrustAnswer> {
  return withStore(call, (store, { driversFolder }) =>
    serverTrust({ ...keptPlant(store, call), driversFolder }, deviceId),
  );
}

async function trust(call: Call, deviceId: string, thumbprint: string): Promise<ServerTrustAnswer> {
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  if (running === undefined) return trustAtRest(call, deviceId, thumbprint);
  const path = `/api/v1/devices/${encodeURIComponent(deviceId)}/trust`;
  return (await callAppliance(running, 'POST', path, { thumbprint })) as ServerTrustAnswer;
}

/** Records the act itself, holding the folder meanwhile, since no appliance runs. */
async function trustAtRest(call: Call, deviceId: string, thumbprint: string): Promise<ServerTrustAnswer> {
  const parts = await withStore(call, (store, { driversFolder }) => ({ ...keptPlant(store, call), driversFolder }));
  const folder = dataFolderAt(call.texts.data ?? '');
  const lock = holdInstanceLock(folder.root);
  try {
    const by = userInfo().username;
    const prepared = prepareTrust(parts, { deviceId, thumbprint, by, nowMs: systemClock.wallMs() });
    const store = openStore(folder.storePath, { access: 'write' });
    try {
      const key = openDeviceKey(folder, store, parts.config.plant.id);
      const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
      if (recorder.head().size === 0) throw nothingRecorded(folder.root);
      recorder.record([prepared.entry]);
    } finally {
      store.close();
    }
    prepared.apply();
    return serverTrust(parts, deviceId);
  } finally {
    lock.release();
  }
}

function nothingRecorded(root: string): Failure {
  return new Failure('APP_NOTHING_RECORDED', `The data folder ${root} holds no ledger yet.`, {
    hint: 'start the appliance once, or "config import" the plant.yaml',
    exitCode: 2,
  });
}

function print({ device, endpoint, mode, shown, trusted, isShownTrusted }: ServerTrustAnswer, output: Output): void {
  output.line(`${device}: ${endpoint}, trust: ${mode}`);
  if (shown === null) output.line('The server has shown no certificate yet.');
  else {
    output.line(`It shows ${shown.subject}, valid from ${shown.validFrom} to ${shown.validTo}`);
    output.line(`  SHA-1   ${pairs(shown.sha1)}`);
    output.line(`  SHA-256 ${pairs(shown.sha256)}`);
  }
  if (trusted !== null) output.line(`Trusted: ${pairs(trusted.thumbprint)}, by ${trusted.by} at ${trusted.at}`);
  if (shown !== null) output.line(isShownTrusted ? 'What it shows is trusted.' : 'What it shows is NOT trusted.');
}

function pairs(digits: string): string {
  return digits.match(/../g)?.join(':') ?? digits;
}
