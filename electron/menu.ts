import type { MenuItemConstructorOptions } from 'electron';

/** The window's menu: few entries, because everything about the plant is in the console. */
export function describeMenu(showConsole: () => void): MenuItemConstructorOptions[] {
  return [
    {
      label: 'Forebay',
      submenu: [
        { label: 'Show the console', accelerator: 'CommandOrControl+Home', click: showConsole },
        { type: 'separator' },
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
  ];
}
