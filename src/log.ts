// Structured logging: JSON lines that never hold a body, a secret or a raw error object.
import { type DestinationStream, destination, type LevelWithSilent, type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export interface LogOptions {
  level: LevelWithSilent;
  /** Values that must never be written, wherever they turn up. */
  secrets?: readonly string[];
  to?: DestinationStream;
}

const lineLimit = 8 * 1024;
/** Shorter ones would blank ordinary words. */
const shortestSecret = 6;
const depthLimit = 4;
const hiddenMembers =
  /^(authorization|proxy-authorization|cookie|set-cookie|password|secret|token|api_?key|credentials?|body|payload|data|headers|raw)$/i;
const unescapedControls = /[\u007f-\u009f\u2028\u2029]/g;

/** The line is written without waiting for the disk; whoever ends the process calls `flush` of the stream. */
export const standardOutput = (): ReturnType<typeof destination> => destination({ dest: 1, sync: false });

export function createLog(options: LogOptions): Logger {
  const verbose = options.level === 'debug' || options.level === 'trace';
  const secrets = (options.secrets ?? []).filter((secret) => secret.length >= shortestSecret).map(asInJson);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hide(fields, { verbose, depth: 0 }) as Record<string, unknown>,
      },
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: (line) => cap(withoutSecrets(line, secrets)) },
    },
    options.to ?? standardOutput(),
  );
}

const asInJson = (text: string): string => JSON.stringify(text).slice(1, -1);

function hide(value: unknown, at: { verbose: boolean; depth: number }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describe(value, at.verbose);
  if (at.depth >= depthLimit) return '[deeper]';
  const below = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value)) return value.map((item) => hide(item, below));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hiddenMembers.test(name) ? '[hidden]' : hide(member, below)]),
  );
}

/** Only what says what happened: a client library's error object carries whole requests with their headers. */
function describe(error: Error, verbose: boolean): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: withoutSnippet(withoutCredentials(error.message)),
    ...(typeof code === 'string' && { code }),
    ...(verbose && { stack: withoutSnippet(withoutCredentials(error.stack ?? '')) }),
  };
}

/** The JSON parser of the language quotes the text that it cannot read. */
const withoutSnippet = (text: string): string =>
  text.replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON/s, ' is not valid JSON');

/** URLs lose user, password and query. */
export const withoutCredentials = (text: string): string =>
  text.replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s/@?#]*@)?([^\s?#"']*)(\?[^\s"']*)?/gi, '$1$3');

function withoutSecrets(line: string, secrets: readonly string[]): string {
  let clean = line.replace(unescapedControls, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, '[hidden]');
  return clean;
}

/** One line stays under 8 KiB and stays JSON: first long texts are cut, then all but the message goes. */
function cap(line: string): string {
  if (Buffer.byteLength(line) <= lineLimit) return line;
  const fields = JSON.parse(line) as Record<string, unknown>;
  const cut = `${JSON.stringify(fields, (_, value) => (typeof value === 'string' ? shorten(value, 500) : value))}\n`;
  if (Buffer.byteLength(cut) <= lineLimit) return cut;
  const { level, time, msg } = fields;
  return `${JSON.stringify({ level, time, msg: shorten(String(msg ?? ''), 500), cut: true })}\n`;
}

const shorten = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
