// The objects of one kind in a sandbox system, and the usual REST routes over them.
import { type Answer, type Asked, fail, type Routes, type Row } from './exchange.ts';

export interface CollectionOptions<T extends { id: string }> {
  /** Such as `/orders`. */
  path: string;
  /** Name of the list in answers. */
  name: string;
  /** Query parameter and member that objects are found by. */
  findBy: keyof T & string;
  update: 'PUT' | 'PATCH';
  firstId: number;
  idPrefix?: string;
  make(id: string, body: Row): T;
  change(current: T, body: Row): T;
  /** What is wrong with an object, in the system's own words. */
  faultOf(item: T): string | undefined;
  /** Told after the hub wrote one. */
  written?(item: T): void;
}

export interface Collection<T extends { id: string }> {
  items: Map<string, T>;
  routes: Routes;
  add(body: Row): T;
  /** @throws Error when there is none with that id */
  get(id: string): T;
  save(item: T): T;
}

const pageSize = 50;

export function createCollection<T extends { id: string }>(options: CollectionOptions<T>): Collection<T> {
  const items = new Map<string, T>();
  let nextId = options.firstId;
  const newId = (): string => `${options.idPrefix ?? ''}${nextId++}`;
  const save = (item: T): T => {
    items.set(item.id, item);
    return item;
  };
  const take = (item: T, status: number): Answer => {
    const fault = options.faultOf(item);
    if (fault !== undefined) return fail(422, fault);
    save(item);
    options.written?.(item);
    return { status, body: item };
  };
  const known = (id: string | undefined, use: (item: T) => Answer): Answer => {
    const item = items.get(id ?? '');
    return item ? use(item) : fail(404, `there is no ${options.path}/${id}`);
  };
  return {
    items,
    save,
    add: (body) => save(options.make(newId(), body)),
    get: (id) => {
      const item = items.get(id);
      if (!item) throw new Error(`there is no ${options.path}/${id}`);
      return item;
    },
    routes: {
      [`POST ${options.path}`]: ({ body }) => take(options.make(newId(), body), 201),
      [`GET ${options.path}`]: (asked) => list([...items.values()], asked, options),
      [`GET ${options.path}/:id`]: ({ params }) => known(params.id, (item) => ({ status: 200, body: item })),
      [`${options.update} ${options.path}/:id`]: ({ params, body }) =>
        known(params.id, (item) => take(options.change(item, body), 200)),
    },
  };
}

/** Pages by number; `next_page` is null on the last. */
function list<T extends { id: string }>(all: T[], { query }: Asked, { name, findBy }: CollectionOptions<T>): Answer {
  const wanted = query.get(findBy);
  const found = wanted === null ? all : all.filter((item) => String(item[findBy]) === wanted);
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const rows = found.slice((page - 1) * pageSize, page * pageSize);
  return { status: 200, body: { [name]: rows, next_page: page * pageSize < found.length ? page + 1 : null } };
}

/** A person at the system itself: looks at everything, or changes an object with a merge patch. */
export const byHand = <T>(
  path: string,
  items: ReadonlyMap<string, T>,
  edit: (id: string, patch: Row) => void,
): Routes => ({
  'GET /_all': () => ({ status: 200, body: [...items.values()] }),
  [`POST /_edit${path}/:id`]: ({ params, body }) => {
    const id = params.id ?? '';
    if (!items.has(id)) return fail(404, `there is no ${path}/${id}`);
    edit(id, body);
    return { status: 200, body: items.get(id) };
  },
});

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRow(patch)) return patch;
  const result: Row = isRow(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
