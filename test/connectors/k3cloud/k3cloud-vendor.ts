// A small model of Kingdee K3Cloud, by what other people's clients and notes say: every answer is HTTP 200, queries answer
// lists of values with a row for each line, sessions are lost, an order is saved, submitted and audited in this order.
import { HttpResponse, http as on } from 'msw';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = { acctId: '5f0c1', username: 'hub', password: 's3cret-of-the-hub-0042' };
export const app = { id: 'app-7', secret: 's3cret-of-the-app-0042' };

type Fields = Record<string, unknown>;
type Order = Fields & { FID: number; FBillNo: string; FDocumentStatus: string; FSaleOrderEntry: Fields[] };

export interface K3Cloud extends Vendor {
  order(id: string): Order;
  edit(id: string, fields: Fields, at?: number): void;
  logins(): number;
  /** A plug-in of the customer's own keeps each submitted order where it is, and says nothing. */
  holdsBack: boolean;
}

class Refused extends Error {
  readonly code: number;
  constructor(message: string, code = 0) {
    super(message);
    this.code = code;
  }
}

const materials = ['LAMP-001', 'CHAIR-002'];
const numberOf = (reference: unknown): string => String((reference as Fields | undefined)?.FNumber ?? '');

export function k3Cloud(now: () => number): K3Cloud {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Shanghai',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const wallTime = (at: number): string =>
    `${clock.format(at).replace(' ', 'T')}.${String(at % 1000).padStart(3, '0')}`;
  const orders = new Map<number, Order>();
  const sessions = new Set<string>();
  let opened = 0;

  const order = (id: string): Order => {
    const found = orders.get(Number(id));
    if (found) return found;
    throw new Refused(`单据内码[${id}]不存在`);
  };
  const checked = (fields: Fields): void => {
    if (numberOf(fields.FCustId) !== 'C001') throw new Refused('字段"客户"是必填项');
    if (String(fields.FNote).length > 255) throw new Refused('字段"备注"超过长度');
    for (const line of fields.FSaleOrderEntry as Fields[])
      if (!materials.includes(numberOf(line.FMaterialId)))
        throw new Refused(`物料[${numberOf(line.FMaterialId)}]不存在`);
  };
  const insert = (model: Fields, at: number): Order => {
    const twin = [...orders.values()].find(({ FBillNo }) => FBillNo === model.FBillNo);
    if (twin) throw new Refused(`单据编号[${model.FBillNo}]已经存在`);
    const FID = 100001 + orders.size;
    const lines = ((model.FSaleOrderEntry ?? []) as Fields[]).map((one, n) => ({
      FEntryID: FID * 10 + n,
      FSeq: n + 1,
      ...one,
    }));
    const times = { FCreateDate: wallTime(at), FModifyDate: wallTime(at) };
    const made: Fields = { FNote: null, ...model, ...times, FID, FDocumentStatus: 'A', FSaleOrderEntry: lines };
    checked(made);
    orders.set(FID, made as Order);
    return made as Order;
  };
  const edit = (id: string, fields: Fields, at = now()): void => {
    const next = { ...order(id), ...fields, FModifyDate: wallTime(at) };
    checked(next);
    orders.set(Number(id), next);
  };

  const answers: Record<string, (body: Fields) => Order> = {
    Save: ({ Model, NeedUpDateFields }) => {
      const model = Model as Fields;
      if (model.FID === 0) return insert(model, now());
      const id = String(model.FID);
      if (['B', 'C'].includes(order(id).FDocumentStatus)) throw new Refused('单据已提交或已审核,不能修改');
      edit(id, Object.fromEntries((NeedUpDateFields as string[]).map((name) => [name, model[name]])));
      return order(id);
    },
    Submit: ({ Ids }) => {
      const id = String(Ids);
      if (!['Z', 'A', 'D'].includes(order(id).FDocumentStatus)) throw new Refused('单据不是可提交的状态');
      if (!site.holdsBack) edit(id, { FDocumentStatus: 'B' });
      return order(id);
    },
    Audit: ({ Ids }) => {
      const id = String(Ids);
      if (order(id).FDocumentStatus !== 'B') throw new Refused('单据不是审核中的状态');
      edit(id, { FDocumentStatus: 'C' });
      return order(id);
    },
  };

  const valueAt = (one: Order, line: Fields | undefined, field: string): unknown => {
    const [name = '', part] = field.replace('FSaleOrderEntry_', '').split('.');
    const value = line && name in line ? line[name] : one[name];
    return (part === undefined ? value : (value as Fields | undefined)?.[part]) ?? null;
  };
  const fits = (one: Order, filter: string): boolean => {
    const [, field = '', operator, value = ''] = /^(\w+)\s*(=|>| in )\s*(.*)$/.exec(filter) ?? [];
    const own = String(one[field]).replace('T', ' ');
    if (operator === ' in ') return value.slice(1, -1).split(',').includes(own);
    const text = value.replace(/^'|'$/g, '').replaceAll("''", "'");
    return operator === '=' ? own === text : own > text;
  };
  const search = (asked: Fields): unknown[][] => {
    const fields = String(asked.FieldKeys).split(',');
    const unknown = fields.find(
      (field) =>
        !/^(F_|FSaleOrderEntry_)?F?(ID|BillNo|DocumentStatus|Date|CustId\.FNumber|Note|CreateDate|ModifyDate|EntryID|FEntryID|Seq|FSeq|MaterialId\.FNumber|Qty|Price|SalerId\.FNumber)$/.test(
          field,
        ),
    );
    if (unknown !== undefined) throw new Refused(`字段标识[${unknown}]不存在`);
    const by = String(asked.OrderString)
      .split(',')
      .map((one) => one.split(' ')[0] ?? '');
    const rows = [...orders.values()]
      .filter((one) => fits(one, String(asked.FilterString)))
      // One row for each line, as soon as a field of the lines is asked for.
      .flatMap((one) =>
        (fields.some((field) => /Entry_|FQty/.test(field)) ? one.FSaleOrderEntry : [undefined]).map((line) => ({
          one,
          line,
        })),
      )
      .sort((a, b) =>
        by.reduce((sum, field) => sum || compare(valueAt(a.one, a.line, field), valueAt(b.one, b.line, field)), 0),
      );
    const start = Number(asked.StartRow);
    return rows
      .slice(start, start + Number(asked.Limit))
      .map(({ one, line }) => fields.map((field) => valueAt(one, line, field)));
  };

  const isKnown = (request: Request): boolean =>
    sessions.has(/kdservice-sessionid=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '');
  const run = async ({ request, params }: { request: Request; params: Record<string, unknown> }): Promise<Response> => {
    const method = String(params.method);
    const { parameters } = (await request.json()) as { parameters: string[] };
    const isQuery = method === 'ExecuteBillQuery';
    try {
      if (!isKnown(request)) throw new Refused('会话信息已丢失,请重新登录', 1);
      const body = JSON.parse(parameters.at(-1) ?? '{}') as Fields;
      if (isQuery) return HttpResponse.json(search(body));
      const done = answers[method]?.(body);
      if (!done) return HttpResponse.text(`response_error:{"Message":"${method}"}`);
      return HttpResponse.json(succeeded(done.FID, done.FBillNo));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const said = refusal(error.message, error.code);
      return HttpResponse.json(isQuery ? [[said]] : said);
    }
  };
  const login =
    (right: string[]) =>
    async ({ request }: { request: Request }): Promise<Response> => {
      const { parameters } = (await request.json()) as { parameters: unknown[] };
      if (JSON.stringify(parameters.slice(0, right.length)) !== JSON.stringify(right))
        return HttpResponse.json({ LoginResultType: 0, Message: '用户名或密码错误', KDSVCSessionId: null });
      opened += 1;
      sessions.add(`s-${opened}-4b2e`);
      return HttpResponse.json({ LoginResultType: 1, Message: null, KDSVCSessionId: `s-${opened}-4b2e` });
    };

  const add = (at: number): string => {
    const FSaleOrderEntry = materials.map((FNumber) => ({ FMaterialId: { FNumber }, FQty: 3, FPrice: 25.99 }));
    const FBillNo = `WEB-${orders.size + 1}`;
    return String(
      insert({ FBillNo, FCustId: { FNumber: 'C001' }, FDate: '2026-11-24T00:00:00', FSaleOrderEntry }, at).FID,
    );
  };
  const { acctId, username, password } = credentials;
  const stub = '*/k3cloud/Kingdee.BOS.WebApi.ServicesStub';
  const site: K3Cloud = {
    handlers: [
      on.post(`${stub}.AuthService.ValidateUser.common.kdsvc`, login([acctId, username, password])),
      on.post(`${stub}.AuthService.LoginByAppSecret.common.kdsvc`, login([acctId, username, app.id, app.secret])),
      on.post(`${stub}.DynamicFormService.:method.common.kdsvc`, run),
    ],
    held: (): Held[] => [...orders.values()].map((one) => ({ id: String(one.FID), object: structuredClone(one) })),
    add: (_, at) => add(at),
    touch: (_, id, at) => edit(id, {}, at),
    revoke: () => sessions.clear(),
    order,
    edit,
    logins: () => opened,
    holdsBack: false,
  };
  return site;
}

const compare = (a: unknown, b: unknown): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

export const refusal = (Message: string, MsgCode = 0): Fields => ({
  Result: {
    ResponseStatus: {
      IsSuccess: false,
      MsgCode,
      Errors: [{ FieldName: null, Message, DIndex: 0 }],
      SuccessEntitys: [],
    },
  },
});

const succeeded = (Id: number, billNo: string): Fields => {
  const entity = { Id, Number: billNo };
  return { Result: { ResponseStatus: { IsSuccess: true, Errors: [], SuccessEntitys: [entity] }, ...entity } };
};
