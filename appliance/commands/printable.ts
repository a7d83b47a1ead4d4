/** What a stranger's file says is shown and not obeyed: nothing in it moves the cursor of whoever reads it, or turns the text round. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
