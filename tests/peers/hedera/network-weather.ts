import type { CancelTimer, Clock } from '../../../core/model/clock.ts';
import type { Random } from '../../../core/model/random.ts';
import type { ConsensusNode } from './consensus-node.ts';
import type { FaultScript } from './fault-script.ts';
import type { MirrorServer } from './mirror-server.ts';

/** How often chance looks at each node and the mirror. */
const STEP_MS = 500;
/** A node or a link is away for between half of this and one and a half. */
const AWAY_MS = 2000;
const ALL_AWAY_MS = 1500;
const FLUSH_MS = 20;
/** How much further behind the mirror falls for a while. */
const BEHIND_MS = 4000;

export interface NetworkWeatherOptions {
  readonly nodes: readonly ConsensusNode[];
  readonly mirror: MirrorServer;
  readonly mirrorDelayMs: number;
  readonly faults: FaultScript;
  readonly clock: Clock;
  readonly random: Random;
}

/** What happens to nodes and mirror by the hour and not by the call: links cut and black-holed, a mirror that falls behind. */
export class NetworkWeather {
  readonly #options: NetworkWeatherOptions;
  readonly #timers = new Set<CancelTimer>();

  constructor(options: NetworkWeatherOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#after(STEP_MS, () => {
      this.#step();
      this.begin();
    });
  }

  /** Takes a node away for a while, once what it has just sent is on its way. */
  strikeSoon(node: ConsensusNode): void {
    this.#after(FLUSH_MS, () => this.strike(node));
  }

  /** Takes a node away for a while. */
  strike(node: ConsensusNode): void {
    node.server.cut();
    this.#bringBack(AWAY_MS, () => node.server.restore());
  }

  /** All nodes are back and the mirror is as far behind as it is at its best. */
  clear(): void {
    this.end();
    for (const { server } of this.#options.nodes) server.restore();
    this.#options.mirror.setDelay(this.#options.mirrorDelayMs);
  }

  end(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #step(): void {
    const { nodes, mirror, mirrorDelayMs, faults } = this.#options;
    if (faults.happens('all-nodes-down')) {
      for (const { server } of nodes) server.cut();
      this.#bringBack(ALL_AWAY_MS, () => {
        for (const { server } of nodes) server.restore();
      });
    }
    for (const node of nodes.filter(({ server }) => server.isOpen)) {
      if (faults.happens('node-cut')) this.strike(node);
      else if (faults.happens('node-black-holed')) {
        node.server.blackHole();
        this.#bringBack(AWAY_MS, () => node.server.restore());
      }
    }
    if (faults.happens('mirror-behind')) {
      mirror.setDelay(mirrorDelayMs + BEHIND_MS);
      this.#bringBack(AWAY_MS, () => mirror.setDelay(mirrorDelayMs));
    }
  }

  #bringBack(awayMs: number, action: () => void): void {
    this.#after(awayMs * (0.5 + this.#options.random.next()), action);
  }

  #after(delayMs: number, action: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
  }
}
