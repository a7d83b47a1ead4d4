/**
 * Runs the `forebay` command inside Electron's utility process. Windows has no SIGTERM, so the shell asks by message
 * and the command sees the signal that it handles anyway.
 */
process.parentPort.on('message', ({ data }) => {
  if (data.kind === 'stop' && !process.emit('SIGTERM')) process.exit(0);
});

await import('../appliance/forebay.mjs');
