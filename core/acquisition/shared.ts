/** A thing that several devices use, such as a serial line or the one session that a server allows. */
export interface Resource {
  /** Frees it. Called once, after the last holder has let go. */
  close(): Promise<void>;
}

export interface Lease<T extends Resource> {
  readonly resource: T;
  /** Lets go; safe to call twice. Resolves once the resource is closed, if this was the last holder. */
  release(): Promise<void>;
}

interface Held {
  readonly resource: Resource;
  holders: number;
}

/** The shared things of one plant, by name: made for the first holder and closed after the last. */
export class Shared {
  readonly #held = new Map<string, Held>();

  /** `make` MUST NOT wait: what takes time belongs into the resource. All holders of a key agree in its type. */
  acquire<T extends Resource>(key: string, make: () => T): Lease<T> {
    const held = this.#held.get(key) ?? { resource: make(), holders: 0 };
    this.#held.set(key, held);
    held.holders += 1;
    let released: Promise<void> | undefined;
    return {
      resource: held.resource as T,
      release: () => {
        released ??= this.#letGo(key, held);
        return released;
      },
    };
  }

  async #letGo(key: string, held: Held): Promise<void> {
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#held.delete(key);
    await held.resource.close();
  }
}
