// A small model of the Service Layer of SAP Business One, by what SAP's own client and blogs say: sessions that end, business
// partners with rows of addresses, pages that are cut by the server, ETags where the entity has one.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = { companyDb: 'SHOP', login: { username: 'hub', password: 's3cret-of-the-hub-0042' } };
export const timeZone = 'Europe/Berlin';

type Fields = Record<string, unknown>;
type Partner = Fields & { CardCode: string; BPAddresses: Fields[] };

export interface ServiceLayer extends Vendor {
  partner(code: string): Partner;
  insert(fields: Fields, at: number): Partner;
  edit(code: string, fields: Fields, at?: number): void;
  /** Sessions that were opened. */
  logins(): number;
  /** Without ETags, as before version 10. */
  untagged: boolean;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server's own limit, whatever is asked for. */
const serverPage = 2;
const idleLimit = 30 * 60_000;
const known = /^(CardCode|CardName|CardType|GroupCode|EmailAddress|Phone1|Website|FreeText|BPAddresses)$/;

export function serviceLayer(now: () => number): ServiceLayer {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const timesOf = (which: string, at: number): Fields => {
    const [day, time] = clock.format(at).split(' ');
    return { [`${which}Date`]: day, [`${which}Time`]: time };
  };
  const partners = new Map<string, Partner>();
  const sessions = new Map<string, number>();
  let opened = 0;
  let version = 0;

  const partner = (code: string): Partner => {
    const found = partners.get(code);
    if (found) return found;
    throw new Refused(404, '-2028', 'No matching records found (ODBC -2028)');
  };
  const checked = (fields: Fields): void => {
    const strange = Object.keys(fields).find((name) => !known.test(name));
    if (strange !== undefined) throw new Refused(400, '-1000', `Property '${strange}' of 'BusinessPartner' is invalid`);
    if (fields.GroupCode !== undefined && fields.GroupCode !== 100)
      throw new Refused(400, '-10', `'${fields.GroupCode}' is not a valid business partner group`);
  };
  /** Rows are told apart by their number; a new one gets the next. */
  const merged = (code: string, present: Fields[], rows: Fields[]): Fields[] => {
    const all = present.map((one) => ({ ...one, ...rows.find(({ RowNum }) => RowNum === one.RowNum) }));
    for (const row of rows) if (row.RowNum === undefined) all.push({ ...row, RowNum: all.length, BPCode: code });
    return all;
  };
  const insert = (fields: Fields, at: number): Partner => {
    const code = String(fields.CardCode ?? '');
    checked(fields);
    if (code === '') throw new Refused(400, '-5002', "'CardCode' is missing");
    if (partners.has(code)) throw new Refused(400, '-10', `'${code}' is used already`);
    const rows = merged(code, [], (fields.BPAddresses ?? []) as Fields[]);
    version += 1;
    const empty = { CardName: null, EmailAddress: null, Phone1: null, Website: null, FreeText: null, U_Mark: 'x' };
    const times = { ...timesOf('Create', at), UpdateDate: null, UpdateTime: null };
    const made = { ...empty, CardType: 'cCustomer', ...fields, ...times, CardCode: code, BPAddresses: rows, version };
    partners.set(code, made);
    return made;
  };
  const edit = (code: string, fields: Fields, at = now()): void => {
    const present = partner(code);
    checked(fields);
    version += 1;
    const BPAddresses = merged(code, present.BPAddresses, (fields.BPAddresses ?? []) as Fields[]);
    partners.set(code, { ...present, ...fields, ...timesOf('Update', at), BPAddresses, version });
  };
  const tagOf = ({ version: tag }: Fields): string => `W/"${tag}"`;
  const shown = ({ version: tag, ...fields }: Partner): Fields =>
    layer.untagged ? fields : { '@odata.etag': tagOf({ version: tag }), ...fields };

  const later = /\((\w+)Date gt '([\d-]+)' or \(\1Date eq '\2' and \1Time gt '([\d:]+)'\)\)/;
  const search = (url: URL): Fields => {
    const query = url.searchParams;
    const [, which = '', day = '', time = ''] = later.exec(query.get('$filter') ?? '') ?? [];
    const placeOf = (one: Fields): string => `${one[`${which}Date`]} ${one[`${which}Time`]} ${one.CardCode}`;
    const found = [...partners.values()]
      .filter((one) => which === '' || (one[`${which}Date`] !== null && placeOf(one).slice(0, 19) > `${day} ${time}`))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    const [skip, top] = [Number(query.get('$skip') ?? 0), Number(query.get('$top') ?? found.length)];
    const rows = found.slice(skip, skip + Math.min(top, serverPage));
    const isCut = rows.length < Math.min(top, found.length - skip);
    const next = new URLSearchParams(query);
    next.set('$skip', String(skip + rows.length));
    next.set('$top', String(top - rows.length));
    return { value: rows.map(shown), ...(isCut && { '@odata.nextLink': `BusinessPartners?${next}` }) };
  };

  const isKnown = (cookie: string): boolean => {
    const session = /\bB1SESSION=([\w-]+)/.exec(cookie)?.[1] ?? '';
    const used = sessions.get(session);
    if (used === undefined || now() - used > idleLimit || !cookie.includes('ROUTEID=.node1')) return false;
    sessions.set(session, now());
    return true;
  };
  const answer =
    (handle: (request: Request) => Promise<unknown> | unknown) =>
    async ({ request }: { request: Request }): Promise<Response> => {
      try {
        if (!isKnown(request.headers.get('cookie') ?? ''))
          throw new Refused(401, '301', 'Invalid session or session already timeout.');
        const said = await handle(request);
        return said === undefined ? new HttpResponse(null, { status: 204 }) : HttpResponse.json(said as object);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return HttpResponse.json(refusal(error.code, error.message), { status: error.status });
      }
    };
  const login = async ({ request }: { request: Request }): Promise<Response> => {
    const { CompanyDB, UserName, Password } = (await request.json()) as Fields;
    const { companyDb, login: user } = credentials;
    if (CompanyDB !== companyDb || UserName !== user.username || Password !== user.password)
      return HttpResponse.json(refusal('-304', 'Fail to log on'), { status: 401 });
    opened += 1;
    const SessionId = `69fc492a-38d0-11e9-${opened}`;
    sessions.set(SessionId, now());
    const cookies = `B1SESSION=${SessionId};HttpOnly;, ROUTEID=.node1; path=/b1s`;
    return HttpResponse.json(
      { SessionId, Version: '1000190', SessionTimeout: 30 },
      { headers: { 'set-cookie': cookies } },
    );
  };

  const add = (at: number): string => {
    const n = partners.size + 1;
    const BPAddresses = [{ AddressName: 'Ship', AddressType: 'bo_ShipTo', Street: '9 Oak Row' }];
    return insert({ CardCode: `C-${n}`, CardName: `Zoë Marlowe ${n}`, FreeText: '', BPAddresses }, at).CardCode;
  };
  const layer: ServiceLayer = {
    handlers: [
      on.post('*/b1s/v2/Login', login),
      on.get(
        '*/b1s/v2/BusinessPartners',
        answer((request) => search(new URL(request.url))),
      ),
      on.post(
        '*/b1s/v2/BusinessPartners',
        answer(async (request) => shown(insert((await request.json()) as Fields, now()))),
      ),
      on.get(
        /\/b1s\/v2\/BusinessPartners\(.*\)$/,
        answer((request) => shown(partner(keyIn(request)))),
      ),
      on.patch(
        /\/b1s\/v2\/BusinessPartners\(.*\)$/,
        answer(async (request) => {
          const tag = request.headers.get('if-match');
          if (tag !== null && tag !== tagOf(partner(keyIn(request)))) throw new Refused(412, '', 'Precondition Failed');
          edit(keyIn(request), (await request.json()) as Fields);
        }),
      ),
    ],
    held: (_: RecordType): Held[] =>
      [...partners.values()].map((one) => {
        const place = one.BPAddresses.find(({ AddressType }) => AddressType === 'bo_BillTo') ?? null;
        return { id: one.CardCode, object: structuredClone({ ...one, version: 0, place }) };
      }),
    add: (_, at) => add(at),
    touch: (_, code, at) => edit(code, {}, at),
    revoke: () => sessions.clear(),
    partner,
    insert,
    edit,
    logins: () => opened,
    untagged: false,
  };
  return layer;
}

const keyIn = (request: Request): string => {
  const [, key = ''] = /\((.*)\)$/.exec(decodeURIComponent(new URL(request.url).pathname)) ?? [];
  return key.replace(/^'|'$/g, '').replaceAll("''", "'");
};

export const refusal = (code: string, message: string): Fields => ({ error: { code, message } });
