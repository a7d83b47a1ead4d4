/**
 * Runs the `forebay` command inside Electron's utility process. Windows has no SIGTERM, so the shell asks by message
 * and the command sees the signal that it handles anyway.
 */
process.parentPort.on('message', ({ data }) => {
  if (data.kind === 'stop' && !process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
});

// By address, so that checking the window's types does not take in the whole appliance.
await import(new URL('../appliance/forebay.mjs', import.meta.url).href);
