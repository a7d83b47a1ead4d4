interface Waiting<T> {
  readonly owner: T;
  readonly resolve: (isMine: boolean) => void;
}

/** One at a time, in the order of arrival. Each owner waits for one turn at most, so nobody is starved. */
export class Turns<T> {
  #isTaken = false;
  #waiting: Waiting<T>[] = [];

  /** True when the turn is free and now taken; otherwise `wait` for it. */
  tryTake(): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    return true;
  }

  /** Resolves true when the turn has come, false when `cancel` came first. */
  wait(owner: T): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ owner, resolve });
    });
  }

  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next.resolve(true);
  }

  cancel(owner: T): void {
    const given = this.#waiting.filter((waiting) => waiting.owner === owner);
    this.#waiting = this.#waiting.filter((waiting) => waiting.owner !== owner);
    for (const { resolve } of given) resolve(false);
  }
}
