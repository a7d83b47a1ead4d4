import { dirname } from 'node:path';
import { type DeviceKey, deviceKeyOf } from '../../core/ledger/device-key.ts';
import { createPrivateKeyFile, READABLE_BY_ALL, readPrivateKey } from '../../core/ledger/key-file.ts';
import { isEqual } from '../../core/ledger/merkle.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { makeFolder } from '../../core/store/make-folder.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { type ReceivedLedger, receiveCarrier } from '../courier/receive-carrier.ts';
import { carrierDisk } from '../sync/carrier-disk.ts';
import { systemClock } from '../system-clock.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { usage } from './read-command-line.ts';

const GAP = 'SYN_CARRIED_GAP';
const NAME = /^[^\s+/\\]{1,100}$/u;

export const syncReceive: Command = {
  name: 'sync receive',
  summary: 'Check and keep what a disk brings from a plant, and write a signed receipt onto it',
  operands: ['[FOLDER]'],
  options: {
    into: { type: 'string', value: 'DIR', about: 'where you keep what you receive, with your key', isNeeded: true },
    name: { type: 'string', value: 'NAME', about: 'your name in receipts, such as office.example; at the first time' },
    'plant-key': { type: 'string', value: 'VKEY', about: "the plant's verifier key, as the plant gave it to you" },
    json: JSON_OPTION,
  },
  notes: [
    'For whoever receives the disks, not for the plant: needs no data folder. FOLDER is the one that the plant writes to.',
    'Without FOLDER it shows your verifier key, which the plant puts into plant.yaml as sync.file.receiver.',
    'Ends with 1 when something on the disk could not be used; what holds is kept all the same.',
  ],
  async run({ texts, operands, flags, output }) {
    const into = texts.into ?? '';
    const plantKey = texts['plant-key']?.trim();
    if (plantKey !== undefined && parseVerifierKey(plantKey) === undefined) {
      throw usage('--plant-key is no verifier key.', 'name+hash+base64, as `forebay key show` prints it at the plant');
    }
    const key = receiverKey(into, texts.name);
    const [carrier] = operands;
    if (carrier === undefined) {
      if (flags.has('json')) output.json({ receiver: key.verifierKey });
      else output.line(key.verifierKey);
      return 0;
    }
    const received = await receiveCarrier({
      disk: keepingDisk,
      carrier,
      into,
      key,
      now: () => toIso(systemClock.wallMs()),
      ...(plantKey === undefined ? {} : { plantKey }),
    });
    if (flags.has('json')) output.json({ receiver: key.verifierKey, ledgers: received });
    else for (const ledger of received) print(ledger, { line: (text) => output.line(printable(text)) });
    return received.some(({ refused, missingFrom }) => refused.length > 0 || missingFrom !== null) ? 1 : 0;
  },
};

/** The receiver's own folder has folders below it; on a disk that came none is made. */
const keepingDisk: CarrierDisk = {
  ...carrierDisk,
  async write(path, bytes) {
    makeFolder(dirname(path));
    await carrierDisk.write(path, bytes);
  },
};

/** The receiver's key in its folder, made at the first time. */
function receiverKey(into: string, name: string | undefined): DeviceKey {
  const path = `${into}/receiver.key`;
  const publicPath = `${into}/receiver.pub`;
  const known = parseVerifierKey(nodeKeyDisk.read(publicPath)?.text.trim() ?? '');
  const found = readPrivateKey(nodeKeyDisk, path);
  if (known !== undefined && found !== undefined && isEqual(known.publicKey, found.publicKey)) {
    if (name === undefined || name === known.name) return deviceKeyOf(found, known.name);
    throw usage(`--name is "${name}", and the key in ${into} is of ${known.name}.`, 'leave --name out');
  }
  if (known !== undefined) {
    throw new Failure('SYN_RECEIVER_KEY', `${path} is not the private half of ${publicPath}.`, {
      hint: 'restore both files from a copy; plants know you by the one in receiver.pub',
      exitCode: 4,
    });
  }
  if (name === undefined) throw usage('A receiver that is new needs --name.', 'such as --name office.example');
  if (!NAME.test(name)) {
    throw usage(
      `--name is "${name}", and a name in receipts is one word, without spaces, "+" or slashes.`,
      `such as --name ${
        name
          .replace(/[\s+/\\]+/gu, '-')
          .replace(/^-|-$/g, '')
          .slice(0, 60) || 'office.example'
      }`,
    );
  }
  makeFolder(into);
  const key = deviceKeyOf(found ?? createPrivateKeyFile(nodeKeyDisk, path), name);
  nodeKeyDisk.replace(publicPath, `${key.verifierKey}\n`, READABLE_BY_ALL);
  return key;
}

function print(ledger: ReceivedLedger, output: Pick<Output, 'line'>): void {
  const { plantId, log, kept, known, size, sizeBefore, missingFrom, refused, receipt, plantKey } = ledger;
  output.line(`${plantId} (${log}): ${countNoun(kept, 'batch')} kept, ${known} held before`);
  output.line(`  held in one piece and checked: ${countNoun(size, 'entry')}, ${size - sizeBefore} of them new`);
  if (missingFrom !== null) {
    const hint = 'carry the receipt back, or ask for `forebay sync carry --all`';
    output.line(`  ${GAP}: Entry ${missingFrom} and those after it are on no disk that came. (${hint})`);
  }
  for (const { file, code, message } of refused) output.line(`  ${code}: ${file}: ${message}`);
  if (sizeBefore === 0 && plantKey !== null) {
    output.line(`  the plant's key, to be compared with the plant by another way: ${plantKey}`);
  }
  const none = size === 0 ? 'nothing is held yet' : 'nothing was taken';
  output.line(`  ${receipt === null ? `no receipt: ${none}` : `receipt: ${receipt}`}`);
}
