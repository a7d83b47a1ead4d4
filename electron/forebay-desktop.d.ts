/** What preload.cjs offers to the page; frozen, and absent in a browser. */
export interface ForebayDesktop {
  readonly version: string;
  readonly platform: string;
  retry(): Promise<void>;
}

declare global {
  interface Window {
    readonly forebayDesktop?: ForebayDesktop;
  }
}
