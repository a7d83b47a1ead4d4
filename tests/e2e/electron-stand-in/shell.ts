/** Opens nothing, but remembers what the system's browser was asked to open. */
export const shell = {
  opened: [] as string[],
  async openExternal(url: string): Promise<void> {
    shell.opened.push(url);
  },
};
