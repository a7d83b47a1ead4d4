import type { ReactNode } from 'react';

/** Line icons on a grid of 20, drawn in the colour of the text. Decoration: the word stands beside them. */
const PATHS = {
  overview: 'M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z',
  readings: 'M4 3h12v14H4zM7 7h6M7 10h6M7 13h3',
  reviews: 'M4 3h12v10l-4 4H4zM16 13h-4v4M7 8.5l2 2 4-4',
  devices: 'M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.01M6 13.5h.01M9 6.5h5M9 13.5h5',
  ledger: 'M6 3h8a2 2 0 0 1 2 2v12H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM4 15a2 2 0 0 1 2-2h10M8 7h5',
  delivery:
    'M3 6.5h9v8H3zM12 9h3l2 2.5v3h-5zM6 17a1.6 1.6 0 1 0 0-3.2A1.6 1.6 0 0 0 6 17zM14.5 17a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z',
  months: 'M3.5 5h13v12h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5M7.5 13l1.8 1.8 3.4-3.6',
  certificates: 'M4 3h12v9H4zM7 6h6M7 8.5h3M13.5 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12.5 15l-1 3 2-1 2 1-1-3',
  account: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17c.6-3.2 3-5 6.5-5s5.9 1.8 6.5 5',
  check: 'M4 10.5l4 4 8-9',
  flag: 'M5 17V3.5h9l-2 3.5 2 3.5H5',
  cross: 'M5 5l10 10M15 5L5 15',
  warning: 'M10 3l8 14H2zM10 8v4M10 14.5h.01',
  alarm: 'M7 2.5h6l4.5 4.5v6L13 17.5H7L2.5 13V7zM10 6v5M10 13.8h.01',
  clock: 'M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 5.5V10l3 2',
  noContact: 'M3 8a10 10 0 0 1 4-2.4M17 8a10 10 0 0 0-5-2.7M6 11.5a6 6 0 0 1 2.5-1.5M10 16h.01M3 3l14 14',
  contact: 'M3 8a10 10 0 0 1 14 0M5.5 11a6.5 6.5 0 0 1 9 0M8 13.8a3 3 0 0 1 4 0M10 16.5h.01',
  dash: 'M5 10h10',
  right: 'M7.5 4.5L13 10l-5.5 5.5',
  left: 'M12.5 4.5L7 10l5.5 5.5',
  droplet: 'M10 2.5c3 3.6 5 6 5 8.7a5 5 0 0 1-10 0c0-2.7 2-5.1 5-8.7z',
  plant: 'M2.5 17h15M4 17V8l6-5 6 5v9M8 17v-5h4v5',
  shield: 'M10 2.5l6.5 2.3v4.7c0 4-2.7 6.6-6.5 8-3.8-1.4-6.5-4-6.5-8V4.8z',
  link: 'M8.5 11.5l3-3M7 9l-2.5 2.5a2.8 2.8 0 0 0 4 4L11 13M13 11l2.5-2.5a2.8 2.8 0 0 0-4-4L9 7',
  turning: 'M10 4a6 6 0 1 1-5.6 3.8M4 3.5v4.3h4.3',
} as const;

export type IconName = keyof typeof PATHS;

interface IconProperties {
  readonly name: IconName;
  readonly size?: number;
}

export function Icon({ name, size = 18 }: IconProperties): ReactNode {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: 'none' }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
