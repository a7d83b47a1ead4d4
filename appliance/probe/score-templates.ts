import type { Connection, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { ProbeReport } from '../../core/acquisition/probe.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { type DeviceTemplate, referenceOf } from '../../core/config/device-template.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { templates } from '../templates.ts';
import { findSunspec, sunspecParams } from './find-sunspec.ts';
import { judgeValue } from './judge-value.ts';
import { deviceOfTemplate, paramsToTry, type TemplateChoice } from './template-device.ts';

/** How well one template explains what the device answers. */
export interface TemplateFit extends TemplateChoice {
  readonly reference: string;
  /** Share 0..1 of the evidence that speaks for it. */
  readonly share: number;
  readonly plausible: number;
  readonly points: number;
  /** Parameters that were only tried and must be confirmed. */
  readonly unconfirmed: readonly string[];
  readonly reasons: readonly string[];
  /** Points whose value the device's set-up forbids to believe, such as a counter of one tariff of two, and why. */
  readonly refused: readonly { readonly point: string; readonly code: string; readonly why: string }[];
}

/** Points read first; a template that fails here is not read as a whole. */
const SIGNATURE_POINTS = 4;
const SIGNATURE_UNITS = ['Hz', 'V', 'kV', '1', 'pH', 'm3/s', 'm', 'kW', 'W'];
const SHARE_MIN = 0.85;
/** Less weight than this is what chance gives: one frequency and one voltage are 7. */
const WEIGHT_MIN = 7;
const SUM_TOLERANCE = 0.02;
const SUM_WEIGHT = 4;
const ATTEMPT_MS_MAX = 20_000;
const GUARD_FAULT = 'DRV_MODBUS_GUARD';

export interface ScoreRequest {
  readonly driver: Driver;
  readonly host: DriverHost;
  readonly report: ProbeReport;
  readonly signal: AbortSignal;
  /** Only these; all of the driver when absent. */
  readonly only?: readonly DeviceTemplate[];
}

export interface Scores {
  /** Best first; those that explain too little are left out. */
  readonly fits: readonly TemplateFit[];
  readonly tried: number;
  readonly sent: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** Reads the device through each template of its driver and weighs what comes. Reads only. */
export async function scoreTemplates(request: ScoreRequest): Promise<Scores> {
  const { driver, report, signal } = request;
  const candidates = (request.only ?? allTemplates()).filter((template) => template.drivers.includes(driver.name));
  const models = findSunspec(report.places);
  const fits: TemplateFit[] = [];
  const sent: Record<string, number> = {};
  let requests = 0;
  for (const template of candidates) {
    const known = knownParams(template, report, models);
    if (known === undefined) continue;
    const ways: TemplateFit[] = [];
    for (const params of paramsToTry(template, known)) {
      if (signal.aborted) break;
      const device = deviceOfTemplate({ template, params }, driver.name, report.connection);
      if (device === undefined) continue;
      const tried = await readDevice(request, device);
      for (const [name, count] of Object.entries(tried.sent)) sent[name] = (sent[name] ?? 0) + count;
      requests += tried.requests;
      const fit = weigh(device.points, tried.outcomes, template);
      if (fit === undefined) continue;
      const said = paramsWorthSaying(template, params);
      ways.push({ ...fit, template, params: said, reference: referenceOf(template), unconfirmed: [] });
    }
    fits.push(...ways.map((fit) => ({ ...fit, unconfirmed: unconfirmedOf(template, known, ways.length) })));
  }
  const sorted = fits.toSorted((a, b) => b.share - a.share || b.plausible - a.plausible);
  return { fits: sorted, tried: candidates.length, sent, requests };
}

function allTemplates(): DeviceTemplate[] {
  return templates.references.flatMap((reference) => templates.find(reference) ?? []);
}

/** Parameters that the device itself tells; undefined when the template is for another kind of device. */
function knownParams(
  { template }: DeviceTemplate,
  report: ProbeReport,
  models: ReturnType<typeof findSunspec>,
): Record<string, number> | undefined {
  if (!template.startsWith('sunspec-')) return models.length > 0 ? undefined : {};
  const wanted = template === 'sunspec-meter' ? 203 : 213;
  const model = models.find(({ id }) => id === wanted);
  return model === undefined ? undefined : sunspecParams(report.places, model);
}

/** A ratio was only tried; a choice is known when one way of several gave sense and all others did not. */
function unconfirmedOf(
  { parameters }: DeviceTemplate,
  known: Readonly<Record<string, number>>,
  ways: number,
): string[] {
  return Object.entries(parameters)
    .filter(([name, parameter]) => known[name] === undefined && parameter.default === undefined)
    .filter(([, { kind }]) => kind === 'number' || ways > 1)
    .map(([name]) => name);
}

function paramsWorthSaying({ parameters }: DeviceTemplate, params: TemplateChoice['params']): TemplateChoice['params'] {
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => parameters[name]?.default !== value));
}

interface Tried {
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly requests: number;
  readonly sent: Readonly<Record<string, number>>;
}

const NOTHING: Tried = { outcomes: [], requests: 0, sent: {} };

async function readDevice({ driver, host, signal }: ScoreRequest, device: DeviceConfig): Promise<Tried> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS_MAX)]);
  const connected = await driver.connect(device, host, limited);
  if (connected.kind === 'fault') return NOTHING;
  const { connection } = connected;
  try {
    return { outcomes: await readInSteps(connection, device.points, limited), ...countsOf(connection) };
  } finally {
    await connection.close();
  }
}

/** The telling points first; the rest only if most of those are what the template says. */
async function readInSteps(
  connection: Connection,
  points: readonly PointConfig[],
  signal: AbortSignal,
): Promise<(Outcome | undefined)[]> {
  const telling = points.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, SIGNATURE_POINTS);
  const first = await connection.read(telling, signal);
  const good = first.filter((outcome, at) => isPlausible(telling[at], outcome)).length;
  if (good * 2 < telling.length) return points.map((point) => first[telling.indexOf(point)]);
  return [...(await connection.read(points, signal))];
}

function rankOf({ unit }: PointConfig): number {
  const rank = SIGNATURE_UNITS.indexOf(unit);
  return rank === -1 ? SIGNATURE_UNITS.length : rank;
}

function isPlausible(point: PointConfig | undefined, outcome: Outcome): boolean {
  return point !== undefined && outcome.kind === 'sample' && judgeValue(point, outcome.value).verdict !== 'implausible';
}

export function countsOf(connection: Connection): { requests: number; sent: Readonly<Record<string, number>> } {
  const { requests, sent = {} } = connection.counts();
  return { requests, sent };
}

type Weighed = Pick<TemplateFit, 'share' | 'plausible' | 'points' | 'reasons' | 'refused'>;

/** What was read against what the template says; undefined when it explains too little to be named. */
function weigh(
  points: readonly PointConfig[],
  outcomes: readonly (Outcome | undefined)[],
  { template }: DeviceTemplate,
): Weighed | undefined {
  let forIt = 0;
  let all = 0;
  let plausible = 0;
  const reasons: string[] = [];
  for (const [at, point] of points.entries()) {
    const outcome = outcomes[at];
    const value = outcome?.kind === 'sample' ? outcome.value : undefined;
    const { verdict, weight } = value === undefined ? judgeMiss(point) : judgeValue(point, value);
    // A zero is what an unused register holds: it speaks neither for the template nor much against it.
    all += verdict === 'zero' ? weight / 4 : weight;
    if (verdict !== 'plausible') continue;
    forIt += weight;
    plausible += 1;
    if (weight >= 3 && reasons.length < 3) reasons.push(`${point.id} ${format(value)} ${point.unit}`);
  }
  const total = totalOfPhases(points, outcomes);
  if (total !== undefined) {
    all += SUM_WEIGHT;
    if (total.holds) {
      forIt += SUM_WEIGHT;
      reasons.push('the power is the sum of its phases');
    }
  }
  if (forIt < WEIGHT_MIN || forIt < all * SHARE_MIN) return undefined;
  reasons.push(`${plausible} of ${points.length} points of ${template} are plausible`);
  return { share: forIt / all, plausible, points: points.length, reasons, refused: refusedOf(points, outcomes) };
}

function refusedOf(points: readonly PointConfig[], outcomes: readonly (Outcome | undefined)[]): TemplateFit['refused'] {
  return points.flatMap(({ id }, at) => {
    const outcome = outcomes[at];
    if (outcome?.kind !== 'miss' || outcome.fault.code !== GUARD_FAULT) return [];
    const { code, message, hint } = outcome.fault;
    return [{ point: id, code, why: hint === undefined ? message : `${message} ${hint}` }];
  });
}

function judgeMiss({ unit }: PointConfig): { verdict: 'implausible'; weight: number } {
  const { weight } = judgeValue({ unit, kind: 'gauge' }, 1);
  return { verdict: 'implausible', weight };
}

function totalOfPhases(
  points: readonly PointConfig[],
  outcomes: readonly (Outcome | undefined)[],
): { holds: boolean } | undefined {
  const [total, ...phases] = ['power', 'power_l1', 'power_l2', 'power_l3'].map((id) => {
    const outcome = outcomes[points.findIndex((point) => point.id === id)];
    return outcome?.kind === 'sample' && typeof outcome.value === 'number' ? outcome.value : undefined;
  });
  if (total === undefined || phases.length < 3 || phases.includes(undefined) || total === 0) return undefined;
  const sum = phases.reduce<number>((all, phase) => all + (phase ?? 0), 0);
  return { holds: Math.abs(sum - total) <= Math.abs(total) * SUM_TOLERANCE };
}

function format(value: number | string | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
