import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Driver } from '../../core/acquisition/driver.ts';
import { findRoles, findTotals } from '../../core/acquisition/find-roles.ts';
import { withoutMirroredRegisters } from '../../core/acquisition/mirrored-registers.ts';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import { rankDecodings } from '../../core/acquisition/rank-decodings.ts';
import { nameHint } from '../../core/config/nearest-name.ts';
import { Failure } from '../../core/model/failure.ts';
import { parseDuration } from '../../core/model/time.ts';
import { drivers } from '../drivers.ts';
import { placeLines } from '../probe/place-lines.ts';
import { completeDraft, freeDeviceId, type PlantDraft, readPlantDraft } from '../probe/plant-draft.ts';
import { type ProbeHosts, probeHosts } from '../probe/probe-host.ts';
import { fitWords, headerLines, orderWords, sentWords } from '../probe/probe-words.ts';
import { proposalText, proposeByRoles, proposeByTemplate } from '../probe/propose-device.ts';
import { type Scores, scoreTemplates } from '../probe/score-templates.ts';
import type { Call, Command } from './command.ts';
import { JSON_OPTION } from './command.ts';
import { usage } from './read-command-line.ts';
import { showProgress } from './show-progress.ts';
import { findTemplate } from './templates.ts';
import { wrapText } from './wrap-text.ts';

const READS_DEFAULT = 5;
const READS_MAX = 600;
const EVERY_MS_DEFAULT = 1000;
const PROBE_MS_MAX = 15 * 60_000;
/** From when on a person is told that something goes on, and how often. */
const PROGRESS = { afterMs: 2000, everyMs: 5000 } as const;
/** A template that explains less is shown and not proposed. */
const PROPOSED_SHARE_MIN = 0.9;
const SCHEMES: Readonly<Record<string, string>> = { 'opc.tcp': 'opcua', mqtts: 'mqtt', sparkplug: 'sparkplug-b' };

export const probeCommand: Command = {
  name: 'probe',
  summary: 'Look at one device that nobody has described, and propose how to describe it',
  operands: ['URL'],
  options: {
    point: {
      type: 'list',
      value: 'PLACE',
      about: 'where to look, such as "holding 3000-3015" or DB1,REAL0; may be repeated',
    },
    template: { type: 'string', value: 'NAME', about: 'read the device through this template only' },
    'scan-units': { type: 'string', value: 'A-B', about: 'Modbus: which unit ids of this one host answer' },
    reads: {
      type: 'string',
      value: 'N',
      about: `how often to read each place (${READS_DEFAULT}); what moves tells more`,
    },
    every: { type: 'string', value: 'TIME', about: 'how far apart (1s)' },
    plant: {
      type: 'string',
      value: 'FILE',
      about: 'plant.yaml with the ratings of the unit; devices may still be missing',
    },
    unit: { type: 'string', value: 'ID', about: 'the unit of that plant behind this device' },
    out: { type: 'string', value: 'FILE', about: 'write the plant with the proposed device to a new file' },
    data: { type: 'string', value: 'DIR', about: 'data folder whose certificates and secrets to use' },
    json: JSON_OPTION,
  },
  notes: [
    'URL: modbus-tcp://HOST:PORT/UNIT, modbus-rtu:///dev/ttyUSB0?baud=9600&parity=E&unit=1, opc.tcp://..., mqtt://..., s7://HOST:PORT/RACK/SLOT.',
    'Nothing is ever written to the device, and no other host is looked at; what was sent is listed at the end.',
    'What it is at is said on standard error. Exit code 3 when nothing answers, 1 when it answers and nothing comes of it.',
  ],
  run: async (call) => {
    const draft = readDraft(call);
    refuseTaken(call.texts.out);
    const hosts = probeHosts(call.texts.data, draft === undefined ? undefined : dirname(resolve(draft.file)));
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    try {
      return await probe(call, draft, hosts, AbortSignal.any([interrupted.signal, AbortSignal.timeout(PROBE_MS_MAX)]));
    } finally {
      hosts.remove();
    }
  },
};

async function probe(call: Call, draft: PlantDraft | undefined, hosts: ProbeHosts, signal: AbortSignal): Promise<0> {
  const { texts, flags, output, operands } = call;
  const { url, driver } = readUrl(operands[0] ?? '');
  const look = driver.probe;
  if (look === undefined) throw usage(`A ${driver.name} device cannot be probed.`, 'list its points in plant.yaml');
  const only = texts.template === undefined ? undefined : [findTemplate(texts.template)];
  const everyMs = readEvery(texts.every);
  const places = [...lines(texts.point), ...unitsPlace(texts['scan-units'])];
  const reads = readCount(texts.reads);
  const progress = showProgress(output, PROGRESS);
  const { onProgress } = progress;
  const request = { url, places, points: [], reads, everyMs, onProgress };
  const outcome = await look(request, hosts.hostOf(driver.name), signal).finally(progress.end);
  if (outcome.kind === 'fault') {
    const { code, message, hint, policy } = outcome.fault;
    // What answers and has nothing to show was reached.
    const exitCode = policy === 'misconfigured' ? 2 : policy === 'isolate' ? 1 : 3;
    throw new Failure(code, message, { exitCode, ...(hint === undefined ? {} : { hint }) });
  }
  const { report } = outcome;
  const isScan = texts['scan-units'] !== undefined && places.length === 1;
  const scores: Scores = isScan
    ? { fits: [], tried: 0, sent: {}, requests: 0 }
    : await scoreTemplates({
        driver,
        host: hosts.hostOf(driver.name),
        report,
        signal,
        ...(only === undefined ? {} : { only }),
      });
  const findings = examine(report, scores, draft, everyMs);
  const completed =
    draft === undefined || findings.proposal === undefined ? undefined : completeDraft(draft, findings.proposal);
  if (flags.has('json')) output.json(jsonOf(report, scores, findings, completed));
  else print(call, { report, scores, findings, draft, completed });
  if (texts.out !== undefined) writePlant(texts.out, completed, output);
  return 0;
}

function examine(report: ProbeReport, scores: Scores, draft: PlantDraft | undefined, everyMs: number) {
  const readAtMs = report.readAtMs ?? readTimes(report, everyMs);
  const { places, note } = withoutMirroredRegisters(report.places);
  const ranking = rankDecodings(places);
  const { roles, notes } = findRoles(ranking.places, draft?.ratings, readAtMs);
  const totals = findTotals(ranking.places);
  const [fit] = scores.fits;
  const id = freeDeviceId(draft);
  const isFit = fit !== undefined && fit.share >= PROPOSED_SHARE_MIN && fit.unconfirmed.length === 0;
  const proposal = isFit ? proposeByTemplate(id, report, fit) : proposeByRoles(id, report, roles);
  return { ranking, roles, notes: [...(note === undefined ? [] : [note]), ...notes, ...totals], proposal };
}

function readTimes({ places }: ProbeReport, everyMs: number): number[] {
  return (places[0]?.rawHex ?? []).map((_, read) => read * everyMs);
}

type Findings = ReturnType<typeof examine>;
type Completed = ReturnType<typeof completeDraft> | undefined;

interface Shown {
  readonly report: ProbeReport;
  readonly scores: Scores;
  readonly findings: Findings;
  readonly draft: PlantDraft | undefined;
  readonly completed: Completed;
}

function print({ output, texts }: Call, { report, scores, findings, draft, completed }: Shown): void {
  for (const line of headerLines(report)) output.line(line);
  output.line('');
  const { ranking, roles, notes, proposal } = findings;
  if (ranking.places.length > 0) {
    for (const line of placeLines(ranking, roles, output.width)) output.line(line);
    output.line('');
  }
  const order = orderWords(ranking);
  for (const note of [...(order === undefined ? [] : [order]), ...notes]) {
    for (const line of wrapText(note, output.width)) output.line(line);
  }
  if (scores.fits.length > 0) {
    output.line('Templates that fit:');
    for (const fit of scores.fits.slice(0, 3)) {
      output.line(`  ${fitWords(fit)}`);
      for (const { point, code, why } of fit.refused) {
        for (const line of wrapText(`${point} is not believed, ${code}: ${why}`, output.width - 4))
          output.line(`    ${line}`);
      }
    }
  } else if (scores.tried > 0) output.line(`None of ${scores.tried} templates fits this device.`);
  if (proposal !== undefined) {
    output.line('');
    output.line('# For plant.yaml; compare every value with the display of the device before you rely on it.');
    output.line(proposalText(proposal, draft?.unitId ?? 'unit1').trimEnd());
  }
  output.line('');
  for (const mistake of completed?.mistakes ?? []) output.line(`Still to be mended in the plant: ${mistake}`);
  for (const line of sentWords(sum(report.sent, scores.sent), report.counts.requests + scores.requests))
    output.line(line);
  if (draft !== undefined && completed !== undefined && texts.out === undefined) {
    output.note('Write it to a new file with --out FILE.');
  }
}

function jsonOf(
  report: ProbeReport,
  scores: Scores,
  { ranking, roles, notes, proposal }: Findings,
  completed: Completed,
) {
  return {
    driver: report.driver,
    connection: report.connection,
    identity: report.identity,
    notes: [...report.notes, ...notes],
    order: ranking.order,
    places: ranking.places.map(({ place, decodings, partOf, leadBits }) => ({
      place: place.place,
      name: place.name,
      unit: place.unit,
      rawHex: place.rawHex,
      fault: place.fault,
      partOf,
      leadBits,
      decodings: decodings.map(({ decoding, bits }) => ({ ...decoding, bits })),
    })),
    roles: roles.map(({ place, decoding, ...role }) => ({
      ...role,
      place: place.place.place,
      decoding: decoding.decoding.label,
    })),
    templates: scores.fits.map(({ template, ...fit }) => ({ ...fit, title: template.title })),
    proposal,
    mistakes: completed?.mistakes,
    sent: sum(report.sent, scores.sent),
    writes: 0,
  };
}

function writePlant(file: string, completed: Completed, output: Call['output']): void {
  if (completed === undefined) {
    const hint = 'see what it says above: probe again while the load changes, or name where to look with --point';
    throw new Failure('APP_NO_PROPOSAL', `${file} was not written: no value is known well enough.`, { hint });
  }
  try {
    // A file that is there may hold what somebody wrote by hand.
    writeFileSync(file, completed.text, { flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw notWritten(file, isThere ? IS_THERE : (cause as Error).message);
  }
  output.note(`Wrote ${file}. Check it: forebay config validate ${file}`);
}

const IS_THERE = 'it is there already';

function notWritten(file: string, reason: string): Failure {
  const sentence = `${file} cannot be written: ${reason}.`;
  return new Failure('APP_NOT_WRITTEN', sentence, { hint: 'choose another name', exitCode: 2 });
}

/** A probe takes minutes: a name that is taken is said before it, and again at its end if it was taken meanwhile. */
function refuseTaken(file: string | undefined): void {
  if (file !== undefined && existsSync(file)) throw notWritten(file, IS_THERE);
}

function readDraft({ texts }: Call): PlantDraft | undefined {
  if (texts.plant !== undefined) return readPlantDraft(texts.plant, texts.unit);
  if (texts.unit !== undefined || texts.out !== undefined)
    throw usage('--unit and --out go with --plant.', 'name the plant.yaml');
  return undefined;
}

function readUrl(text: string): { url: URL; driver: Driver } {
  if (!URL.canParse(text)) throw usage(`"${text}" is no URL.`, 'such as modbus-tcp://192.168.1.10:502/1');
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  const name = SCHEMES[scheme] ?? scheme;
  const driver = drivers.get(name);
  if (driver !== undefined) return { url, driver };
  throw usage(`There is no driver for ${scheme}://.`, nameHint(scheme, [...drivers.keys()]));
}

function lines(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n');
}

function unitsPlace(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (/^\d{1,3}(-\d{1,3})?$/.test(text)) return [`units ${text}`];
  throw usage(`--scan-units is "${text}".`, 'such as 1-20');
}

function readCount(text: string | undefined): number {
  if (text === undefined) return READS_DEFAULT;
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= READS_MAX) return Number(text);
  throw usage(`--reads is "${text}".`, `a number from 1 to ${READS_MAX}`);
}

function readEvery(text: string | undefined): number {
  if (text === undefined) return EVERY_MS_DEFAULT;
  const everyMs = parseDuration(text);
  if (everyMs !== undefined && everyMs >= 100) return everyMs;
  throw usage(`--every is "${text}".`, 'a duration such as 1s or 500ms');
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
