// W3C Trace Context: reads what a caller sent; anything malformed is dropped and the trace starts anew.

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/;

export function readTraceparent(header: string | undefined): string | undefined {
  if (header === undefined || !traceparent.test(header)) return undefined;
  const version = header.slice(0, 2);
  if (version === '00') return header.length === 55 ? header : undefined;
  return `00${header.slice(2, 55)}`;
}
