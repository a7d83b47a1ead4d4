/** The whole body as text; undefined when there is more than `bytesMax`. */
export async function readText({ body }: Response, bytesMax: number): Promise<string | undefined> {
  if (body === null) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces).toString('utf8');
    bytes += value.length;
    if (bytes > bytesMax) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    pieces.push(value);
  }
}
