import { Counter, Gauge, type Registry } from 'prom-client';

/** A counter of ours; its name begins with `forebay_`. */
export function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[] = [],
) {
  return new Counter({ name: `forebay_${name}`, help, labelNames, registers: [registry] });
}

/** A gauge of ours; its name begins with `forebay_`. */
export function gauge<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[] = []) {
  return new Gauge({ name: `forebay_${name}`, help, labelNames, registers: [registry] });
}
