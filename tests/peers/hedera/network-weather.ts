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

/**
 * What happens to nodes and mirror by the hour and not by the call: links cut and black-holed, a mirror that falls behind.
 * The rate of such a fault is the share of the time in which it is so.
 */
export class NetworkWeather {
  readonly #options: NetworkWeatherOptions;
  readonly #timers = new Set<CancelTimer>();
  /** Nodes that are away for a while, with what ends it. */
  readonly #returns = new Map<ConsensusNode, CancelTimer>();

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
    this.#returnLater(node, AWAY_MS);
  }

  /** Leaves a node as it is from now on: whoever takes it away or brings it back by hand decides. */
  leave(node: ConsensusNode): void {
    this.#returns.get(node)?.();
    this.#returns.delete(node);
  }

  /** All nodes are back and the mirror is as far behind as it is at its best. */
  clear(): void {
    this.end();
    for (const node of this.#options.nodes) {
      this.leave(node);
      node.server.restore();
    }
    this.#options.mirror.setDelay(this.#options.mirrorDelayMs);
  }

  end(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #step(): void {
    const { nodes, mirror, mirrorDelayMs, faults } = this.#options;
    if (faults.happens('all-nodes-down', STEP_MS / ALL_AWAY_MS)) {
      for (const node of nodes) {
        node.server.cut();
        this.#returnLater(node, ALL_AWAY_MS);
      }
    }
    for (const node of nodes.filter(({ server }) => server.isOpen)) {
      if (faults.happens('node-cut', STEP_MS / AWAY_MS)) this.strike(node);
      else if (faults.happens('node-black-holed', STEP_MS / AWAY_MS)) {
        node.server.blackHole();
        this.#returnLater(node, AWAY_MS);
      }
    }
    if (faults.happens('mirror-behind', STEP_MS / AWAY_MS)) {
      mirror.setDelay(mirrorDelayMs + BEHIND_MS);
      this.#after(this.#about(AWAY_MS), () => mirror.setDelay(mirrorDelayMs));
    }
  }

  #returnLater(node: ConsensusNode, awayMs: number): void {
    this.leave(node);
    const cancel = this.#after(this.#about(awayMs), () => {
      this.#returns.delete(node);
      node.server.restore();
    });
    this.#returns.set(node, cancel);
  }

  #about(durationMs: number): number {
    return durationMs * (0.5 + this.#options.random.next());
  }

  #after(delayMs: number, action: () => void): CancelTimer {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
    return cancel;
  }
}
