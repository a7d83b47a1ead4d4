/** Whether the console hears the appliance. Times are the browser's wall clock. */
export interface Contact {
  readonly state: 'connecting' | 'live' | 'lost';
  readonly lastHeardAtMs: number | undefined;
}

/** Holds the contact for `useSyncExternalStore`: changes only when a reader would see a difference. */
export class ContactStore {
  #contact: Contact = { state: 'connecting', lastHeardAtMs: undefined };
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): Contact => this.#contact;

  heard(atMs: number): void {
    this.#set({ state: 'live', lastHeardAtMs: atMs });
  }

  lost(): void {
    this.#set({ ...this.#contact, state: 'lost' });
  }

  #set(contact: Contact): void {
    this.#contact = contact;
    for (const listener of this.#listeners) listener();
  }
}
