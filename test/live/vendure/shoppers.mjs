// What people do in the test shop: shoppers order, the administration looks, ships and modifies, and time is set by SQL.
import pg from 'pg';

const address = {
  ...{ fullName: 'Zoë Marlowe', streetLine1: '17 Larch Row', city: 'Sampleton', postalCode: '00017' },
  ...{ countryCode: 'DE', phoneNumber: '+49 30 0000017' },
};

/** What is made of orders and customers; everything else of the shop stays. */
const transient = [
  ...['history_entry', 'order_line_reference', 'stock_movement', 'payment', 'refund', 'surcharge', 'shipping_line'],
  ...['order_modification', 'order_fulfillments_fulfillment', 'fulfillment', 'order_channels_channel', 'order_line'],
  ...['order_promotions_promotion', 'order', 'address', 'customer_channels_channel', 'customer_groups_customer_group'],
  ...['customer', 'job_record'],
];

/** What is held, as the Admin API says it, read from the tables: the suite looks before and after each request. */
const looks = {
  order: `select json_build_object('id', o.id::text, 'code', o.code, 'state', o.state, 'updatedAt', o."updatedAt",
      'customFields', json_build_object('erpRef', o."customFieldsErpref", 'wmsRef', o."customFieldsWmsref"),
      'shippingAddress', o."shippingAddress"::json,
      'billingAddress', '{"fullName": null}'::jsonb || o."billingAddress"::jsonb,
      'lines', (select json_agg(json_build_object('id', l.id::text, 'quantity', l.quantity) order by l.id)
        from order_line l where l."orderId" = o.id),
      'notes', (select coalesce(json_agg(h.data::json -> 'note' order by h.id), '[]') from history_entry h
        where h."orderId" = o.id and h.type = 'ORDER_NOTE')) as held
    from "order" o where not o.active order by o.id`,
  customer: `select json_build_object('id', c.id::text, 'title', c.title, 'firstName', c."firstName",
      'lastName', c."lastName", 'emailAddress', c."emailAddress", 'phoneNumber', c."phoneNumber", 'updatedAt', c."updatedAt",
      'customFields', json_build_object('erpRef', c."customFieldsErpref", 'crmRef', c."customFieldsCrmref"),
      'addresses', (select coalesce(json_agg(json_build_object('id', a.id::text, 'fullName', a."fullName",
        'streetLine1', a."streetLine1", 'city', a.city, 'postalCode', a."postalCode",
        'country', json_build_object('code', r.code)) order by a.id), '[]')
        from address a left join region r on r.id = a."countryId" where a."customerId" = c.id)) as held
    from customer c where c."deletedAt" is null order by c.id`,
  shipment: `select json_build_object('id', f.id::text, 'state', f.state, 'method', f.method,
      'trackingCode', f."trackingCode", 'orderId', of."orderId"::text,
      'lines', (select json_agg(json_build_object('orderLineId', l."orderLineId"::text, 'quantity', l.quantity) order by l.id)
        from order_line_reference l where l."fulfillmentId" = f.id)) as held
    from fulfillment f join order_fulfillments_fulfillment of on of."fulfillmentId" = f.id order by f.id`,
};

const orderColumns = `type, state, active, "couponCodes", "shippingAddress", "billingAddress", "currencyCode", "customerId", "taxZoneId",
  "subTotal", "subTotalWithTax", shipping, "shippingWithTax"`;
const shippingColumns = `"listPriceIncludesTax", adjustments, "taxLines", "shippingMethodId", "listPrice"`;
const lineColumns = `quantity, "orderPlacedQuantity", "listPriceIncludesTax", adjustments, "taxLines", "productVariantId", "taxCategoryId",
  "initialListPrice", "listPrice"`;

/** $1 the order, $2 when it is placed, created and changed. */
const copies = `
  with copied as (
    insert into "order" ("createdAt", "updatedAt", "orderPlacedAt", code, ${orderColumns})
    select $2, $2, $2, 'COPY' || nextval('order_id_seq'), ${orderColumns} from "order" where id = $1 returning id),
  channel as (
    insert into order_channels_channel ("orderId", "channelId")
    select copied.id, "channelId" from order_channels_channel, copied where "orderId" = $1),
  sent as (
    insert into shipping_line ("orderId", ${shippingColumns})
    select copied.id, ${shippingColumns} from shipping_line, copied where "orderId" = $1 returning id),
  lines as (
    insert into order_line ("orderId", "shippingLineId", ${lineColumns})
    select copied.id, sent.id, ${lineColumns} from order_line, copied, sent where "orderId" = $1),
  paid as (
    insert into payment ("orderId", method, state, metadata, amount, "transactionId")
    select copied.id, method, state, metadata, amount, "transactionId" from payment, copied where "orderId" = $1)
  select id::text from copied`;

/** @param settings { url, admin: { username, password }, database: a postgres:// address } */
export async function open({ url, admin, database }) {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  client.unref?.();
  let token;

  const ask = async (api, query, variables = {}, headers = {}) => {
    const response = await fetch(`${url}/${api}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    const [result] = Object.values(data);
    if (result?.errorCode) throw new Error(`${result.errorCode}: ${result.transitionError ?? result.message}`);
    return { result, token: response.headers.get('vendure-auth-token') };
  };
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const logIn = async () => {
    const query = `mutation ($username: String!, $password: String!) { login(username: $username, password: $password) {
      ... on CurrentUser { id } ... on ErrorResult { errorCode message } } }`;
    ({ token } = await ask('admin-api', query, admin));
  };
  const asAdmin = async (query, variables) => (await ask('admin-api', query, variables, bearer())).result;
  const sql = async (text, values = []) => (await client.query(text, values)).rows;
  await logIn();

  const place = async ({ quantity = 3, email = 'shopper@example.com', to = {}, sku = 'LAMP-1' } = {}) => {
    const [{ id: variant } = {}] = await sql('select id from product_variant where sku = $1', [sku]);
    const errors = '... on ErrorResult { errorCode message }';
    let headers = {};
    const shop = async (query, variables) => {
      const answer = await ask('shop-api', query, variables, headers);
      if (answer.token) headers = { authorization: `Bearer ${answer.token}` };
      return answer.result;
    };
    const added = `mutation ($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) {
      ... on Order { id } ${errors} } }`;
    await shop(added, { v: String(variant), q: quantity });
    const customer = { firstName: 'Zoë', lastName: 'Marlowe', emailAddress: email, phoneNumber: '' };
    const known = `mutation ($c: CreateCustomerInput!) { setCustomerForOrder(input: $c) { ... on Order { id } ${errors} } }`;
    await shop(known, { c: customer });
    const sent = `mutation ($a: CreateAddressInput!) { setOrderShippingAddress(input: $a) { ... on Order { id } ${errors} } }`;
    await shop(sent, { a: { ...address, ...to } });
    const methods = await shop('{ eligibleShippingMethods { id } }');
    const chosen = `mutation ($m: [ID!]!) { setOrderShippingMethod(shippingMethodId: $m) { ... on Order { id } ${errors} } }`;
    await shop(chosen, { m: [methods[0].id] });
    await shop(`mutation { transitionOrderToState(state: "ArrangingPayment") { ... on Order { id } ${errors} } }`);
    const paid = `mutation { addPaymentToOrder(input: { method: "invoice", metadata: {} }) {
      ... on Order { id code state } ${errors} } }`;
    return shop(paid);
  };

  /** The order that a shopper placed: what is added for a test is as it is, line for line, since each takes six requests. */
  let pattern;
  const fulfil = (orderLineId, quantity, code) => {
    const args = [
      { name: 'method', value: 'DHL' },
      { name: 'trackingCode', value: code },
    ];
    const input = { lines: [{ orderLineId, quantity }], handler: { code: 'manual-fulfillment', arguments: args } };
    const added = `mutation ($i: FulfillOrderInput!) { addFulfillmentToOrder(input: $i) {
      ... on Fulfillment { id } ... on ErrorResult { errorCode message } } }`;
    return asAdmin(added, { i: input });
  };

  return {
    /** Before the database ends: a connection that it breaks off would end the process. */
    close: () => client.end(),
    sql,
    asAdmin,
    place,
    /** As if nobody had been there yet, but for the numbers. */
    empty: async () => {
      const deletions = transient.map((table) => `delete from "${table}";`).join(' ');
      const stock = `update stock_level set "stockAllocated" = 0, "stockOnHand" = 100000;`;
      const carts = `update session set "activeOrderId" = null;`;
      pattern = undefined;
      await sql(`begin; set local session_replication_role = replica; ${carts} ${deletions} ${stock} commit;`);
    },
    held: async (record) => (await sql(looks[record])).map(({ held }) => held),
    addOrder: async (at) => {
      if (pattern === undefined) {
        pattern = (await place()).id;
        // Before everything that is made like it.
        const past = new Date(Date.parse(at) - 3_600_000).toISOString();
        const moved = `update "order" set "createdAt" = $2, "updatedAt" = $2, "orderPlacedAt" = $2 where id = $1`;
        await sql(moved, [pattern, past]);
        await sql('update customer set "createdAt" = $1, "updatedAt" = $1', [past]);
      }
      const [{ id }] = await sql(copies, [pattern, at]);
      return id;
    },
    addCustomer: async (at, emailAddress) => {
      const made = `mutation ($i: CreateCustomerInput!) { createCustomer(input: $i) {
        ... on Customer { id } ... on ErrorResult { errorCode message } } }`;
      const input = { firstName: 'Zoë', lastName: 'Marlowe', emailAddress, phoneNumber: '' };
      const { id } = await asAdmin(made, { i: input });
      await sql(`update customer set "createdAt" = $2, "updatedAt" = $2 where id = $1`, [id, at]);
      return id;
    },
    fulfil: async (orderId) => {
      const [line] = await sql('select id::text from order_line where "orderId" = $1', [orderId]);
      return (await fulfil(line.id, 1, `TRACK-${orderId}`)).id;
    },
    touch: (record, id, at) => sql(`update "${record}" set "updatedAt" = $2 where id = $1`, [id, at]),
    /** Every session of this user ends: Vendure knows no other way out. */
    revoke: async (username) => {
      const sessions = `select s.token from session s join "user" u on u.id = s."userId" where u.identifier = $1 limit 1`;
      for (const one of await sql(sessions, [username]))
        await ask('admin-api', 'mutation { logout { success } }', {}, { authorization: `Bearer ${one.token}` });
    },
    transitionOrder: (id, state) =>
      asAdmin(
        `mutation ($id: ID!, $s: String!) { transitionOrderToState(id: $id, state: $s) {
          ... on Order { id state } ... on OrderStateTransitionError { errorCode message transitionError } } }`,
        { id, s: state },
      ),
    transitionFulfillment: (id, state) =>
      asAdmin(
        `mutation ($id: ID!, $s: String!) { transitionFulfillmentToState(id: $id, state: $s) {
          ... on Fulfillment { id state } ... on FulfillmentStateTransitionError { errorCode message transitionError } } }`,
        { id, s: state },
      ),
  };
}
