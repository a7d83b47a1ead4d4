export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/**
 * Reads the text of a server-sent event stream as it arrives (WHATWG HTML, section 9.2.6). The browser's own
 * `EventSource` hides the comment lines, which are all that shows a quiet stream to be alive.
 */
export class EventStreamParser {
  #rest = '';
  #name = '';
  #data: string[] = [];

  /** The events that `chunk` completed. */
  push(chunk: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#take(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #take(line: string): StreamEvent | undefined {
    if (line === '') {
      const event = { name: this.#name === '' ? 'message' : this.#name, data: this.#data.join('\n') };
      const isEvent = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return isEvent ? event : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }
}
