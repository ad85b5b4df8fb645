// Settings fields that many connectors share, each read once and checked when the hub starts.
import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';
import { parsePath } from '../model/paths.ts';
import { splitUrl } from './http.ts';

/** A text read by a function that throws; what it says is the fault. */
export const readBy = <T>(read: (text: string) => T) =>
  z.string().transform((text, check): T => {
    try {
      return read(text);
    } catch (error) {
      check.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** A dotted path into an answer. */
export const pathField = () => readBy(parsePath);

/** @returns ms */
export const durationField = () => readBy(parseDuration);

/** Where a system's requests begin: origin, and a path that is kept in front of every request's own. */
export const baseUrl = () =>
  readBy((text) => {
    const { origin, path } = splitUrl(text);
    if (/[?#]/.test(text)) throw new Error('must not have a query or fragment');
    return { origin, path: path.replace(/\/+$/, '') };
  });

/** An absolute http(s) URL, kept as it is. */
export const httpUrl = () => readBy((text) => splitUrl(text) && text);
