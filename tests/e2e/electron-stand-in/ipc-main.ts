type Handler = (event: { senderFrame: { url: string } }, ...args: unknown[]) => unknown;

const handlers = new Map<string, Handler>();

export const ipcMain = {
  handle(channel: string, handler: Handler): void {
    handlers.set(channel, handler);
  },

  async dispatch(channel: string, event: { senderFrame: { url: string } }, args: unknown[]) {
    try {
      const handler = handlers.get(channel);
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
      return { isDone: true, value: await handler(event, ...args) };
    } catch (error) {
      return { isDone: false, value: String(error) };
    }
  },
};
