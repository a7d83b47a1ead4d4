/**
 * The only bridge between a page and the main process. A sandboxed preload is CommonJS and sees no Node, so this file
 * is plain JavaScript and takes what it needs from the arguments that window.ts gives it.
 */
const { contextBridge, ipcRenderer } = require('electron');

const VERSION_ARGUMENT = '--forebay-version=';
const given = process.argv.find((argument) => argument.startsWith(VERSION_ARGUMENT));

contextBridge.exposeInMainWorld(
  'forebayDesktop',
  Object.freeze({
    version: given === undefined ? '' : given.slice(VERSION_ARGUMENT.length),
    platform: process.platform,
    /** Looks for the appliance again, or starts one. */
    retry: async () => {
      await ipcRenderer.invoke('forebay:retry');
    },
  }),
);
