import { registerHooks } from 'node:module';

interface Mutation {
  /** The file that is broken, from its end. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Mistakes that somebody could make in the appliance. A checker of the worlds must find each of them. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'skip-sync': {
    file: 'core/store/open-store.ts',
    find: "database.pragma('synchronous = FULL')",
    replace: "database.pragma('synchronous = OFF')",
  },
  'acknowledge-before-commit': {
    file: 'core/ledger/recorder.ts',
    find: 'storage.writeGroup(group, alongside);',
    replace: `if (grown.size < 12) storage.writeGroup(group, alongside);
      else setTimeout(() => storage.writeGroup(group, alongside), 0);`,
  },
  'drop-what-was-refused': {
    file: 'appliance/interval-recorder.ts',
    find: 'if (!this.#record(group)) return false;',
    replace: 'this.#record(group);',
  },
  'drop-a-gap': {
    file: 'appliance/gap-entries.ts',
    find: 'gaps.map((gap)',
    replace: 'gaps.slice(1).map((gap)',
  },
  'count-a-reset-twice': {
    file: 'core/acquisition/counter-break.ts',
    find: '...creditRise(state, countedMicroWh + since),',
    replace: '...creditRise(state, countedMicroWh + since + since),',
  },
  'believe-the-first-value': {
    file: 'core/acquisition/meter.ts',
    find: 'this.#state = awaitCounter(registerMicroWh, sample.readAtMs);',
    replace: `const { isBeginning, suspicion, ...first } = awaitCounter(registerMicroWh, sample.readAtMs);
      this.#state = first;`,
  },
  'forget-a-wrap': {
    file: 'core/acquisition/counter-break.ts',
    find: "{ kind: 'wrap', countedMicroWh: overMicroWh }",
    replace: "{ kind: 'wrap', countedMicroWh: 0n }",
  },
  'forget-the-counters': {
    file: 'appliance/interval-recorder.ts',
    find: 'saveCounter(write, point, writeCounterState(state));',
    replace: 'void [saveCounter, write, point, writeCounterState(state)];',
  },
  'unpack-the-neighbour': {
    file: 'core/store/stored-entries.ts',
    find: 'const bytes = entries[index - first];',
    replace: 'const bytes = entries[index - first + 1] ?? entries[0];',
  },
  'forget-the-polls': {
    file: 'appliance/sample-keeper.ts',
    find: "appendCycle(store, { deviceId, slotMs: line.slotMs, bytes: Buffer.from(line.text, 'utf8') });",
    replace: 'void [appendCycle, store, deviceId, line];',
  },
};

/** From now on the file is loaded with the mistake in it. */
export function installMutation(name: string): void {
  const mutation = MUTATIONS[name];
  if (mutation === undefined) throw new Error(`no mutation is called ${name}`);
  const { file, find, replace } = mutation;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/${file}`)) return loaded;
      const source = String(loaded.source);
      if (source.split(find).length !== 2) throw new Error(`the mutation ${name} does not fit ${file} any more`);
      return { ...loaded, source: source.replace(find, () => replace) };
    },
  });
}
